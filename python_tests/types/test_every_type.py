"""What holds of every one of these types."""

import random
import sqlite3
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hasmany import CorruptStoreError, DuplicateError, FieldError, Store, between, field

from ..libraries import polars, pyarrow
from .world import KINDS, Kind, model, same

every = pytest.mark.parametrize("kind", KINDS, ids=repr)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "values.db"


def shuffled(kind: Kind) -> list[Any]:
    values = list(kind.values)
    random.Random(7).shuffle(values)
    return values


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(path) as connection:
        return connection.execute(sql).fetchall()


# In memory


@every
def test_values_are_kept_and_come_back_as_they_were(kind):
    for value in kind.values:
        record = kind.model(value, maybe=value)
        same([record.value, record.maybe], [value, value])
        assert kind.model(value).maybe is None
    record = kind.model(kind.values[0])
    for value in [*kind.values[1:], None]:
        record.maybe = value
        same([record.maybe], [value])
    record.update(value=kind.values[-1])
    same([record.value], kind.values[-1:])
    assert repr(kind.values[-1])[:20] in repr(record)


@every
def test_what_is_no_such_value_is_refused_and_nothing_is_changed(kind):
    record = kind.model(kind.values[0])
    for wrong, error in [*kind.wrong, (None, TypeError), (object(), TypeError), (0.5, TypeError), (b"x", TypeError)]:
        for call in (lambda: kind.model(wrong), lambda: setattr(record, "value", wrong)):  # noqa: B023 - called at once
            with pytest.raises(error, match=rf"{kind.model.__name__}.value"):
                call()
    assert kind.model.all() == [record]
    same([record.value], kind.values[:1])


@every
def test_values_are_unique_and_found_by_them(kind):
    made = [kind.model(kind.values[0], key=value) for value in shuffled(kind)]
    for record in made:
        assert kind.model.find_by(key=record.key) == record
        assert kind.model.find(key=record.key) == record
        assert kind.model.find_or_create(key=record.key, value=kind.values[0]) == record
        with pytest.raises(DuplicateError) as caught:
            kind.model(kind.values[0], key=record.key)
        assert caught.value.existing == record
    assert len({kind.model(kind.values[0], key=None).id for _ in range(3)}) == 3


@every
def test_values_are_asked_and_ordered(kind):
    values = shuffled(kind)
    made = kind.model.insert_all(value=kind.values[0], maybe=[*values, None])
    same(made.order_by("maybe").values("maybe"), [*kind.values, None])
    same(made.order_by("maybe", reverse=True).values("maybe"), [*reversed(kind.values), None])
    for value in values:
        same(kind.model.where(maybe=value).values("maybe"), [value])
    for low, high in pairwise(kind.values):
        same(kind.model.where(maybe=between(low, high)).values("maybe"), [low])
    same(kind.model.where(maybe=kind.values[1:3]).order_by("maybe").values("maybe"), kind.values[1:3])
    same(kind.model.where(maybe=between(None, kind.values[2])).order_by("maybe").values("maybe"), kind.values[:2])
    assert kind.model.where(maybe=None).ids.tolist() == [len(made)]


@every
def test_a_default_and_a_factory_give_values(kind):
    name = kind.model.__name__
    by_default = field(default=kind.values[1], **kind.options)
    base = model(f"{name}Base", abstract=True, value=(kind.of, by_default))
    Plain = model(f"{name}Plain", base, name=(str, ""))
    factory = field(default_factory=lambda: kind.values[2], **kind.options)
    Made = model(f"{name}Made", value=(kind.of, factory), name=(str, ""))
    same([Plain().value, *Plain.insert_all(name=["a", "b"]).values("value")], [kind.values[1]] * 3)
    same([Made().value, *Made.insert_all(name=["a", "b"]).values("value")], [kind.values[2]] * 3)


@every
def test_a_schema_shows_the_type(kind):
    kind.model.all()
    assert f"    value: {kind.name}\n    maybe: {kind.name} | None\n" in str(Store.current().schema)
    assert f"{kind.name.partition('(')[0]}" in Store.current().schema.to_mermaid()


@every
def test_a_notebook_shows_the_values(kind):
    made = kind.model.insert_all(value=kind.values)
    assert str(kind.values[-1]).partition(".")[0] in made._repr_html_()


# Arrays


@every
def test_an_array_of_values(kind):
    made = kind.model.insert_all(value=shuffled(kind))
    array = made.column("value")
    assert array.dtype == np.dtype(kind.dtype)
    assert array.shape == (len(kind.values),)
    same(made.values("value"), shuffled(kind))
    assert array.tolist() == shuffled(kind)
    again = kind.model.insert_all(value=array)
    same(again.values("value"), shuffled(kind))


@every
def test_an_array_with_nones(kind):
    made = kind.model.insert_all(value=kind.values[0], maybe=[kind.values[1], None])
    array = made.column("maybe")
    assert array.dtype == np.dtype(kind.dtype)
    assert array.tolist() == [kind.values[1], None]
    same(kind.model.insert_all(value=kind.values[0], maybe=array).values("maybe"), [kind.values[1], None])


# Many rows


@every
def test_columns_of_values_and_of_texts_that_say_them(kind):
    pl, pa = polars(), pyarrow()
    for column in (list(kind.values), np.array([*kind.values, None], object)[:-1], iter(kind.values)):
        same(kind.model.insert_all(value=column).values("value"), kind.values)
    expected = kind.values[: len(kind.texts)]
    for column in (kind.texts, np.array(kind.texts), pl.Series(kind.texts), pa.array(kind.texts).dictionary_encode()):
        same(kind.model.insert_all(value=column).values("value"), expected)
    same(kind.model.insert_all(value=kind.texts[0], maybe=[None, None]).values("value"), expected[:1] * 2)


@every
def test_what_no_value_says_is_named_with_its_row_and_nothing_is_created(kind):
    pl = polars()
    good, text = kind.values[0], kind.texts[0]
    for wrong, _ in kind.wrong:
        if isinstance(wrong, str):
            continue
        with pytest.raises((TypeError, FieldError), match=rf"row 1: {kind.model.__name__}\.value"):
            kind.model.insert_all(value=[good, wrong])
    for column in ([text, "no such thing"], np.array([text, "no such thing"]), pl.Series([text, "no such thing"])):
        with pytest.raises(FieldError, match=rf"row 1: {kind.model.__name__}\.value.*'no such thing'"):
            kind.model.insert_all(value=column)
    with pytest.raises(FieldError, match=r"row 2: \w+\.value may not be None"):
        kind.model.insert_all(value=[good, good, None])
    assert kind.model.all() == []


@every
def test_keys_are_looked_up_by_values_and_created_where_they_are_missing(kind):
    Thing = model(f"{kind.model.__name__}Thing", of=(kind.model, ...))
    owner = kind.model(kind.values[0], key=kind.values[-1])
    assert Thing.insert_all({"of.key": [kind.values[-1]] * 2}).values("of") == [owner, owner]

    key = field(unique=True, **kind.options)
    Owner = model(f"{kind.model.__name__}Owner", key=(kind.of, key))
    Other = model(f"{kind.model.__name__}Other", of=(Owner, ...))
    made = Other.insert_all({"of.key": [*kind.values, *kind.values]}, create_missing=True)
    assert len(Owner.all()) == len(kind.values)
    same(made.values("of.key"), [*kind.values, *kind.values])


# Other libraries


@every
def test_arrow_gives_the_values_and_takes_them_again(kind):
    pa, pl = pyarrow(), polars()
    made = kind.model.insert_all(value=kind.values, maybe=[*kind.values[:-1], None])
    table = pa.table(made)
    assert str(table["value"].type) == kind.arrow
    again = kind.model.insert_all(table.drop_columns(["id", "key"]))
    same(again.values("value"), kind.values)
    same(again.values("maybe"), [*kind.values[:-1], None])
    frame = pl.DataFrame(made)
    again = kind.model.insert_all(frame.drop("id", "key"))
    same(again.values("value"), kind.values)
    same(again.values("maybe"), [*kind.values[:-1], None])
    with Store():
        assert kind.model.insert_all(made).values("value") == kind.values


@every
def test_an_empty_collection_has_the_type_too(kind):
    assert str(pyarrow().table(kind.model.all())["maybe"].type) == kind.arrow


# Files


@every
def test_a_file_keeps_the_values_in_a_form_that_can_be_read(kind, path):
    with Store(path):
        for value in shuffled(kind):
            kind.model(value, key=value)
        made = kind.model.insert_all(value=shuffled(kind))
        made[0].maybe = kind.values[-1]
    table = kind.model.__hasmany__.table
    found = rows(path, f"select value from {table} where key is not null order by id")
    assert [value for (value,) in found] == [kind.sql[kind.values.index(value)] for value in shuffled(kind)]
    types = {name: of for _, name, of, *_ in rows(path, f"pragma table_info({table})")}
    assert types["value"] == types["maybe"] == kind.sql_type
    for _ in range(2):
        with Store(path) as store:
            store.check()
            same(kind.model.all().values("value"), shuffled(kind) * 2)
            for value in kind.values:
                same([kind.model.find(key=value).key], [value])
                with pytest.raises(DuplicateError):
                    kind.model(value, key=value)
            kind.model.where(key=None)[0].delete()
            kind.model(shuffled(kind)[0]).delete()
            kind.model.where(key=None).delete_all()
            kind.model.insert_all(value=shuffled(kind))
    with Store(path, read_only=True) as store:
        store.check()
        same(kind.model.all().values("value"), shuffled(kind) * 2)


@every
def test_a_value_in_a_file_that_was_changed_is_damage_that_is_named(kind, path):
    for wrong in kind.damaged:
        path.unlink(missing_ok=True)
        with Store(path):
            kind.model(kind.values[0])
        table = kind.model.__hasmany__.table
        with sqlite3.connect(path) as connection:
            connection.execute(f"update {table} set value = ?", [wrong])
        with pytest.raises(CorruptStoreError, match=rf"table {table}, row 1: value"), Store(path):
            kind.model.all()


@every
def test_saving_and_fields_that_come_and_go(kind, path):
    with Store() as store:
        kind.model.insert_all(value=kind.values, maybe=kind.values)
        store.save(path)
    with Store(path) as store:
        store.check()
        same(kind.model.all().values("maybe"), kind.values)


@every
def test_a_field_that_is_new_or_gone_or_back(kind, path):
    name, given = f"{kind.model.__name__}Page", field(default=kind.values[1], **kind.options)
    without, whole = {"title": (str, ...)}, {"title": (str, ...), "value": (kind.of, given)}
    with Store(path):
        model(name, **without)("old")
    with Store(path):
        Page = model(name, **whole)
        Page("new", kind.values[2])
        same(Page.all().values("value"), kind.values[1:3])
    with Store(path):
        model(name, **without)("without")
    for _ in range(2):
        with Store(path) as store:
            Page = model(name, **whole)
            same(Page.all().values("value"), [*kind.values[1:3], kind.values[1]])
            store.check()
