"""A store beside a naive copy of it: what random work on every world has in common."""

from copy import deepcopy
from typing import Any

import pytest
from hasmany import DeletedError, Many, Record, Store
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

numbers = st.integers(0, 1000)  # a row is picked by a number, modulo how many there are
names = st.sampled_from(["a", "b", "c", "d"])
several = st.lists(numbers, max_size=4)

Rows = dict[int, dict[str, Any]]  # id -> field -> value; a reference is an id, or None


def once(ids: list[int]) -> list[int]:
    """Each at its first place."""
    return list(dict.fromkeys(ids))


class World(RuleBasedStateMachine):
    """A store beside a naive copy of it: a dict of rows for each model."""

    models: tuple[type[Record], ...] = ()

    def __init__(self) -> None:
        super().__init__()
        self.store = Store()
        self.store.__enter__()
        self.rows: dict[type[Record], Rows] = {model: {} for model in self.models}
        self.handles: dict[type[Record], dict[int, Record]] = {model: {} for model in self.models}
        self.open: list[tuple[Any, Any]] = []  # transactions, each with the rows as they were before it

    def teardown(self) -> None:
        while self.open:
            self.leave(ZeroDivisionError())
        self.store.__exit__(None, None, None)

    # the naive copy

    def made(self, record: Record, **fields: Any) -> None:
        """A row was created: its id is larger than every id before it."""
        model = type(record)
        assert record.id > max(self.handles[model], default=0)
        self.rows[model][record.id] = fields
        self.handles[model][record.id] = record

    def pick(self, model: type[Record], number: int) -> Any:
        ids = sorted(self.rows[model])
        return self.handles[model][ids[number % len(ids)]]

    def pick_several(self, model: type[Record], picked: list[int]) -> list[Any]:
        return [self.pick(model, number) for number in picked] if self.rows[model] else []

    def ids(self, model: type[Record], **fields: Any) -> list[int]:
        """The rows with these fields, oldest first."""
        return [key for key, row in sorted(self.rows[model].items()) if fields.items() <= row.items()]

    def leave(self, error: BaseException | None) -> None:
        transaction, before = self.open.pop()
        if error is None:
            transaction.__exit__(None, None, None)
        else:
            assert not transaction.__exit__(type(error), error, None)
            self.rows = before

    # what every world does

    @precondition(lambda self: len(self.open) < 3)
    @rule()
    def begin(self) -> None:
        transaction = self.store.transaction()
        transaction.__enter__()
        self.open.append((transaction, deepcopy(self.rows)))

    @precondition(lambda self: self.open)
    @rule()
    def commit(self) -> None:
        self.leave(None)

    @precondition(lambda self: self.open)
    @rule()
    def roll_back(self) -> None:
        self.leave(ZeroDivisionError())

    @precondition(lambda self: not self.open)
    @rule()
    def pack(self) -> None:
        self.store.compact()

    @invariant()
    def the_store_agrees_with_itself(self) -> None:
        self.store.check()

    @invariant()
    def every_row_is_there_and_no_other(self) -> None:
        for model, rows in self.rows.items():
            assert model.all().ids.tolist() == sorted(rows)
            assert len(model.all()) == len(rows)
            assert [record.id for record in model.all()] == sorted(rows)

    @invariant()
    def every_handle_shows_its_own_row_or_raises(self) -> None:
        for model, handles in self.handles.items():
            for key, handle in handles.items():
                assert (handle in self.store) == (key in self.rows[model])
                if key in self.rows[model]:
                    for name, value in self.rows[model][key].items():
                        assert plain(getattr(handle, name)) == value
                else:
                    with pytest.raises(DeletedError):
                        handle.update()

    def same(self, collection: Many[Any], model: type[Record], expected: list[int]) -> None:
        """The collection holds these rows of the model in this order, whichever way it is asked."""
        assert collection.ids.tolist() == expected
        assert [record.id for record in collection] == expected
        assert [record.id for record in reversed(collection)] == expected[::-1]
        assert len(collection) == len(expected)
        for key, record in self.handles[model].items():
            assert (record in collection) == (key in expected)


def plain(value: Any) -> Any:
    return value.id if isinstance(value, Record) else value


def has_rows(*models: type[Record]) -> Any:
    return precondition(lambda self: all(self.rows[model] for model in models))


def counted(counts: dict[str, int]) -> dict[str, int]:
    """Without the models of which nothing went."""
    return {name: count for name, count in counts.items() if count}
