"""Objects that raise, or act on the store, while they are read."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hasmany import DeletedError, DuplicateError, NotFoundError, Store

from .world import Patient, Visit, dump, refused


class Index:
    """An int whose reading does something."""

    def __init__(self, act: Callable[[], object], value: int = 1) -> None:
        self.act, self.value = act, value

    def __index__(self) -> int:
        self.act()
        return self.value


def test_an_element_that_raises_is_raised_on(w):
    with refused(ZeroDivisionError):
        Patient.insert_all(name=["x", "y"], age=[1, Index(lambda: 1 // 0)])


def test_an_element_may_use_the_store_while_it_is_read(w):
    made = Patient.insert_all(name=["x", "y"], age=[1, Index(lambda: Patient("meanwhile"), 7)])
    assert made.values("age") == [1, 7]
    assert Patient.find_by(name="meanwhile") not in made
    Store.current().check()


def test_an_element_may_create_what_the_call_was_to_create(w):
    with pytest.raises(DuplicateError) as caught:
        Patient.insert_all(name=["x", "y"], age=[1, Index(lambda: Patient("x"))])
    assert caught.value.existing == Patient.find(name="x")
    assert Patient.find_by(name="y") is None
    Store.current().check()


def test_an_element_may_delete_what_the_call_refers_to(w):
    with pytest.raises(DeletedError):
        Visit.insert_all(doctor=[w.house, w.wilson], patient=[w.ben, w.cid], cost=[1, Index(w.cid.delete)])
    assert len(Visit.all()) == 1
    Store.current().check()


def test_an_element_may_change_the_list_it_stands_in(w):
    for change in (list.clear, lambda column: column.extend([1] * 1000), lambda column: column.pop(0)):
        column: list[Any] = []
        column += [Index(lambda: change(column)), 2, 3]  # noqa: B023 - called in this round
        before = len(Patient.all())
        try:
            made = Patient.insert_all(name=[f"{before} {n}" for n in range(3)], age=column)
        except (TypeError, ValueError, IndexError, RuntimeError):
            assert len(Patient.all()) == before
        else:
            assert len(made) == 3
            assert len(Patient.all()) == before + 3
        Store.current().check()


def test_a_mapping_that_raises_is_raised_on(w):
    class Broken(dict[str, Any]):
        def __getitem__(self, name: str) -> Any:
            raise ZeroDivisionError

        def items(self) -> Any:
            raise ZeroDivisionError

        def keys(self) -> Any:
            raise ZeroDivisionError

        def __iter__(self) -> Iterator[str]:
            raise ZeroDivisionError

    from collections.abc import Mapping

    class AlsoBroken(Mapping[str, Any]):
        def __getitem__(self, name: str) -> Any:
            raise ZeroDivisionError

        def __iter__(self) -> Iterator[str]:
            return iter(["name"])

        def __len__(self) -> int:
            return 1

    with refused(ZeroDivisionError):
        Patient.insert_all(AlsoBroken())
    before = dump()
    try:
        Patient.insert_all(Broken(name=["New"]))
    except ZeroDivisionError:
        assert dump() == before
    else:
        assert Patient.find_by(name="New") is not None
    Store.current().check()


def test_after_every_refusal_the_same_call_put_right_works(w):
    with refused(NotFoundError):
        Visit.insert_all(doctor=[1, 99], patient=[2, 3])
    with refused(DuplicateError):
        Visit.insert_all(doctor=[1, 1], patient=[2, 2])
    made = Visit.insert_all(doctor=[1, 1], patient=[2, 3])
    assert w.house.patients == [w.ann, w.ben, w.cid]
    assert made.values("patient") == [w.ben, w.cid]
