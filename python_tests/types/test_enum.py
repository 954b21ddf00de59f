"""Fields that hold members of an enum."""

import sqlite3
from enum import Enum, Flag

import numpy as np
import pytest
from hasmany import FieldError, Model, SchemaError, Store, field

from ..libraries import pandas, polars, pyarrow
from .world import Alert, Color, Level, Size, Wall, model


def colors(*names: str) -> type[Enum]:
    return Enum("Color", {name.upper(): name for name in names}, module=__name__)


def test_a_member_comes_back_itself():
    assert Wall(Color.CRIMSON).value is Color.RED
    assert Alert(Level.HIGH).value is Level.HIGH
    assert Wall.insert_all(value=["red", "blue"]).values("value") == [Color.RED, Color.BLUE]
    assert repr(Wall.find(1)) == f"Wall(1, value={Color.RED!r}, maybe=None, key=None)"


def test_a_constructor_takes_members_only():
    for call in (lambda: Alert(3), lambda: Alert.where(value=3), lambda: Wall("red"), lambda: Wall.where(value="red")):
        with pytest.raises(TypeError, match=r"value takes (Level|Color), not (int|str)"):
            call()


def test_dictionaries_and_categories_are_read():
    pd, pl, pa = pandas(), polars(), pyarrow()
    texts = ["red", "blue", "red"]
    for column in (
        pl.Series(texts, dtype=pl.Categorical),
        pl.Series(texts, dtype=pl.Enum(["blue", "red", "pink"])),
        pd.Series(texts, dtype="category"),
        pa.array(texts).dictionary_encode(),
        np.array(texts),
    ):
        assert Wall.insert_all(value=column).values("value") == [Color.RED, Color.BLUE, Color.RED]
    for column in ([3, -1], np.array([3, -1], np.int8), np.array([3.0, -1.0]), pl.Series([3, -1]), [Level.HIGH, "-1"]):
        assert Alert.insert_all(value=column).values("value") == [Level.HIGH, Level.LOW]


def test_a_value_of_no_member_is_named_with_its_row_and_the_error_says_which_there_are():
    pl = polars()
    for column in (["red", "pink"], np.array(["red", "pink"]), pl.Series(["red", "pink"])):
        with pytest.raises(
            FieldError, match=r"row 1: Wall\.value.*'pink' is no Color, whose values are 'blue', 'green'"
        ):
            Wall.insert_all(value=column)
    for column in ([3, 7], np.array([3, 7]), pl.Series([3, 7])):
        with pytest.raises(FieldError, match=r"row 1: Alert\.value.*\b7\b"):
            Alert.insert_all(value=column)
    with pytest.raises(TypeError, match=r"row 1: Wall\.value takes Color, not int"):
        Wall.insert_all(value=["red", 1])
    assert Wall.all() == Alert.all() == []


def test_a_frame_has_its_categories():
    pl = polars()
    Wall.insert_all(value=["red", "blue", "red"])
    frame = pl.DataFrame(Wall.all())
    assert frame["value"].cast(pl.String).to_list() == ["red", "blue", "red"]
    assert frame.group_by("value").len().height == 2
    assert pandas().DataFrame.from_arrow(Wall.all())["value"].tolist() == ["red", "blue", "red"]


class Bits(Flag):
    A = 1


WRONG = [
    (Bits, "flags"),
    (Enum("Empty", {}), "no members"),
    (Enum("Mixed", {"A": 1, "B": "b"}), "all str or all int"),
    (Enum("Pairs", {"A": (1, 2)}), "all str or all int"),
    (Enum("Truth", {"A": True}), "all str or all int"),
    (Enum("Wide", {"A": 2**63}), "64 bits"),
]


@pytest.mark.parametrize(("of", "why"), WRONG)
def test_an_enum_whose_values_fit_no_field_is_refused_at_the_class(of, why):
    with pytest.raises(SchemaError, match=rf"Odd\.value: .*{why}"):
        model("Odd", value=(of, ...))


def test_a_default_that_is_no_member_is_refused_at_the_class():
    with pytest.raises(SchemaError, match=r"Odd\.value takes Color, not str"):
        model("Odd", value=(Color, field(default="red")))


def test_a_field_of_text_becomes_one_of_an_enum_and_back(tmp_path):
    path = tmp_path / "walls.db"
    with Store(path):
        model("Fence", value=(str, ...)).insert_all(value=["red", "blue"])
    for _ in range(2):
        with Store(path) as store:
            assert model("Fence", value=(Color, ...)).all().values("value") == [Color.RED, Color.BLUE]
            store.check()
        with Store(path) as store:
            assert model("Fence", value=(str, ...)).all().values("value") == ["red", "blue"]
            store.check()
    with sqlite3.connect(path) as connection:
        assert connection.execute("select field, type from hasmany_fields").fetchall() == [("value", "str")]


def test_rows_that_the_enum_has_no_member_for_are_refused_and_named(tmp_path):
    path = tmp_path / "walls.db"
    with Store(path):
        model("Fence", value=(str, ...)).insert_all(value=["red", "pink"])
    with Store(path), pytest.raises(SchemaError, match=r"Fence\.value .* 2 has 'pink', which is no Color"):
        model("Fence", value=(Color, ...)).all()
    with Store(path):
        assert model("Fence", value=(str, ...)).all().values("value") == ["red", "pink"]


def test_an_enum_may_gain_members_and_lose_those_that_nobody_has():
    Fence = model("Fence2", value=(colors("red", "blue"), ...))
    Fence.insert_all(value=["red", "red"])
    more = colors("red", "blue", "green")
    assert model("Fence2", value=(more, ...)) is Fence
    assert Fence.all().values("value") == [more.RED] * 2
    Fence(more.GREEN)
    with pytest.raises(SchemaError, match=r"Fence2\.value .* 3 has 'green', which is no Color"):
        model("Fence2", value=(colors("red"), ...))
    assert Fence.all().values("value") == [more.RED, more.RED, more.GREEN]
    with pytest.raises(TypeError):
        Fence(Color.RED)


def test_an_enum_that_a_function_declares_is_found():
    class Own(Enum):
        A = "a"

    class Held(Model):
        value: Own
        late: "Own | None" = None

    assert Held(Own.A, Own.A).late is Own.A
    assert Held.where(value=[Own.A]).values("late") == [Own.A]
    assert Size.SMALL != Own.A
