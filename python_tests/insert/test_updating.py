"""`insert_all(on_conflict="update")`: rows that are there get the columns that were passed, others are created."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hasmany import DuplicateError, Model, SchemaError, Store, field


class User(Model, key="handle"):
    handle: str
    email: str | None = field(default=None, unique=True)
    visits: int = 7


class Rating(Model, unique=("user", "film")):
    user: User
    film: int
    stars: int = 3


class Node(Model):
    name: str = field(unique=True)
    parent: "Node | None" = None


@pytest.fixture(params=["memory", "file"], autouse=True)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "s.db") if request.param == "file" else Store() as store:
        yield store
        store.check()
        before = [model.all().ids.tolist() for model in (User, Rating, Node)], users()
    if request.param == "file":
        with Store(tmp_path / "s.db") as again:
            again.check()
            assert ([model.all().ids.tolist() for model in (User, Rating, Node)], users()) == before


def users() -> list:
    return list(zip(*(User.all().values(name) for name in ("handle", "email", "visits")), strict=True))


def test_rows_that_are_there_are_updated_and_all_are_returned_in_input_order() -> None:
    User.insert_all(handle=["ann", "bob"], email=["a@", "b@"], visits=[1, 2])
    made = User.insert_all(handle=["cat", "bob", "dan", "ann"], email=["c@", "B@", None, "A@"], on_conflict="update")
    assert made.ids.tolist() == [3, 2, 4, 1]
    assert users() == [("ann", "A@", 1), ("bob", "B@", 2), ("cat", "c@", 7), ("dan", None, 7)]


def test_of_repeats_the_last_wins_whole_and_stands_at_its_first_place() -> None:
    User.insert_all(handle=["ann"], visits=[1])
    made = User.insert_all(
        handle=["bob", "ann", "bob", "ann"], email=["x@", "y@", None, "z@"], visits=[1, 2, 3, 4], on_conflict="update"
    )
    assert made.ids.tolist() == [2, 1]
    assert users() == [("ann", "z@", 4), ("bob", None, 3)]


def test_only_columns_that_were_passed_are_set() -> None:
    User.insert_all(handle=["ann"], email=["a@"], visits=[1])
    User.insert_all(handle=["ann", "bob"], on_conflict="update")
    assert users() == [("ann", "a@", 1), ("bob", None, 7)]


def test_pairs() -> None:
    User.insert_all(handle=["ann", "bob"])
    Rating.insert_all(user=["ann", "bob"], film=[1, 1], stars=[5, 5])
    made = Rating.insert_all(user=["bob", "ann", "bob"], film=[1, 2, 1], stars=[1, 2, 4], on_conflict="update")
    assert made.ids.tolist() == [2, 3] and Rating.all().values("stars") == [5, 4, 2]


def test_two_keys_that_lead_to_two_rows_are_an_error() -> None:
    User.insert_all(handle=["ann", "bob"], email=["a@", "b@"])
    before = users()
    with pytest.raises(DuplicateError, match=r"row 1: it is User \d by one unique key and User \d by another"):
        User.insert_all(handle=["cat", "ann"], email=["c@", "b@"], on_conflict="update")
    with pytest.raises(DuplicateError, match="row 1 of the same input"):
        User.insert_all(handle=["ann", "cat", "ann"], email=["x@", "y@", "y@"], on_conflict="update")
    assert users() == before


def test_key_names_the_unique_that_counts() -> None:
    User.insert_all(handle=["ann", "bob"], email=["a@", "b@"])
    User.insert_all(handle=["ANN", "cat"], email=["a@", "c@"], key="email", on_conflict="update")
    assert [row[:2] for row in users()] == [("ANN", "a@"), ("bob", "b@"), ("cat", "c@")]
    User.insert_all(handle=["ANN", "bob"], email=["b@", "a@"], key="handle", on_conflict="update")
    assert [row[:2] for row in users()] == [("ANN", "b@"), ("bob", "a@"), ("cat", "c@")]
    with pytest.raises(DuplicateError):
        User.insert_all(handle=["bob"], email=["c@"], key="handle", on_conflict="update")
    made = User.insert_all(handle=["bob", "eve"], key=("handle",), on_conflict="skip")
    assert made.values("handle") == ["eve"]
    with pytest.raises(SchemaError, match="visits is not unique"):
        User.insert_all(handle=["x"], key="visits", on_conflict="update")
    with pytest.raises(SchemaError, match="handle"):
        User.insert_all(handle=["x"], key="hndle", on_conflict="update")


def test_a_field_named_key_and_the_option_are_not_mixed_up() -> None:
    class Setting(Model):
        key: str
        value: int

    assert Setting.insert_all({"key": ["a"], "value": [1]})[0].key == "a"
    with pytest.raises(SchemaError, match="a field of Setting and an option of this call"):
        Setting.insert_all(key=["a"], value=[1])


def test_ids_count_like_keys() -> None:
    Node.insert_all(id=[5, 8], name=["a", "b"])
    made = Node.insert_all(id=[9, 8, 5], name=["c", "B", "a"], parent=[8, 9, None], on_conflict="update")
    assert made.ids.tolist() == [9, 8, 5]
    assert Node.all().values("name") == ["a", "B", "c"] and Node.all().values("parent.name") == [None, "c", "B"]
    with pytest.raises(DuplicateError, match="by one unique key"):
        Node.insert_all(id=[8], name=["a"], on_conflict="update")
    with pytest.raises(ValueError, match=r"row 0: Node\.id is 6"):
        Node.insert_all(id=[6], name=["z"], on_conflict="update")


def test_a_refused_call_changes_nothing(store: Store) -> None:
    Node.insert_all(id=[5], name=["a"])
    with pytest.raises(LookupError):
        Node.insert_all(name=["a", "b"], parent=[5, 77], on_conflict="update")
    assert Node.all().values("parent") == [None]
    with pytest.raises(ZeroDivisionError), store.transaction():
        Node.insert_all(name=["a", "b"], parent=[5, 5], on_conflict="update")
        raise ZeroDivisionError
    assert Node.all().values("parent") == [None]


def test_without_a_unique_rows_are_created() -> None:
    class Note(Model):
        text: str

    assert len(Note.insert_all(text=["a", "a"], on_conflict="update")) == 2


@pytest.mark.parametrize("count", [40, 4000])
def test_as_a_naive_store_does(count: int) -> None:
    random = np.random.default_rng(count)
    expected: dict[str, int] = {}
    for _ in range(6):
        handles = [f"u{at}" for at in random.integers(0, count, count // 2)]
        visits = random.integers(0, 1000, count // 2).tolist()
        made = User.insert_all(handle=handles, visits=visits, on_conflict="update")
        expected |= dict(zip(handles, visits, strict=True))
        assert made.values("handle") == list(dict.fromkeys(handles))
        assert {handle: seen for handle, _, seen in users()} == expected


def test_an_unknown_way_is_an_error() -> None:
    with pytest.raises(ValueError, match="'error', 'skip' or 'update'"):
        User.insert_all(handle=["a"], on_conflict="replace")  # type: ignore[arg-type]


def test_a_list_for_a_keyword_says_how_each_member_gets_its_own() -> None:
    User.insert_all(handle=["ann", "bob"])
    with pytest.raises(TypeError, match=r'takes int, not list; a value for each member is update_all\(\{"visits": '):
        User.all().update_all(visits=[1, 2])
    assert User.all().update_all({"visits": [1, 2]}) == 2 and User.all().values("visits") == [1, 2]


def test_rows_that_get_some_fields_only_are_found_and_updated() -> None:
    User.insert_all(handle=["ann"])
    with pytest.raises(TypeError, match=r"^User needs handle; .* User.find_all\(handle=\[...\]\).update_all\("):
        User.insert_all(email=["a@"], visits=[1], on_conflict="update")
    with pytest.raises(TypeError, match=r"^Rating needs film; .* Rating.find_all\(key=\[...\]\).update_all\("):
        Rating.insert_all(user=["ann"], stars=[1], on_conflict="update")
    for other in ("error", "skip"):
        with pytest.raises(TypeError, match=r"^User needs handle$"):
            User.insert_all(email=["a@"], on_conflict=other)
    assert User.find_all(handle=["ann"]).update_all({"email": ["a@"]}) == 1
    assert users() == [("ann", "a@", 7)]
