"""A collection is an ordered set of records: live where it is a relation, fixed where it was computed."""

import collections.abc
import operator
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from hasmany import DeletedError, Many, Model, Page, SchemaError, Store, Tweet, User, belongs_to, has_many


class Shelf(Model):
    name: str
    books: Many["Book"] = has_many()


class Book(Model):
    title: str
    pages: int | None = None
    shelf: Shelf | None = belongs_to(default=None)


class Sample(Model):
    """A field of every type, required and optional."""

    whole: int
    real: float
    flag: bool
    text: str
    raw: bytes
    at: datetime
    day: date
    maybe_whole: int | None = None
    maybe_real: float | None = None
    maybe_at: datetime | None = None
    maybe_day: date | None = None


@pytest.fixture
def tweets(alice) -> list[Tweet]:
    """Ten tweets that alice posted and likes."""
    posted = [alice.post_tweet(f"tweet {n}") for n in range(10)]
    for tweet in posted:
        alice.like_tweet(tweet)
    return posted


def raises_type_error(use: Any) -> str:
    with pytest.raises(TypeError) as caught:
        use()
    return str(caught.value)


# ── the protocols ─────────────────────────────────────────────────────────────────────────────────


def test_a_collection_is_a_collection_and_reversible_but_no_sequence(alice):
    assert isinstance(alice.tweets, Many)
    assert isinstance(alice.tweets, collections.abc.Collection)
    assert isinstance(alice.tweets, collections.abc.Reversible)
    assert not isinstance(alice.tweets, collections.abc.Sequence)


def test_a_collection_has_a_length_and_is_false_when_empty(alice):
    assert len(alice.tweets) == 0
    assert not alice.tweets
    alice.post_tweet("hi")
    assert len(alice.tweets) == 1
    assert alice.tweets


def test_a_loop_gives_the_members_in_order(alice, tweets):
    assert list(alice.liked_tweets) == tweets
    assert list(reversed(alice.liked_tweets)) == tweets[::-1]


def test_membership(alice, tweets):
    other = User("bob").post_tweet("mine")
    assert tweets[3] in alice.liked_tweets
    assert other not in alice.liked_tweets


@pytest.mark.parametrize("thing", [None, 1, "tweet", [], {}, object(), float("nan")])
def test_what_could_not_be_a_member_is_no_member(alice, tweets, thing):
    assert thing not in alice.liked_tweets
    assert thing not in alice.liked_tweets[:]
    assert alice.liked_tweets.count(thing) == 0


def test_records_of_other_models_and_stores_are_no_members(alice, tweets):
    with Store():
        foreign = User("alice").post_tweet("tweet 0")
    assert foreign.id == tweets[0].id
    assert foreign not in alice.tweets
    assert alice not in alice.tweets
    assert tweets[0] not in User.all()


def test_indexing(alice, tweets):
    liked = alice.liked_tweets
    assert liked[0] == tweets[0]
    assert liked[-1] == tweets[-1]
    assert liked[np.int64(3)] == tweets[3]
    for outside in (10, -11, 2**70):
        with pytest.raises(IndexError):
            _ = liked[outside]


@pytest.mark.parametrize("key", ["0", 1.0, None, (0, 1)])
def test_an_index_is_an_int_or_a_slice(alice, tweets, key):
    raises_type_error(lambda: alice.liked_tweets[key])


@pytest.mark.parametrize(
    "cut",
    [
        slice(None),
        slice(3),
        slice(7, None),
        slice(2, 8, 3),
        slice(None, None, -1),
        slice(8, 2, -2),
        slice(-3, None),
        slice(5, 5),
        slice(90, 99),
        slice(-99, 99),
    ],
)
def test_slices_are_those_of_a_list(alice, tweets, cut):
    assert list(alice.liked_tweets[cut]) == tweets[cut]
    assert len(alice.liked_tweets[cut]) == len(tweets[cut])


def test_a_slice_step_of_zero_is_a_value_error(alice, tweets):
    with pytest.raises(ValueError):
        _ = alice.liked_tweets[::0]


def test_index_and_count(alice, tweets):
    other = User("bob").post_tweet("mine")
    assert alice.liked_tweets.index(tweets[4]) == 4
    assert alice.liked_tweets.count(tweets[4]) == 1
    assert alice.liked_tweets.count(other) == 0
    with pytest.raises(ValueError):
        alice.liked_tweets.index(other)


def test_a_type_hint_can_name_the_members():
    assert Many[User] is not None
    assert Many["User"] is not None


# ── live and fixed ────────────────────────────────────────────────────────────────────────────────


def test_a_live_collection_follows_the_store(alice):
    liked, posted, everyone = alice.liked_tweets, alice.tweets, User.all()
    tweet = alice.post_tweet("hi")
    alice.like_tweet(tweet)
    bob = User("bob")
    assert (liked, posted, everyone) == ([tweet], [tweet], [alice, bob])
    alice.unlike_tweet(tweet)
    bob.delete()
    assert (liked, posted, everyone) == ([], [tweet], [alice])


def test_a_slice_is_fixed(alice, tweets):
    first = alice.liked_tweets[:3]
    alice.unlike_tweet(tweets[0])
    assert first == tweets[:3]
    assert alice.liked_tweets == tweets[1:]


def test_results_are_fixed(alice, tweets):
    results = [
        alice.tweets & tweets,
        alice.tweets | tweets,
        alice.tweets - [],
        alice.tweets ^ [],
        alice.tweets.where(user=alice),
        alice.tweets.order_by("id"),
        Tweet.where(user=alice),
        alice.tweets.page(99).items,
    ]
    alice.post_tweet("later")
    assert all(result == tweets for result in results)


def test_a_fixed_collection_loses_deleted_rows_in_everything(alice, tweets):
    fixed = alice.liked_tweets[:4]
    tweets[1].delete()
    left = [tweets[0], tweets[2], tweets[3]]
    assert fixed == left
    assert list(fixed) == left
    assert list(reversed(fixed)) == left[::-1]
    assert len(fixed) == 3
    assert tweets[1] not in fixed
    assert fixed[1] == tweets[2]
    assert fixed[-3] == tweets[0]
    assert fixed[:2] == left[:2]
    assert fixed.index(tweets[3]) == 2
    assert fixed.ids.tolist() == [tweet.id for tweet in left]
    assert fixed.values("message") == ["tweet 0", "tweet 2", "tweet 3"]
    assert fixed.column("id").tolist() == [tweet.id for tweet in left]
    assert fixed & tweets == left
    assert fixed.where(user=alice) == left
    assert fixed.order_by("message", reverse=True) == left[::-1]
    assert fixed.overlap(alice.tweets) == 3
    assert fixed.page(2).items == left[:2]
    with pytest.raises(IndexError):
        _ = fixed[3]


def test_a_fixed_collection_keeps_its_rows_through_a_rollback(store, alice, tweets):
    fixed = alice.liked_tweets[:2]
    with pytest.raises(ZeroDivisionError), store.transaction():
        tweets[0].delete()
        assert fixed == [tweets[1]]
        raise ZeroDivisionError
    assert fixed == tweets[:2]


def test_a_live_collection_of_a_deleted_owner_raises(alice, tweets):
    liked, his = alice.liked_tweets, User("bob").post_tweet("his")
    alice.delete()
    for access in (
        lambda: len(liked),
        lambda: list(liked),
        lambda: liked[0],
        lambda: liked.ids,
        lambda: his in liked,
        lambda: liked.where(message="x"),
        lambda: liked.clear(),
    ):
        with pytest.raises(DeletedError):
            access()


def test_the_representations_never_raise(alice, tweets):
    liked, fixed = alice.liked_tweets, alice.liked_tweets[:]
    alice.delete()
    for collection in (liked, fixed, User.all()):
        assert isinstance(repr(collection), str)
        assert isinstance(collection._repr_html_(), str)


# ── loops ─────────────────────────────────────────────────────────────────────────────────────────


def test_unliking_inside_the_loop_is_safe(alice, tweets):
    seen = []
    for tweet in alice.liked_tweets:
        alice.unlike_tweet(tweet)
        seen.append(tweet)
    assert seen == tweets
    assert alice.liked_tweets == []


def test_deleting_the_rows_inside_the_loop_is_safe(alice, tweets):
    for like in alice.likes:
        like.delete()
    assert alice.likes == []


def test_a_loop_walks_what_the_collection_was_when_it_began(alice, tweets):
    seen = []
    for tweet in alice.liked_tweets:
        seen.append(tweet)
        alice.like_tweet(alice.post_tweet("another"))
        alice.unlike_tweet(tweets[-1])
    assert seen == tweets
    assert len(alice.liked_tweets) == 19


def test_a_loop_skips_rows_deleted_meanwhile(alice, tweets):
    seen = []
    for tweet in alice.liked_tweets:
        seen.append(tweet)
        if tweet == tweets[0]:
            tweets[1].delete()
            tweets[5].delete()
    assert seen == [tweets[0], *tweets[2:5], *tweets[6:]]


def test_a_reversed_loop_is_as_safe(alice, tweets):
    seen = []
    for tweet in reversed(alice.liked_tweets):
        seen.append(tweet)
        alice.unlike_tweet(tweet)
    assert seen == tweets[::-1]


def test_loops_over_one_collection_do_not_disturb_each_other(alice, tweets):
    liked = alice.liked_tweets
    assert [(one, other) for one in liked for other in liked] == [(one, other) for one in tweets for other in tweets]


def test_an_ended_iterator_stays_ended(alice, tweets):
    walk = iter(alice.liked_tweets)
    assert iter(walk) is walk
    assert list(walk) == tweets
    assert list(walk) == []


# ── equality ──────────────────────────────────────────────────────────────────────────────────────


def test_a_collection_equals_lists_tuples_and_collections_in_order(alice, tweets):
    liked = alice.liked_tweets
    assert liked == tweets
    assert tweets == liked
    assert liked == tuple(tweets)
    assert liked == liked[:] == alice.tweets
    assert liked != tweets[::-1]
    assert liked != tuple(tweets[:-1])
    assert liked != [*tweets, tweets[0]]
    assert liked != liked[::-1]


def test_a_collection_equals_a_set_as_sets(alice, tweets):
    assert alice.liked_tweets == set(tweets)
    assert alice.liked_tweets == frozenset(tweets)
    assert alice.liked_tweets[::-1] == set(tweets)
    assert alice.liked_tweets != set(tweets[1:])
    assert alice.liked_tweets != {*tweets, alice}


@pytest.mark.parametrize("other", [None, 0, "", "tweets", {}, object(), [1, 2], {"a"}])
def test_a_collection_equals_nothing_else(alice, tweets, other):
    assert alice.liked_tweets != other
    assert (alice.liked_tweets == other) is False


def test_a_collection_does_not_equal_an_iterator_over_it(alice, tweets):
    assert alice.liked_tweets != iter(tweets)


def test_a_collection_has_no_hash(alice):
    raises_type_error(lambda: hash(alice.liked_tweets))
    raises_type_error(lambda: hash(alice.liked_tweets[:]))
    raises_type_error(lambda: {alice.liked_tweets})


# ── set algebra ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("form", ["collection", "list", "tuple", "set", "generator", "fixed"])
def test_set_algebra_is_in_the_order_of_the_left_operand(alice, tweets, form):
    bob = User("bob")
    for place in (8, 2, 5):
        bob.like_tweet(tweets[place])
    his = {
        "collection": lambda: bob.liked_tweets,
        "list": lambda: list(bob.liked_tweets),
        "tuple": lambda: tuple(bob.liked_tweets),
        "set": lambda: set(bob.liked_tweets),
        "generator": lambda: (tweet for tweet in bob.liked_tweets),
        "fixed": lambda: bob.liked_tweets[:],
    }[form]
    hers = alice.liked_tweets
    assert hers & his() == [tweets[2], tweets[5], tweets[8]]
    assert hers - his() == [tweets[n] for n in (0, 1, 3, 4, 6, 7, 9)]
    assert hers | his() == tweets
    assert hers ^ his() == [tweets[n] for n in (0, 1, 3, 4, 6, 7, 9)]


def test_a_union_appends_what_the_left_does_not_have(alice, tweets):
    left, right = alice.tweets[4:1:-1], [tweets[9], tweets[3], tweets[0]]
    assert left | right == [tweets[4], tweets[3], tweets[2], tweets[9], tweets[0]]
    assert left ^ right == [tweets[4], tweets[2], tweets[9], tweets[0]]


def test_results_hold_each_member_once(alice, tweets):
    twice = [tweets[1], tweets[1], tweets[0], tweets[1]]
    assert alice.tweets[:0] | twice == [tweets[1], tweets[0]]
    assert alice.tweets[:0] ^ twice == [tweets[1], tweets[0]]
    assert alice.tweets & twice == [tweets[0], tweets[1]]
    assert alice.tweets[:2] - twice == []


def test_operators_with_nothing(alice, tweets):
    assert alice.tweets & [] == []
    assert alice.tweets | [] == tweets
    assert alice.tweets - [] == tweets
    assert alice.tweets ^ [] == tweets


def test_operators_change_neither_operand(alice, tweets):
    hers, few = alice.liked_tweets, alice.liked_tweets[:2]
    for _ in (hers & few, hers | few, hers - few, hers ^ few):
        assert (hers, few) == (tweets, tweets[:2])


@pytest.mark.parametrize(
    "operate",
    [
        lambda left, right: left & right,
        lambda left, right: left | right,
        lambda left, right: left - right,
        lambda left, right: left ^ right,
    ],
    ids=["&", "|", "-", "^"],
)
def test_set_operators_refuse_what_is_no_collection_of_the_model(alice, tweets, operate):
    for other in (User.all(), alice.likes, [alice], [tweets[0], alice], [1], "tweet", 5, None):
        raises_type_error(lambda other=other: operate(alice.liked_tweets, other))
    assert alice.liked_tweets == tweets


@pytest.mark.parametrize("assign", [operator.ior, operator.iand, operator.isub, operator.ixor, operator.iadd])
def test_operators_that_assign_name_the_writers(alice, tweets, assign):
    for collection in (alice.liked_tweets, alice.liked_tweets[:2]):
        message = raises_type_error(lambda collection=collection: assign(collection, [tweets[0]]))
        assert "add" in message
        assert "replace" in message
    with pytest.raises(TypeError):
        alice.liked_tweets |= [tweets[0]]
    assert alice.liked_tweets == tweets


def test_subset_comparisons_are_those_of_sets(alice, tweets):
    liked, few = alice.liked_tweets, alice.liked_tweets[5:2:-1]
    assert few <= liked
    assert few < liked
    assert liked >= few
    assert liked > few
    assert liked <= alice.tweets
    assert liked >= alice.tweets
    assert not liked < alice.tweets
    assert not liked > alice.tweets
    assert not liked <= few
    assert not few >= liked
    assert few <= tweets
    assert few < set(tweets)
    assert liked >= tuple(tweets[:2])
    assert liked > []


def test_disjoint_and_overlapping_collections_are_neither_less_nor_greater(alice, tweets):
    one, other = alice.tweets[:5], alice.tweets[3:]
    assert not any((one <= other, one < other, one >= other, one > other))
    assert not one.isdisjoint(other)
    assert one.isdisjoint(alice.tweets[5:])
    assert one.isdisjoint([])
    assert not one.isdisjoint({tweets[0]})


def test_overlap_counts_what_both_hold(alice, tweets):
    bob = User("bob")
    bob.liked_tweets.add(*tweets[7:], bob.post_tweet("other"))
    assert alice.liked_tweets.overlap(bob.liked_tweets) == 3
    assert bob.liked_tweets.overlap(alice.liked_tweets) == 3
    assert alice.liked_tweets.overlap(alice.tweets) == 10
    assert alice.liked_tweets[:8].overlap(bob.liked_tweets) == 1
    assert alice.liked_tweets.overlap(User("carol").liked_tweets) == 0


# ── columns ───────────────────────────────────────────────────────────────────────────────────────


def test_ids_are_an_array(alice, tweets):
    ids = alice.liked_tweets.ids
    assert ids.dtype == np.int64
    assert ids.shape == (10,)
    assert ids.tolist() == [tweet.id for tweet in tweets]
    assert alice.liked_tweets[::-1].ids.tolist() == [tweet.id for tweet in tweets[::-1]]
    assert User("bob").tweets.ids.shape == (0,)


def test_values_are_one_a_record_in_order(alice, tweets):
    assert alice.liked_tweets.values("message") == [f"tweet {n}" for n in range(10)]
    assert alice.liked_tweets[2:0:-1].values("message") == ["tweet 2", "tweet 1"]
    assert alice.liked_tweets.values("id") == [tweet.id for tweet in tweets]
    assert User("bob").tweets.values("message") == []


def test_values_follow_references(alice, tweets):
    User("bob").post_tweet("his")
    assert alice.likes.values("tweet.message") == [f"tweet {n}" for n in range(10)]
    assert Tweet.all().values("user.username") == ["alice"] * 10 + ["bob"]
    assert alice.likes.values("tweet.user.username") == ["alice"] * 10
    assert alice.likes.values("tweet.id") == [tweet.id for tweet in tweets]


def test_values_across_an_empty_reference_are_none():
    Book("on a shelf", shelf=Shelf("top"))
    Book("on the floor")
    assert Book.all().values("shelf.name") == ["top", None]


def test_columns_have_the_type_of_their_field():
    noon = datetime(2024, 5, 1, 12, 0, 0, 250, tzinfo=UTC)
    Sample(-3, 0.5, True, "é", b"\x00\xff", noon, date(2024, 5, 1))
    Sample(2**63 - 1, -1.0, False, "", b"", noon, date(1969, 12, 31))
    rows = Sample.all()
    expected = {
        "id": (np.dtype("int64"), [1, 2]),
        "whole": (np.dtype("int64"), [-3, 2**63 - 1]),
        "real": (np.dtype("float64"), [0.5, -1.0]),
        "flag": (np.dtype("bool"), [True, False]),
        "text": (np.dtype("object"), ["é", ""]),
        "raw": (np.dtype("object"), [b"\x00\xff", b""]),
        "at": (np.dtype("datetime64[us]"), [noon.replace(tzinfo=None)] * 2),
        "day": (np.dtype("datetime64[D]"), [date(2024, 5, 1), date(1969, 12, 31)]),
    }
    for name, (dtype, values) in expected.items():
        column = rows.column(name)
        assert (column.dtype, column.tolist()) == (dtype, values), name
        assert column.shape == (2,)


def test_columns_with_none_among_the_values():
    noon = datetime(2024, 5, 1, 12, tzinfo=UTC)
    for optional in ({}, {"maybe_whole": 7, "maybe_real": 1.5, "maybe_at": noon, "maybe_day": noon.date()}):
        Sample(1, 1.0, True, "", b"", noon, noon.date(), **optional)
    rows = Sample.all()
    whole, real = rows.column("maybe_whole"), rows.column("maybe_real")
    at, day = rows.column("maybe_at"), rows.column("maybe_day")
    assert (whole.dtype, whole.tolist()) == (np.dtype(object), [None, 7])
    assert real.dtype == np.float64
    assert np.isnan(real[0])
    assert real[1] == 1.5
    assert at.dtype == np.dtype("datetime64[us]")
    assert np.isnat(at[0])
    assert at[1] == np.datetime64("2024-05-01T12:00:00", "us")
    assert day.dtype == np.dtype("datetime64[D]")
    assert np.isnat(day[0])
    assert day[1] == np.datetime64("2024-05-01", "D")


def test_a_column_of_references_holds_ids(alice, tweets):
    column = alice.likes.column("tweet")
    assert column.dtype == np.int64
    assert column.tolist() == [tweet.id for tweet in tweets]
    Book("on a shelf", shelf=Shelf("top"))
    Book("on the floor")
    assert Book.all().column("shelf").tolist() == [1, None]


def test_a_column_follows_references(alice, tweets):
    assert alice.likes.column("tweet.message").tolist() == [f"tweet {n}" for n in range(10)]


@pytest.mark.parametrize("name", ["mesage", "user.usrname", "usr.username", "message.length", ""])
def test_an_unknown_column_is_a_schema_error(alice, tweets, name):
    for read in (alice.tweets.values, alice.tweets.column, alice.tweets.order_by):
        with pytest.raises(SchemaError):
            read(name)


# ── where, find_by, order_by ──────────────────────────────────────────────────────────────────────


def test_where_keeps_the_order_of_the_collection(alice, tweets):
    tweets[2].message = tweets[7].message = "same"
    assert alice.liked_tweets.where(message="same") == [tweets[2], tweets[7]]
    assert alice.liked_tweets[::-1].where(message="same") == [tweets[7], tweets[2]]
    assert alice.liked_tweets.where(message="none") == []


def test_where_looks_at_members_only(alice, tweets):
    bob = User("bob")
    his = bob.post_tweet("tweet 1")
    assert alice.tweets.where(message="tweet 1") == [tweets[1]]
    assert alice.tweets.where(user=bob) == []
    assert bob.tweets.where(user=bob) == [his]


def test_where_with_nothing_is_everything(alice, tweets):
    assert alice.tweets.where() == tweets


def test_find_by_gives_the_first_or_none(alice, tweets):
    tweets[2].message = tweets[7].message = "same"
    assert alice.liked_tweets.find_by(message="same") == tweets[2]
    assert alice.liked_tweets[::-1].find_by(message="same") == tweets[7]
    assert alice.liked_tweets.find_by(message="none") is None
    assert User("bob").tweets.find_by(message="same") is None


def test_order_by_is_stable_and_puts_none_last_both_ways():
    shelf = Shelf("top")
    books = [Book(title, pages, shelf) for title, pages in zip("abcdef", (3, None, 1, 3, None, 2), strict=True)]
    a, b, c, d, e, f = books
    assert shelf.books.order_by("pages") == [c, f, a, d, b, e]
    assert shelf.books.order_by("pages", reverse=True) == [a, d, f, c, b, e]
    assert shelf.books == books


def test_order_by_a_field_of_a_reference():
    low, high = Shelf("low"), Shelf("high")
    one, two, three, four = Book("1", shelf=low), Book("2"), Book("3", shelf=high), Book("4", shelf=low)
    assert Book.all().order_by("shelf.name") == [three, one, four, two]
    assert Book.all().order_by("shelf.name", reverse=True) == [one, four, three, two]


def test_order_by_id(alice, tweets):
    assert alice.tweets.order_by("id", reverse=True) == tweets[::-1]
    assert alice.tweets[::-1].order_by("id") == tweets


def test_order_by_every_type():
    days = [date(2024, 5, day) for day in (2, 3, 1)]
    for place, day in enumerate(days):
        at = datetime(2024, 1, 1, place, tzinfo=UTC)
        Sample((5, -5, 0)[place], (0.5, -0.5, 0.0)[place], place == 1, "bca"[place], bytes([2 - place]), at, day)
    order = {
        "whole": [2, 3, 1],
        "real": [2, 3, 1],
        "flag": [1, 3, 2],
        "text": [3, 1, 2],
        "raw": [3, 2, 1],
        "at": [1, 2, 3],
        "day": [3, 1, 2],
    }
    for name, ids in order.items():
        assert Sample.all().order_by(name).ids.tolist() == ids, name


# ── through ───────────────────────────────────────────────────────────────────────────────────────


def test_through_a_reference_gives_each_record_once(alice, tweets):
    bob = User("bob")
    his = bob.post_tweet("his")
    alice.like_tweet(his)
    assert alice.liked_tweets.through("user") == [alice, bob]
    assert alice.likes.through("tweet") == [*tweets, his]


def test_through_a_collection_goes_member_by_member(alice, tweets):
    bob, carol = User("bob"), User("carol")
    carol.like_tweet(tweets[0])
    bob.like_tweet(tweets[1])
    carol.like_tweet(tweets[1])
    assert alice.tweets[:2].through("likers") == [alice, carol, bob]
    assert alice.tweets[1:2].through("likers") == [alice, bob, carol]
    assert alice.tweets.through("likes").through("user") == [alice, carol, bob]


def test_through_is_live_on_live_collections_and_fixed_on_fixed_ones(alice, tweets):
    live, fixed = alice.liked_tweets.through("user"), alice.liked_tweets[:].through("user")
    bob = User("bob")
    alice.like_tweet(bob.post_tweet("his"))
    assert live == [alice, bob]
    assert fixed == [alice]


# ── pages ─────────────────────────────────────────────────────────────────────────────────────────


def pages(collection: Many[Any], limit: int, *, reverse: bool = False) -> list[list[Any]]:
    found, token = [], None
    while True:
        page = collection.page(limit, token, reverse=reverse)
        found.append(list(page.items))
        token = page.next
        if token is None:
            return found


def test_a_page_has_items_and_the_way_to_the_next(alice, tweets):
    page = alice.liked_tweets.page(4)
    assert isinstance(page, Page)
    assert isinstance(page.items, Many)
    assert page.items == tweets[:4]
    assert isinstance(page.next, str)
    items, token = page
    assert (items, token) == (page.items, page.next)


@pytest.mark.parametrize("limit", [1, 3, 5, 9, 10, 11, 1000])
@pytest.mark.parametrize("reverse", [False, True])
def test_pages_are_the_collection_cut_up(alice, tweets, limit, reverse):
    order = tweets[::-1] if reverse else tweets
    expected = [order[start : start + limit] for start in range(0, 10, limit)]
    for collection in (alice.tweets, alice.liked_tweets, Tweet.all(), alice.tweets[:]):
        assert pages(collection, limit, reverse=reverse) == expected


def test_an_empty_collection_has_one_empty_page(alice):
    assert alice.tweets.page(3) == ([], None)


def test_pages_are_right_while_rows_come(alice, tweets):
    first = alice.liked_tweets.page(8)
    later = alice.post_tweet("later")
    alice.like_tweet(later)
    second = alice.liked_tweets.page(8, first.next)
    assert second.items == [*tweets[8:], later]
    assert second.next is None


def test_reversed_pages_are_right_while_rows_come(alice, tweets):
    first = alice.liked_tweets.page(8, reverse=True)
    alice.like_tweet(alice.post_tweet("later"))
    second = alice.liked_tweets.page(8, first.next, reverse=True)
    assert first.items == tweets[:1:-1]
    assert second.items == [tweets[1], tweets[0]]


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(
    "read",
    [
        lambda user: user.tweets,
        lambda user: user.liked_tweets,
        lambda user: Tweet.all(),
        lambda user: user.tweets.order_by("id"),
    ],
    ids=["inverse", "join path", "all", "fixed"],
)
def test_pages_are_right_while_rows_go(alice, tweets, read, reverse):
    order = tweets[::-1] if reverse else tweets
    collection = read(alice)
    first = collection.page(4, reverse=reverse)
    assert first.items == order[:4]
    for gone in (order[0], order[3], order[4]):  # order[3] is the page's own last row
        gone.delete()
    assert collection.page(4, first.next, reverse=reverse).items == order[5:9]


def test_a_page_goes_on_after_its_last_row_was_unlinked(alice, tweets):
    first = alice.liked_tweets.page(4)
    alice.unlike_tweet(tweets[3])
    assert alice.liked_tweets.page(4, first.next).items == tweets[4:8]


def test_a_token_belongs_to_its_collection(alice, tweets):
    bob = User("bob")
    bob.liked_tweets.add(*tweets)
    token = alice.liked_tweets.page(4).next
    for other in (bob.liked_tweets, alice.tweets, User.all(), tweets[0].likers):
        with pytest.raises(ValueError):
            other.page(4, token)


@pytest.mark.parametrize("token", ["", "nonsense", "0", "-1", "99999999999999999999", "\x00", "é", "=" * 1000])
def test_a_malformed_token_is_a_value_error(alice, tweets, token):
    with pytest.raises(ValueError):
        alice.liked_tweets.page(4, token)


@pytest.mark.parametrize("limit", [0, -1, -(2**63)])
def test_a_page_has_room_for_something(alice, tweets, limit):
    with pytest.raises(ValueError):
        alice.liked_tweets.page(limit)


# ── samples ───────────────────────────────────────────────────────────────────────────────────────


def test_a_sample_holds_different_members(alice, tweets):
    for seed in range(20):
        sample = alice.liked_tweets.sample(6, seed=seed)
        assert isinstance(sample, Many)
        assert len(set(sample)) == len(sample) == 6
        assert sample <= alice.liked_tweets


def test_a_sample_repeats_with_its_seed(alice, tweets):
    samples = [alice.liked_tweets.sample(5, seed=seed) for seed in range(20)]
    assert samples == [alice.liked_tweets.sample(5, seed=seed) for seed in range(20)]
    assert any(sample != samples[0] for sample in samples)


def test_a_sample_without_a_seed_is_a_sample(alice, tweets):
    assert alice.liked_tweets.sample(10) == set(tweets)
    assert alice.liked_tweets.sample(0) == []


def test_every_member_can_be_sampled(alice, tweets):
    drawn = {tweet for seed in range(500) for tweet in alice.liked_tweets.sample(1, seed=seed)}
    assert drawn == set(tweets)


@pytest.mark.parametrize("k", [11, -1])
def test_a_sample_is_no_larger_than_the_collection(alice, tweets, k):
    with pytest.raises(ValueError):
        alice.liked_tweets.sample(k)
