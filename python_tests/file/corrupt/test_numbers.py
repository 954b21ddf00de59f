"""Large numbers in a file are what they say: read whole or refused, never cut."""

import pytest
from hasmany import CorruptStoreError, Like, Store, User

from ..files import beside, raw, rows
from .entries import Entry, refused

LAST = 2**63 - 1  # the largest id

LARGE = [2**57, 2**57 + 1, 2**58 + 1, 2**62 + 1, 2**63 - 1]


def tamper(path, *statements: str) -> None:
    with raw(path) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize("number", LARGE)
def test_a_reference_beyond_all_ids_is_refused_with_its_row(path, number):
    """2^57 + 1 was read as 1."""
    tamper(path, f"insert into likes values (9, {number}, 1)")
    refused(path, "likes", "9", str(number))


@pytest.mark.parametrize("number", LARGE)
def test_a_large_id_and_a_reference_to_it_are_read_whole(path, number):
    tamper(path, f"insert into users values ({number}, 'far')", f"insert into likes values ({number}, {number}, 1)")
    with Store(path) as store:
        assert Like.find(number).user == User.find(number)
        store.check()


@pytest.mark.parametrize("number", [-(2**63) + 1, -1, 0])
def test_a_next_id_that_can_be_none_is_refused(path, number):
    tamper(path, f"update hasmany_models set next_id = {number} where \"table\" = 'users'")
    refused(path, "users", "next_id", str(number))


def test_a_reader_that_goes_on_refuses_them_too(path):
    with Store(path, read_only=True) as store:
        tamper(path, f"insert into likes values (9, {2**57 + 1}, 1)")
        with pytest.raises(CorruptStoreError, match=str(2**57 + 1)):
            store.refresh()
        assert Like.all().values("user") == [User.find(1), User.find(2)]


@pytest.mark.parametrize("by", ["id", "next id"])
def test_the_last_id_is_given_and_read_again_and_none_after_it(path, by):
    if by == "id":
        tamper(path, f"insert into users values ({LAST - 1}, 'last but one')")
    else:
        tamper(path, f"update hasmany_models set next_id = {LAST} where \"table\" = 'users'")
    with Store(path) as store:
        last = User("last")
        assert last.id == LAST
        Entry("d", user=last)
        for write in (
            lambda: User("more"),
            lambda: User.insert_all(username=["more"]),
            lambda: Like.insert_all({"user": [2**57 + 1], "tweet": [1]}),
        ):
            with pytest.raises((OverflowError, LookupError)):
                write()
        store.check()
    for _ in range(2):
        with Store(path) as store:
            assert Entry.find(code="d").user == User.find(LAST)
            store.check()
            with pytest.raises(OverflowError, match=str(LAST)):
                User("more")
    assert beside(path) == []
    with Store(path):
        Entry.find(code="d").delete()
        User.find(LAST).delete()
    assert rows(path, "select next_id from hasmany_models where \"table\" = 'users'") == [
        (-LAST - 1,)
    ]  # the number that follows it, as SQLite wraps
    with Store(path), pytest.raises(OverflowError):
        User("more")


def test_a_bulk_that_would_go_beyond_the_last_id_changes_nothing(path):
    tamper(path, f"update hasmany_models set next_id = {LAST - 2} where \"table\" = 'users'")
    with Store(path) as store:
        with pytest.raises(OverflowError):
            User.insert_all(username=["x"] * 4)
        assert len(User.all()) == 2
        assert User.insert_all(username=["x"] * 3).ids.tolist() == [LAST - 2, LAST - 1, LAST]
        store.check()
