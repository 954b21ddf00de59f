"""A default_factory makes one value for each row that has none: on redefinition, reopening and refresh."""

import threading
from itertools import count

import pytest
from hasmany import SchemaError, Store

PLAIN = "class Ticket(Model):\n    name: str\n"
WIDER = PLAIN + "    number: int = field(default_factory=made)\n"
UNIQUE = PLAIN + "    number: int = field(unique=True, default_factory=made)\n"
MAYBE = PLAIN + "    number: int | None = field(default_factory=made)\n"


@pytest.fixture
def module(new_module):
    """Its `made` counts up."""
    module = new_module()
    counter = count(1)
    module.made = lambda: next(counter)
    return module


@pytest.fixture
def declare(module):
    def run(source: str):
        exec(source, module.__dict__)  # noqa: S102
        return module.Ticket

    return run


@pytest.fixture
def path(tmp_path):
    return tmp_path / "tickets.db"


# ── redefinition ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["memory", "file"])
@pytest.mark.parametrize("source", [WIDER, UNIQUE, MAYBE])
def test_each_row_gets_a_value_of_its_own_on_redefinition(declare, module, path, kind, source):
    with Store(path) if kind == "file" else Store() as store:
        ticket = declare(PLAIN)
        for name in "abcd":
            ticket(name)
        ticket.find(2).delete()
        assert declare(source).all().values("number") == [1, 2, 3]
        assert module.made() == 4  # once a row
        assert ticket("e").number == 5
        store.check()
    if kind == "file":
        with Store(path, read_only=True):
            assert ticket.all().values("number") == [1, 2, 3, 5]


def test_each_store_gets_values_of_its_own(declare, module):
    one, two = Store(), Store()
    ticket = declare(PLAIN)
    for store in (one, two):
        with store:
            ticket("a"), ticket("b")
    declare(UNIQUE)
    found = []
    for store in (one, two):
        with store:
            found += ticket.all().values("number")
    assert sorted(found) == [1, 2, 3, 4]  # stores are in no order
    assert module.made() == 5


def test_values_that_are_not_unique_are_refused_and_nothing_is_changed(declare, module):
    ticket = declare(PLAIN)
    ticket("a"), ticket("b")
    module.made = lambda: 7
    with pytest.raises(SchemaError, match="unique number does not fit"):
        declare(UNIQUE)
    assert ticket.all().values("name") == ["a", "b"]
    assert not hasattr(ticket.find(1), "number")


def test_a_factory_that_raises_changes_nothing(declare, module, path):
    with Store(path) as store:
        ticket = declare(PLAIN)
        ticket("a"), ticket("b")
        values = iter([1])
        module.made = lambda: next(values)
        with pytest.raises(StopIteration):
            declare(WIDER)
        assert not hasattr(ticket.find(1), "number")
        store.check()
        module.made = lambda: "text"
        with pytest.raises(TypeError):
            declare(WIDER)
        assert not hasattr(ticket.find(1), "number")
        store.check()


def test_a_factory_is_not_called_where_there_are_no_rows(declare, module):
    declare(PLAIN)
    declare(UNIQUE)
    assert module.made() == 1


def test_a_factory_may_use_the_store_and_rows_that_come_meanwhile_get_a_value_too(declare, module, in_threads):
    ticket = declare(PLAIN)
    ticket("a"), ticket("b")
    counter = count(1)
    store = Store.current()

    def another() -> None:
        with store:
            ticket("late")

    def made() -> int:
        number = next(counter)
        assert len(ticket.all()) in (2, 3)
        if number == 1:
            thread = threading.Thread(target=another)
            thread.start()
            thread.join()
        return number

    module.made = made
    declare(UNIQUE)
    assert ticket.all().values("number") == [1, 2, 3]
    store.check()


def test_rows_that_go_meanwhile_leave_the_others_their_values(declare, module):
    ticket = declare(PLAIN)
    ticket("a"), ticket("b"), ticket("c")
    counter = count(1)

    def made() -> int:
        number = next(counter)
        if number == 1:
            ticket.find(2).delete()
        return number

    module.made = made
    declare(UNIQUE)
    assert ticket.all().values("number") == [1, 3]


# ── reopening ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("source", [WIDER, UNIQUE, MAYBE])
def test_each_row_gets_a_value_of_its_own_on_reopening_once(declare, module, path, source):
    with Store(path):
        ticket = declare(PLAIN)
        for name in "abc":
            ticket(name)
        ticket.find(1).delete()
    declare(source)
    for _ in range(2):
        with Store(path) as store:
            assert module.Ticket.all().values("number") == [1, 2]
            store.check()
    assert module.made() == 3


@pytest.mark.parametrize("of", ["str", "float", "bytes", "date", "datetime", "bool"])
def test_values_of_every_type_are_made_a_row(declare, module, path, of):
    from datetime import UTC, date, datetime, timedelta

    module.date, module.datetime = date, datetime
    make = {
        "str": lambda n: f"n{n}",
        "float": lambda n: n / 2,
        "bytes": lambda n: bytes([n]),
        "date": lambda n: date(2020, 1, n),
        "datetime": lambda n: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(microseconds=n),
        "bool": lambda n: n % 2 == 0,
    }[of]
    counter = count(1)
    module.made = lambda: make(next(counter))
    with Store(path):
        ticket = declare(PLAIN)
        for name in "abc":
            ticket(name)
    wider = PLAIN + f"    value: {of} = field(default_factory=made)\n"
    declare(wider)
    for _ in range(2):
        with Store(path) as store:
            assert module.Ticket.all().values("value") == [make(1), make(2), make(3)]
            store.check()


def test_a_reader_makes_values_of_its_own(declare, module, path):
    with Store(path):
        ticket = declare(PLAIN)
        ticket("a"), ticket("b")
    declare(UNIQUE)
    with Store(path, read_only=True):
        assert ticket.all().values("number") == [1, 2]
        assert ticket.all().values("number") == [1, 2]


# ── refresh ───────────────────────────────────────────────────────────────────────────────────────


def test_refresh_makes_values_for_new_rows_only(declare, module, path, new_module):
    writers = new_module()
    exec(PLAIN, writers.__dict__)  # noqa: S102
    declare(UNIQUE)
    with Store(path) as store:
        writers.Ticket("a"), writers.Ticket("b")
        with Store(path, read_only=True) as reader:
            assert module.Ticket.all().values("number") == [1, 2]
            for number, name in enumerate("cd", 3):
                with store:
                    writers.Ticket(name)
                assert reader.refresh()
                assert module.Ticket.all().values("number") == list(range(1, number + 1))
            with store:
                writers.Ticket.find(2).delete()
            assert reader.refresh()
            assert not reader.refresh()
            assert module.Ticket.all().values("number") == [1, 3, 4]
            reader.check()
    assert module.made() == 5


def test_a_factory_that_raises_in_refresh_leaves_the_reader_as_it_was(declare, module, path, new_module):
    writers = new_module()
    exec(PLAIN, writers.__dict__)  # noqa: S102
    declare(WIDER)
    with Store(path) as store:
        writers.Ticket("a")
        with Store(path, read_only=True) as reader:
            assert module.Ticket.all().values("number") == [1]
            with store:
                writers.Ticket("b")
            made, module.made = module.made, lambda: 1 // 0
            declare(WIDER)
            with pytest.raises(ZeroDivisionError):
                reader.refresh()
            assert module.Ticket.all().values("number") == [1]
            module.made = made
            declare(WIDER)
            assert reader.refresh()
            assert module.Ticket.all().values("number") == [1, 2]
