"""Where an error says that nothing was changed, nothing was: whatever the triggers of others do."""

import itertools
from contextlib import suppress

import pytest
from hasmany import HasManyError, Store, StoreLockedError, User

from .files import raw, rows

AUDIT = "create table audit (n text unique on conflict fail)"
TAKEN = "insert into audit values ('x')"

BODIES = {
    "on conflict fail": "insert into audit values ('new'); insert into audit values ('x');",
    "or fail": "insert into audit values ('new'); insert or fail into audit values ('x');",
    "raise fail": "insert into audit values ('new'); select raise(fail, 'no');",
    "raise abort": "insert into audit values ('new'); select raise(abort, 'no');",
    "raise rollback": "insert into audit values ('new'); select raise(rollback, 'no');",
    "raise ignore": "insert into audit values ('new'); select raise(ignore);",
}
EVENTS = {
    "insert": lambda: User("new"),
    "update": lambda: setattr(User.find(1), "username", "new"),
    "delete": lambda: User.find(1).delete(),
}


@pytest.fixture
def users(path):
    with Store(path):
        User("alice")
        User("bob")
    with raw(path) as connection:
        connection.execute(AUDIT)
        connection.execute(TAKEN)
    return path


def make_trigger(path, when: str, event: str, body: str) -> None:
    with raw(path) as connection:
        connection.execute(f"create trigger t {when} {event} on users begin {BODIES[body]} end")


# After the row is written, "raise ignore" refuses nothing.
@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize(
    ("when", "body"),
    [pair for pair in itertools.product(["before", "after"], BODIES) if pair != ("after", "raise ignore")],
)
def test_a_trigger_that_refuses_leaves_nothing_behind(users, when, event, body):
    make_trigger(users, when, event, body)
    with Store(users) as store:
        with pytest.raises((HasManyError, OSError)):
            EVENTS[event]()
        assert User.all().values("username") == ["alice", "bob"]
        store.check()
    assert rows(users, "select * from users") == [(1, "alice"), (2, "bob")]
    assert rows(users, "select * from audit") == [("x",)]


def test_a_trigger_that_is_made_while_the_store_is_open_leaves_nothing_behind_either(users):
    with Store(users) as store:
        make_trigger(users, "after", "insert", "on conflict fail")
        with pytest.raises(StoreLockedError):
            User("sees that somebody was here")
        with pytest.raises(HasManyError):
            User("new")
        store.check()
        with suppress(HasManyError):
            User.find(1).username = "alicia"
        store.check()
    assert rows(users, "select username from users") == [("alicia",), ("bob",)]
    assert rows(users, "select * from audit") == [("x",)]


def test_a_trigger_that_goes_well_still_does(users):
    with raw(users) as connection:
        connection.execute("create trigger t after insert on users begin insert into audit values (new.username); end")
    with Store(users) as store:
        User("carol")
        store.check()
    assert rows(users, "select n from audit order by rowid") == [("x",), ("carol",)]
