"""Fields of decimals: exact, with the digits that they were declared with."""

import sqlite3
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hasmany import FieldError, Model, SchemaError, Store, belongs_to, field

from ..libraries import pandas, polars, pyarrow
from .world import MOST, PRICES, Price, model


def test_numbers_have_the_digits_of_their_field():
    assert str(Price(Decimal("1.5")).value) == "1.50"
    assert str(Price(Decimal("1.500")).value) == "1.50"
    assert str(Price(Decimal("1E+3")).value) == "1000.00"
    assert str(Price(7).value) == "7.00"
    assert str(Price(Decimal("-0.00")).value) == "0.00"
    assert Price.find_by(value=Decimal("1.5")) == Price.find(1)


def test_nothing_is_rounded():
    for wrong in (Decimal("0.005"), Decimal("1.999999"), Decimal("1e-30")):
        with pytest.raises(FieldError, match=r"Price\.value: .* has more digits after the point"):
            Price(wrong)
        with pytest.raises(FieldError, match=r"row 1: Price\.value: .* has more digits after the point"):
            Price.insert_all(value=[Decimal(1), wrong])
    with localcontext() as context:
        context.prec = 3
        assert Price(MOST).value == MOST
        assert Price.insert_all(value=[MOST]).values("value") == [MOST]


def test_floats_are_refused_however_they_come():
    pl, pa = polars(), pyarrow()
    for column in ([1, 0.5], np.array([0.5]), pl.Series([0.5]), pa.array([1.0])):
        with pytest.raises(TypeError, match=r"Price\.value takes Decimal\(2\), not"):
            Price.insert_all(value=column)
    for call in (lambda: Price(0.5), lambda: Price(np.float64(1)), lambda: Price(True)):
        with pytest.raises(TypeError, match=r"Price\.value takes Decimal\(2\), not"):
            call()
    assert Price.insert_all(value=1, maybe=[None, float("nan")]).values("maybe") == [None, None]


def test_ints_of_every_width_and_decimals_of_every_width_and_scale_are_read():
    pl, pa, pd = polars(), pyarrow(), pandas()
    for column in ([3, -1], np.array([3, -1], np.int8), pl.Series([3, -1]), pd.Series([3, -1]), [Decimal(3), -1]):
        assert Price.insert_all(value=column).values("value") == [3, -1]
    halves = [Decimal("1.5"), Decimal("-0.5")]
    types = [pa.decimal32(5, 1), pa.decimal64(9, 3), pa.decimal128(38, 20), pa.decimal256(70, 30)]
    for of in types:
        assert Price.insert_all(value=pa.array(halves, of)).values("value") == halves
    assert Price.insert_all(value=pa.array([Decimal("1E+3")], pa.decimal128(5, -2))).values("value") == [1000]
    for column in (pl.Series(halves), pl.Series(halves, dtype=pl.Decimal(20, 5)), pd.Series(halves)):
        assert Price.insert_all(value=column).values("value") == halves
    for column in (
        pa.array([Decimal(1), Decimal("0.005")]),
        pa.array([Decimal(0), Decimal(10) ** 60], pa.decimal256(76, 2)),
    ):
        with pytest.raises(FieldError, match=r"row 1: Price\.value has more"):
            Price.insert_all(value=column)


def test_texts_are_read_if_they_are_plain():
    assert Price.insert_all(value=["1.5", "-.5", "+2", " 3.000 "]).values("value") == [
        Decimal("1.5"),
        Decimal("-0.5"),
        2,
        3,
    ]
    for wrong in ("1,50", "1e2", "1.005", "", "NaN", "$1", "9" * 37):
        with pytest.raises(FieldError, match=r"row 1: Price\.value"):
            Price.insert_all(value=["1", wrong])


def test_a_scale_is_needed_and_belongs_to_a_decimal():
    with pytest.raises(SchemaError, match=r"Bill\.value: a Decimal needs .* field\(scale=2\)"):
        model("Bill", value=(Decimal, ...))
    with pytest.raises(SchemaError, match=r"Bill\.value is a int; scale= is for a Decimal"):
        model("Bill", value=(int, field(scale=2)))
    with pytest.raises(SchemaError, match=r"Bill\.value refers to Price; scale= is for a Decimal"):
        model("Bill", value=(Price, field(scale=2)))
    for wrong in (-1, 39, 1.5, "2", True):
        with pytest.raises(SchemaError, match="scale is a number of digits from 0 to 38"):
            field(scale=wrong)
    with pytest.raises(SchemaError, match=r"Bill\.value: .* has more digits after the point"):
        model("Bill", value=(Decimal, field(default=Decimal("0.005"), scale=2)))


@pytest.mark.parametrize("scale", [0, 1, 37, 38])
def test_every_scale(scale, tmp_path):
    last = Decimal(1).scaleb(-scale)
    most = Decimal((0, (9,) * 38, -scale))
    least = most.copy_negate()
    Fine = model(f"Fine{scale}", value=(Decimal, field(scale=scale)))
    with Store(tmp_path / "fine.db"):
        Fine.insert_all(value=[last, least, most, 0])
        assert f"value: Decimal({scale})" in str(Store.current().schema)
    with Store(tmp_path / "fine.db") as store:
        assert Fine.all().values("value") == [last, least, most, 0]
        assert pyarrow().table(Fine.all())["value"].to_pylist() == [last, least, most, 0]
        store.check()


def test_another_scale_is_another_type(tmp_path):
    with Store(tmp_path / "bills.db"):
        model("Bill2", value=(Decimal, field(scale=2)))(Decimal("1.25"))
    with Store(tmp_path / "bills.db"), pytest.raises(SchemaError, match=r"Bill2\.value .*they hold Decimal\(2\)"):
        model("Bill2", value=(Decimal, field(scale=3))).all()


def test_sql_has_them_plainly(tmp_path):
    with Store(tmp_path / "prices.db"):
        Price.insert_all(value=PRICES)
    with sqlite3.connect(tmp_path / "prices.db") as connection:
        found = connection.execute("select value from prices where cast(value as real) between -1 and 1").fetchall()
    assert found == [("-0.05",), ("0.00",), ("0.10",)]


def test_a_reference_beside_a_decimal_and_a_duplicate_shown():
    class Line(Model):
        price: Price = belongs_to(on_delete="cascade")
        amount: Decimal = field(scale=0, unique=True)

    Line(Price(1), 5)
    with pytest.raises(ValueError, match=r"amount.*5"):
        Line(Price(1), Decimal(5))
