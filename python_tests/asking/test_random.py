"""Random questions of random rows: as lists and dicts say."""

import math
from typing import Any

from hasmany import Many, Store, col
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from . import cinema
from .naive import Data
from .questions import CENTS, DAYS, FIELDS, QUARTERS, TEXTS, TIMES, VALUES, conditions, many, singles

SETTINGS = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
MODELS = ["Country", "Studio", "Film", "Person", "Rating", "Follow"]


@st.composite
def worlds(draw) -> Data:
    def rows(most: int, **fields: Any) -> list[dict[str, Any]]:
        return draw(st.lists(st.fixed_dictionaries(fields), max_size=most))

    def place(of: list[Any], optional: bool = True) -> Any:
        inside = st.integers(0, len(of) - 1) if of else st.nothing()
        return (st.none() | inside) if optional else inside

    none = st.none()
    countries = [{"name": name} for name in draw(st.lists(TEXTS, max_size=3, unique=True))]
    studios = rows(3, name=none | TEXTS, country=place(countries))
    films = rows(6, title=none | TEXTS, year=none | st.integers(-3, 3), price=none | CENTS, studio=place(studios))
    people = rows(5, name=TEXTS, age=none | st.integers(-3, 3), height=none | QUARTERS, born=none | DAYS)
    ratings = (
        rows(
            12,
            person=place(people, optional=False),
            film=place(films),
            stars=none | st.integers(-3, 3),
            weight=none | QUARTERS,
            at=none | TIMES,
            public=none | st.booleans(),
        )
        if people
        else []
    )
    pairs = st.tuples(place(people, optional=False), place(people, optional=False))
    follows = draw(st.lists(pairs, max_size=8, unique=True)) if people else []
    follows = [{"who": who, "whom": whom} for who, whom in follows]
    return dict(zip(MODELS, [countries, studios, films, people, ratings, follows], strict=True))


def filled(data: Data) -> dict[str, Many[Any]]:
    """The rows in the current store; all of each model."""
    made: dict[str, list[Any]] = {}
    references = {
        "country": "Country",
        "studio": "Studio",
        "film": "Film",
        "person": "Person",
        "who": "Person",
        "whom": "Person",
    }
    for model in MODELS:
        made[model] = []
        for row in data[model]:
            fields = {
                name: made[references[name]][value] if name in references and value is not None else value
                for name, value in row.items()
            }
            made[model].append(getattr(cinema, model)(**fields))
    return {model: getattr(cinema, model).all() for model in MODELS}


def same(one: Any, two: Any) -> bool:
    if isinstance(one, float) and isinstance(two, (int, float)):
        return math.isclose(one, two, rel_tol=1e-12, abs_tol=1e-12)
    return type(one) is type(two) and one == two


@SETTINGS
@given(st.data())
def test_values_are_what_lists_and_dicts_say(draws):
    data = draws.draw(worlds())
    model = draws.draw(st.sampled_from(MODELS))
    kind = draws.draw(st.sampled_from([int, float, str, *([bool] if model == "Rating" else [])]))
    question = draws.draw(singles(model, kind, 2))
    with Store():
        members = filled(data)[model]
        rows = [(model, place) for place in range(len(data[model]))]
        wanted = [question.of(data, row) for row in rows]
        got = [row["x"] for row in members.select(x=question.expr).to_dicts()]
        assert len(got) == len(wanted)
        assert all(map(same, got, wanted)), (question.expr, got, wanted)
        assert all(map(same, members.values(question.expr), wanted))


@SETTINGS
@given(st.data())
def test_where_is_what_lists_and_dicts_say(draws):
    data = draws.draw(worlds())
    model = draws.draw(st.sampled_from(MODELS))
    question = draws.draw(conditions(model, 2))
    with Store():
        members = filled(data)[model]
        rows = [(model, place) for place in range(len(data[model]))]
        wanted = [place + 1 for _, place in rows if question.of(data, (model, place))]
        assert members.where(question.expr).ids.tolist() == wanted, question.expr
        # Of a list of its own, turned around, and of the others.
        assert members[::-1].where(question.expr).ids.tolist() == wanted[::-1]
        others = [place + 1 for _, place in rows if place + 1 not in wanted]
        assert members.where(~question.expr).ids.tolist() == others


@SETTINGS
@given(st.data())
def test_lists_are_what_lists_and_dicts_say(draws):
    data = draws.draw(worlds())
    model = draws.draw(st.sampled_from(MODELS))
    kind = draws.draw(st.sampled_from([None, *VALUES]))
    question = draws.draw(many(model, kind, 2))
    if question is None:
        return
    with Store():
        members = filled(data)[model]
        wanted = [question.values(data, (model, place)) for place in range(len(data[model]))]
        if kind is None:
            wanted = [[place + 1 for _, place in rows] for rows in wanted]
        got = members.select(x=question.expr.list()).column("x").tolist()
        assert got == wanted, question.expr


@SETTINGS
@given(st.data())
def test_orders_are_what_sorting_says(draws):
    data = draws.draw(worlds())
    model = draws.draw(st.sampled_from(MODELS))
    kinds = draws.draw(st.lists(st.sampled_from([int, float, str]), min_size=1, max_size=3))
    keys = [draws.draw(singles(model, kind, 1)) for kind in kinds]
    falls = [draws.draw(st.booleans()) for _ in keys]
    reverse = draws.draw(st.booleans())
    with Store():
        members = filled(data)[model]
        rows = list(range(len(data[model])))
        for key, down in reversed(list(zip(keys, falls, strict=True))):
            values = {place: key.of(data, (model, place)) for place in rows}
            some = [place for place in rows if values[place] is not None]
            some.sort(key=values.__getitem__, reverse=down != reverse)
            rows = some + [place for place in rows if values[place] is None]
        asked = [key.expr.desc() if down else key.expr for key, down in zip(keys, falls, strict=True)]
        assert members.order_by(*asked, reverse=reverse).ids.tolist() == [place + 1 for place in rows]


def test_every_field_is_asked():
    """That the models and what is said of them beside do not drift apart."""
    for model, fields in FIELDS.items():
        with Store():
            getattr(cinema, model).all().select(**{name: col(name) for name in fields})
