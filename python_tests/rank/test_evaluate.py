"""`evaluate`: how well recommendations foretell links that were held out, beside the same by plain loops."""

import math
import threading
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hasmany import (
    FieldError,
    ForeignStoreError,
    Like,
    Many,
    Model,
    NotFoundError,
    SchemaError,
    Store,
    Tweet,
    User,
    col,
    evaluate,
    has_many,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from .likes import fill

MEASURES = ("recall", "ndcg", "hit_rate", "mrr")


class City(Model, key="code"):
    code: str
    visits: Many["Visit"] = has_many()
    guests: Many["Guest"] = has_many(through="visits")


class Guest(Model, key=("family", "given")):
    family: str
    given: str
    visits: Many["Visit"] = has_many()
    cities: Many["City"] = has_many(through="visits")


class Visit(Model, unique=("guest", "city")):
    guest: Guest
    city: City
    nights: int = 1


def measured(recommended: list[int], wanted: set[int], k: int) -> tuple[float, float, float, float]:
    """The four measures of one owner."""
    ranks = [rank for rank, member in enumerate(recommended[:k], 1) if member in wanted]
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(k, len(wanted)) + 1))
    return (
        len(ranks) / len(wanted),
        sum(1 / math.log2(rank + 1) for rank in ranks) / ideal,
        float(bool(ranks)),
        1 / ranks[0] if ranks else 0.0,
    )


def group(links: int) -> str:
    groups = ["0", "1-2", "3-5", "6-10", "11-20", "21-50", "51-100"]
    return next(label for label in groups if links <= int(label.split("-")[-1]))


def rows(of: dict[int, tuple[float, ...]], links: dict[int, int], wanted: dict[int, set[int]]) -> list[dict[str, Any]]:
    """The table."""
    labels = ["all", *sorted({group(links[owner]) for owner in of}, key=lambda label: int(label.split("-")[0]))]
    table = []
    for label in labels:
        owners = [owner for owner in of if label in ("all", group(links[owner]))]
        row: dict[str, Any] = {
            "links": label,
            "owners": len(owners),
            "pairs": sum(len(wanted[owner]) for owner in owners),
        }
        for at, name in enumerate(MEASURES):
            each = [of[owner][at] for owner in owners]
            mean = math.fsum(each) / len(each)
            row[name] = mean
            spread = math.fsum((one - mean) ** 2 for one in each)
            row[f"{name}_error"] = math.sqrt(spread / (len(each) - 1) / len(each)) if len(each) > 1 else None
        table.append(row)
    return table


def agree(found: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> None:
    assert [list(row) for row in found] == [list(row) for row in wanted]
    for one, other in zip(found, wanted, strict=True):
        for name, value in other.items():
            same = (
                math.isclose(one[name], value, rel_tol=1e-12, abs_tol=1e-12)
                if type(value) is float
                else one[name] == value
            )
            assert same, (name, one[name], value)


USERS, TWEETS = 9, 8
PAIRS = st.sets(st.tuples(st.integers(1, USERS), st.integers(1, TWEETS)), max_size=50)


@settings(deadline=None)
@given(PAIRS, PAIRS, st.integers(1, 10), st.sampled_from(["auto", (1.0, 0.0), (0.5, 0.8)]), st.booleans(), st.data())
def test_it_is_what_loops_say(
    train: set[tuple[int, int]],
    test: set[tuple[int, int]],
    k: int,
    damping: Any,
    known: bool,
    data: st.DataObject,
) -> None:
    pairs = sorted(test if known else test - train)
    with Store():
        User.insert_all(username=[f"user {at}" for at in range(USERS)])
        Tweet.insert_all(message=["x"] * TWEETS, user=[1] * TWEETS)
        if train:
            users, tweets = zip(*sorted(train), strict=True)
            Like.insert_all(user=users, tweet=tweets)
        options = {"damping": damping, "known": known}
        if data.draw(st.booleans()):
            options["within"] = Tweet.where(col("id") > 3)
        order = data.draw(st.permutations(pairs + data.draw(st.lists(st.sampled_from(pairs))) if pairs else []))
        columns = ([owner for owner, _ in order], [member for _, member in order])
        if not pairs:
            with pytest.raises(ValueError, match="test has no pairs"):
                evaluate(User.all(), "liked_tweets", columns, k, **options)
            return
        wanted = {owner: {member for other, member in pairs if other == owner} for owner, _ in pairs}
        of = {
            owner: measured(User.find(owner).recommend("liked_tweets", k, **options).records.ids.tolist(), members, k)
            for owner, members in wanted.items()
        }
        links = {owner: len(User.find(owner).liked_tweets) for owner in of}
        found = evaluate(User.all(), "liked_tweets", columns, k, **options).to_dicts()
        by_owner: Any = {User.find(owner): [Tweet.find(at) for at in members] for owner, members in wanted.items()}
        assert evaluate(User.all(), "liked_tweets", by_owner, k, **options).to_dicts() == found
        agree(found, rows(of, links, wanted))


def test_blocks_are_of_no_consequence(monkeypatch: pytest.MonkeyPatch) -> None:
    with Store():
        fill()
        test = held(200)
        whole = evaluate(User.all(), "liked_tweets", test, 10).to_dicts()
        monkeypatch.setattr("hasmany.evaluating.BLOCK", 30)
        assert evaluate(User.all(), "liked_tweets", test, 10).to_dicts() == whole
        everything = evaluate(User.all(), "liked_tweets", test, 10**30).to_dicts()
        assert everything == evaluate(User.all(), "liked_tweets", test, 1000).to_dicts()


def held(count: int) -> Any:
    """Links, taken out of the store."""
    some = Like.all().sample(count, seed=1)
    columns = (some.column("user"), some.column("tweet"))
    some.delete_all()
    return columns


def test_columns_of_any_kind() -> None:
    with Store():
        fill()
        test = held(100)
        first = evaluate(User.all(), "liked_tweets", test).to_dicts()
        for columns in (
            tuple(column.tolist() for column in test),
            tuple(pl.Series(column) for column in test),
            tuple(pa.array(column) for column in test),
            ([User.find(id) for id in test[0].tolist()], test[1].astype(np.int32)),
        ):
            assert evaluate(User.all(), "liked_tweets", columns).to_dicts() == first
        by_owner = {
            id: test[1][test[0] == id].tolist() for id in User.all().ids.tolist()
        }  # of some no members: they are not asked
        assert evaluate(User.all(), "liked_tweets", by_owner).to_dicts() == first


def test_keys_name_records_as_they_do_in_bulk() -> None:
    with Store():
        Visit.insert_all(
            {
                "guest.family": list("AABBC"),
                "guest.given": list("xxyyz"),
                "city.code": ["OSL", "ROM", "OSL", "ROM", "OSL"],
            },
            create_missing=True,
        )
        one = Guest.find(("C", "z"))
        wanted = evaluate(Guest.all(), "cities", ([one], [City.find("ROM")])).to_dicts()
        assert wanted[0]["mrr"] == 1
        assert evaluate(Guest.all(), "cities", ([one.id], ["ROM"])).to_dicts() == wanted
        assert evaluate(Guest.all(), "cities", {one: City.where(code="ROM")}).to_dicts() == wanted
        assert evaluate(Guest.where(family="C"), "cities", (Guest.where(family="C"), ["ROM"])).to_dicts() == wanted
        assert evaluate(City.all(), "guests", {"ROM": [one]}).to_dicts()[0]["recall"] == 1
        with pytest.raises(NotFoundError, match=r"2 of test's members are not in the store, the first is PAR"):
            evaluate(Guest.all(), "cities", ([one, one, one], ["PAR", "ROM", "ZRH"]))


def test_options_go_on_to_recommend() -> None:
    with Store():
        Visit.insert_all(
            {
                "guest.family": list("AABBC"),
                "guest.given": list("xxyyz"),
                "city.code": ["OSL", "ROM", "OSL", "ROM", "OSL"],
            },
            nights=[5, 5, 5, 5, 1],
            create_missing=True,
        )
        test = ([Guest.find(("C", "z"))], ["ROM"])

        def recall(**options: Any) -> float:
            return evaluate(Guest.all(), "cities", test, **options).column("recall")[0]

        assert recall() == recall(weight="nights") == recall(damping=(1, 0), max_links=10**6, seed=3) == 1
        assert recall(where=col("nights") > 1) == 0  # she has no such link
        assert recall(within=City.where(code="OSL")) == 0  # it is none of these
        with pytest.raises(TypeError, match="dumping"):
            recall(dumping=(1, 0))
        with pytest.raises(SchemaError, match="night"):
            recall(weight="night")


def test_what_cannot_be_found_counts_as_missed() -> None:
    with Store():
        fill()
        new, alone = Tweet("new", User.find(1)), User("alone")
        table = evaluate(User.all(), "liked_tweets", {alone: [1, 2], User.find(2): [new]})
        first, *groups = table.to_dicts()
        assert (first["owners"], first["pairs"]) == (2, 3)
        assert [first[name] for name in MEASURES] == [0, 0, 0, 0]
        assert [(row["links"], row["owners"], row["recall_error"]) for row in groups] == [
            ("0", 1, None),
            (group(len(User.find(2).liked_tweets)), 1, None),
        ]


def test_recall_is_of_all_test_members_and_ndcg_of_what_k_could_have() -> None:
    with Store():
        ann, bob = User("ann"), User("bob")
        tweets = [ann.post_tweet(text) for text in "abcd"]
        _ = ann.like_tweet(tweets[0]), [bob.like_tweet(tweet) for tweet in tweets]
        row = evaluate(User.all(), "liked_tweets", {ann: tweets[1:]}, k=2).to_dicts()[0]
        assert [row[name] for name in MEASURES] == [2 / 3, 1, 1, 1]


def test_links_that_are_there_are_refused() -> None:
    with Store():
        ann, bob = User("ann"), User("bob")
        one, two = ann.post_tweet("one"), ann.post_tweet("two")
        _ = ann.like_tweet(one), bob.like_tweet(one), bob.like_tweet(two)
        with pytest.raises(ValueError, match=r"1 links of test are in the store, the first from 1 to 1, .*known=True"):
            evaluate(User.all(), "liked_tweets", {ann: [one, two]})
        found = evaluate(User.all(), "liked_tweets", {ann: [one, two]}, known=True)
        assert found.column("recall").tolist() == [1, 1]


def test_bad_input() -> None:
    with Store():
        fill()
        every, ann, tweet = User.all(), User.find(1), Tweet.find(1)
        for test in ({}, {ann: []}, ([], []), (np.array([], dtype=np.int64), [])):
            with pytest.raises(ValueError, match="test has no pairs"):
                evaluate(every, "liked_tweets", test)
        with pytest.raises(ValueError, match="1 owners and 2 members"):
            evaluate(every, "liked_tweets", ([1], [1, 2]))
        with pytest.raises(ValueError, match=r"of the owners in test 1 are not among .*, the first is 5"):
            evaluate(User.where(col("id") < 5), "liked_tweets", {5: [1], 3: []})
        for column in ([10**6], [-1], [0]):
            with pytest.raises(NotFoundError, match="test's members"):
                evaluate(every, "liked_tweets", ([1], column))
        for column in ([1, 10**6], np.array([1, 10**6]), pl.Series([1, 10**6]), pa.array([1, 10**6])):
            with pytest.raises(NotFoundError, match="the first is 1000000: insert them, and they count as missed"):
                evaluate(every, "liked_tweets", ([1, 1], column))
            with pytest.raises(NotFoundError, match=r"test's owners .* 1000000: insert them with the links they keep"):
                evaluate(every, "liked_tweets", (column, [1, 1]))
        for test in ([(1, 2), (3, 4)], None, 5, "ab", (1, 2, 3), {1: "ab"}, {1: 2}, (1, 2)):
            with pytest.raises(TypeError, match="test"):
                evaluate(every, "liked_tweets", test)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        with pytest.raises(TypeError, match=r"test\.members takes Tweet, not User"):
            evaluate(every, "liked_tweets", {1: [ann]})
        with pytest.raises(TypeError, match=r"test\.owners takes .*User"):
            evaluate(every, "liked_tweets", (Tweet.all(), [1]))
        for column in ([1.5], [None]):
            with pytest.raises(FieldError, match=r"test\.owners"):
                evaluate(every, "liked_tweets", (column, [1]))
        for k in (0, -1):
            with pytest.raises(ValueError, match=f"k is .* or more, not {k}"):
                evaluate(every, "liked_tweets", {1: [1]}, k)
        with pytest.raises(TypeError, match="not the class User"):
            evaluate(User, "liked_tweets", {1: [1]})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        with pytest.raises(SchemaError, match="tweetz"):
            evaluate(every, "tweetz", {1: [1]})
        with Store(), pytest.raises(ForeignStoreError):
            evaluate(every, "liked_tweets", {User("b"): [tweet]})
        with pytest.raises(SchemaError, match="no links to walk"):
            evaluate(every, "tweets", {1: [1]})


def test_a_store_that_is_not_current() -> None:
    store = Store()
    with store:
        fill()
        every, test = User.all(), held(50)
        wanted = evaluate(every, "liked_tweets", test).to_dicts()
    assert evaluate(every, "liked_tweets", test).to_dicts() == wanted


def test_progress_is_of_all_owners(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with Store():
        fill()
        test = held(200)
        asked = len(np.unique(test[0]))
        monkeypatch.setattr("hasmany.evaluating.BLOCK", 100)
        evaluate(User.all(), "liked_tweets", test, 10, progress=True)
        assert f"{asked}.0/{asked}.0" in capsys.readouterr().err


def test_threads_may_write_meanwhile() -> None:
    with Store() as store:
        fill(users=300, likes=3000)
        every, test = User.all(), held(500)

        def write() -> None:
            with store:
                for at in range(100):
                    User(f"late {at}")

        writer = threading.Thread(target=write)
        writer.start()
        first, *_ = evaluate(every, "liked_tweets", test).to_dicts()
        writer.join()
        assert first["pairs"] == 500
        assert len(every) == 400
