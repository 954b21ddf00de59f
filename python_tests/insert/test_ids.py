"""Ids of one's own: a column `id` in insert_all."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hasmany import DuplicateError, FieldError, Like, Model, NotFoundError, SchemaError, Store, Tweet, User, field

LAST = 2**63 - 1


class Tree(Model):
    name: str = field(unique=True)
    parent: "Tree | None" = None


@pytest.fixture(params=["memory", "file"], autouse=True)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "s.db") if request.param == "file" else Store() as store:
        yield store
        store.check()


def reopened(store: Store) -> Store:
    assert store.path is not None
    store.close()
    return Store(store.path)


def test_given_ids_are_kept_and_the_result_is_in_input_order() -> None:
    users = User.insert_all(id=[30, 10, 20], username=["c", "a", "b"])
    assert users.ids.tolist() == [30, 10, 20]
    assert users.values("username") == ["c", "a", "b"]
    assert User.all().values("username") == ["a", "b", "c"]
    assert User("d").id == 31


@pytest.mark.parametrize("count", [3, 5000])
def test_rows_are_created_in_the_order_of_their_ids(count: int) -> None:
    order = np.random.default_rng(count).permutation(count) * 7 + 5
    users = User.insert_all(id=order, username=[f"u{at}" for at in order])
    assert (users.ids == order).all()
    assert (User.all().ids == np.sort(order)).all()
    assert User.all().values("username") == [f"u{at}" for at in np.sort(order)]
    assert [User.find(int(at)).username for at in order[:20]] == [f"u{at}" for at in order[:20]]


def test_ids_go_up_to_the_last_one(store: Store) -> None:
    users = User.insert_all(id=[1 << 60, LAST, 7], username=["t", "z", "a"])
    assert users.ids.tolist() == [1 << 60, LAST, 7]
    assert User.find(LAST).username == "z" and User.find(1 << 60).username == "t"
    tweets = Tweet.insert_all(message=["m", "n"], user=[LAST, 1 << 60])
    assert tweets.values("user.username") == ["z", "t"]
    with pytest.raises(OverflowError, match="full"):
        User("one more")
    if store.path:
        with reopened(store) as again:
            assert User.all().ids.tolist() == [7, 1 << 60, LAST]
            assert Tweet.all().values("user.username") == ["z", "t"]
            assert User.find(LAST).tweets.values("message") == ["m"]
            User.find(LAST).tweets.delete_all()
            User.find(LAST).delete()
        with Store(again.path), pytest.raises(OverflowError, match="full"):
            User("one more")


def test_ids_with_gaps_come_back_from_a_file(store: Store) -> None:
    ids = np.cumsum(np.random.default_rng(0).integers(1, 50, 3000))
    User.insert_all(id=ids, username=[str(at) for at in ids])
    User("next")
    if store.path:
        with reopened(store) as again:
            again.check()
            assert User.all().ids.tolist() == [*ids.tolist(), int(ids[-1]) + 1]
            assert User("another").id == ids[-1] + 2


@pytest.mark.parametrize("bad", [0, -1, -(2**63)])
@pytest.mark.parametrize("as_array", [False, True])
def test_ids_below_one_are_errors_that_name_the_row_and_the_way(bad: int, as_array: bool) -> None:
    ids = np.array([5, bad]) if as_array else [5, bad]
    with pytest.raises(FieldError, match=rf"row 1: User\.id is {bad}, .*key="):
        User.insert_all(id=ids, username=["a", "b"])
    assert len(User.all()) == 0 and User("c").id == 1


def test_repeated_ids_are_errors_that_name_the_row_and_the_way() -> None:
    with pytest.raises(DuplicateError, match=r"row 2: row 0 of the same input already has this id \(5\).*key="):
        User.insert_all(id=[5, 6, 5], username=["a", "b", "c"])
    assert len(User.all()) == 0 and User("c").id == 1


def test_ids_that_are_there_are_errors() -> None:
    bob = User("bob")
    with pytest.raises(DuplicateError, match=r"row 1: User 1 already has this id") as caught:
        User.insert_all(id=[2, 1], username=["a", "b"])
    assert caught.value.existing == bob
    bob.delete()
    with pytest.raises(FieldError, match=r"row 0: User\.id is 1, .* greater than 1"):
        User.insert_all(id=[1], username=["a"])


def test_a_call_that_raises_spends_no_id() -> None:
    with pytest.raises(DuplicateError):
        Tree.insert_all(id=[8, 9], name=["a", "a"])
    with pytest.raises(NotFoundError, match=r"row 1: Tree\.parent: there is no Tree 10"):
        Tree.insert_all(id=[8, 9], name=["a", "b"], parent=[None, 10])
    assert Tree("a").id == 1


def test_ids_of_a_rolled_back_block_stay_spent_and_the_error_says_so(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction():
        User.insert_all(id=[50], username=["a"])
        raise ZeroDivisionError
    with pytest.raises(FieldError, match="rolled back are never given again"):
        User.insert_all(id=[50], username=["a"])
    assert User("a").id == 51


@pytest.mark.parametrize("ids", [[1.5, 2.0], [2.0**53, 1.0], [float("nan"), 1.0], [None, 1], ["x", "y"]])
@pytest.mark.parametrize("kind", ["list", "numpy", "polars"])
def test_what_is_no_id_is_an_error(ids: list, kind: str) -> None:
    given = {"list": ids, "numpy": np.array(ids), "polars": pl.Series(ids)}[kind]
    with pytest.raises((FieldError, TypeError), match=r"User\.id"):
        User.insert_all(id=given, username=["a", "b"])
    assert len(User.all()) == 0


def test_references_lead_to_rows_of_the_same_input_by_id() -> None:
    trees = Tree.insert_all(id=[3, 9, 4], name=["a", "b", "c"], parent=[9, None, 3])
    assert trees.values("parent.name") == ["b", None, "a"]
    more = Tree.insert_all(id=[20, 21], name=["d", "e"], parent=[21, 4])
    assert more.values("parent.name") == ["e", "c"]


def test_a_row_may_refer_to_itself_by_id() -> None:
    loop = Tree.insert_all(id=[3], name=["a"], parent=[3])[0]
    assert loop.parent == loop


def test_cycles_by_id() -> None:
    count = 3000
    ids = np.arange(count) * 3 + 1
    Tree.insert_all(id=ids, name=[str(at) for at in ids], parent=np.roll(ids, 1))
    assert Tree.find(1).parent.id == ids[-1] and Tree.find(4).parent.id == 1


@pytest.mark.parametrize("model", [User, Tweet, Like])
def test_a_store_rebuilt_model_by_model_is_the_same(model: type) -> None:
    with Store():
        users = User.insert_all(username=[f"u{at}" for at in range(100)])
        tweets = Tweet.insert_all(message=[f"t{at}" for at in range(300)], user=users.ids[np.arange(300) % 100])
        Like.insert_all(user=np.arange(300) % 100 + 1, tweet=tweets.ids)
        User.all()[::3].update_all(username="x")
        Like.all()[::7].delete_all()
        frames = [(of, pl.DataFrame(of.all())) for of in (User, Tweet, Like)]
    for of, frame in frames:
        of.insert_all(frame)
    for of, frame in frames:
        assert pl.DataFrame(of.all()).equals(frame)
    assert frames[0][1].height == 100


def test_a_frame_of_a_model_that_refers_to_itself_comes_back() -> None:
    with Store():
        Tree.insert_all(id=[5, 7], name=["a", "b"], parent=[7, 5])
        frame = pl.DataFrame(Tree.all())
    Tree.insert_all(frame.reverse())
    assert pl.DataFrame(Tree.all()).equals(frame)


def test_a_collection_keeps_its_ids_where_it_is_of_another_store() -> None:
    with Store():
        User.insert_all(id=[3, 8], username=["a", "b"])
        others = User.all()
    assert User.insert_all(others).ids.tolist() == [3, 8]
    assert User.insert_all(User.all()).ids.tolist() == [9, 10]


def test_a_reference_may_be_named_as_in_files() -> None:
    user = User("a")
    assert Tweet.insert_all(message=["m"], user_id=[user.id])[0].user == user
    with pytest.raises(SchemaError, match="the same reference"):
        Tweet.insert_all(message=["m"], user_id=[1], user=[1])


def test_skip_leaves_out_rows_whose_id_is_there() -> None:
    Tree.insert_all(id=[5], name=["five"])
    made = Tree.insert_all(
        id=[5, 6, 7, 6], name=["other", "six", "five", "again"], parent=[None, 5, 6, 6], on_conflict="skip"
    )
    assert made.ids.tolist() == [6]  # 5 is there, 7's name is there, 6 was earlier
    assert made.values("parent.name") == ["five"]


def test_an_id_whose_row_is_gone_is_an_error_even_where_others_are_skipped() -> None:
    User("a")
    User("b").delete()
    with pytest.raises(FieldError, match=r"row 1: User\.id is 2"):
        User.insert_all(id=[1, 2], username=["x", "y"], on_conflict="skip")
