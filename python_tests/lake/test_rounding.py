"""Ints and decimals that are rounded, up to the ends of what there is."""

from decimal import Decimal

import pytest
from hasmany import Model, Store, col, field
from hasmany.lake import Lake

MOST = 2**63 - 1
NUMBERS = [0, 5, -5, 14, 15, 25, -25, 149, -150, 250, MOST // 10 * 10, -(MOST // 10 * 10), 4 * 10**18, -4 * 10**18]
NEAR = [*range(-MOST - 1, -MOST + 60, 7), *range(MOST - 60, MOST + 1, 7)]


class Sum(Model):
    n: int
    price: Decimal = field(default=Decimal(0), scale=3)


def answer(rows, asked) -> list[object] | type:
    """What is said of rows, or which error it is."""
    try:
        return rows.order_by("id").values(asked)
    except OverflowError:
        return OverflowError


@pytest.mark.parametrize("digits", [3, 0, -1, -2, -3, -9, -17, -18, -19, -20, -39])
def test_ints(engine, tmp_path, digits):
    with Store() as store:
        Sum.insert_all(n=NUMBERS + NEAR)
        store.to_parquet(tmp_path / "export")
        asked = col("n").round(digits)
        with Lake(tmp_path / "export", models=[Sum], engine=engine) as lake:
            too_large = [at for at in Sum.all().ids.tolist() if answer(Sum.where(id=at), asked) is OverflowError]
            assert answer(lake[Sum].where(~col("id").is_in(too_large)), asked) == answer(
                Sum.where(~col("id").is_in(too_large)), asked
            )
            for at in too_large[:1] + too_large[-1:]:
                assert answer(lake[Sum].where(id=at), asked) is OverflowError


@pytest.mark.parametrize("digits", [3, 2, 1, 0, -1, -2, -30])
def test_decimals(engine, tmp_path, digits):
    with Store() as store:
        halves = [Decimal(number).scaleb(-3) for number in range(-2600, 2600, 25)]
        prices = [*halves, Decimal(10**34), Decimal(-(10**34)) + 5]
        Sum.insert_all(n=range(len(prices)), price=prices)
        store.to_parquet(tmp_path / "export")
        with Lake(tmp_path / "export", models=[Sum], engine=engine) as lake:
            asked = col("price").round(digits)
            assert answer(lake[Sum], asked) == answer(Sum.all(), asked)
