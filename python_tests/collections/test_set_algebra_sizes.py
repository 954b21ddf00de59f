"""Set algebra is exact whatever the sizes: tiny with huge, live with fixed, everything with something, after deletes."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hasmany import Like, Many, Model, Store, Tweet, User, has_many
from hypothesis import given, settings
from hypothesis import strategies as st

SETTINGS = settings(max_examples=60, deadline=None, database=None)

Ids = list[int]


class Tag(Model):
    name: str
    taggings: Many["Tagging"] = has_many()
    notes: Many["Note"] = has_many(through="taggings")


class Note(Model):
    text: str
    taggings: Many["Tagging"] = has_many()
    tags: Many["Tag"] = has_many(through="taggings")


class Tagging(Model):
    """Not unique: a pair may be linked more than once, and is a member once."""

    tag: Tag
    note: Note


def naive(left: Ids, right: Ids) -> dict[str, Any]:
    """What sets are asked, of lists; every result in the order of the left one, then of the right one."""
    in_left, in_right = set(left), set(right)
    return {
        "and": [x for x in left if x in in_right],
        "sub": [x for x in left if x not in in_right],
        "or": left + [x for x in right if x not in in_left],
        "xor": [x for x in left if x not in in_right] + [x for x in right if x not in in_left],
        "le": in_left <= in_right,
        "lt": in_left < in_right,
        "ge": in_left >= in_right,
        "gt": in_left > in_right,
    }


def same(left: Many[Any], right: Many[Any], left_ids: Ids, right_ids: Ids) -> None:
    """Both are what they should be, and so is everything that is computed of the two, both ways."""
    assert left.ids.tolist() == left_ids
    assert right.ids.tolist() == right_ids
    for a, b, a_ids, b_ids in ((left, right, left_ids, right_ids), (right, left, right_ids, left_ids)):
        expected = naive(a_ids, b_ids)
        for name in ("and", "or", "sub", "xor"):
            function = getattr(operator, f"{name}_" if name in ("and", "or") else name)
            result = function(a, b)
            assert result.ids.tolist() == expected[name], name
            assert len(result) == len(expected[name])
        assert a.overlap(b) == len(expected["and"])
        assert a.isdisjoint(b) == (not expected["and"])
        for name in ("le", "lt", "ge", "gt"):
            assert getattr(operator, name)(a, b) == expected[name], name
    assert (left & left).ids.tolist() == left_ids
    assert left - left == []
    assert left.overlap(left) == len(left_ids)


# How the same members come as a collection. Each takes the ids of the users who like a tweet, and gives a collection
# of users beside the ids that it should have.
SHAPES: dict[str, Callable[[Tweet, Ids], tuple[Many[User], Ids]]] = {
    "live": lambda tweet, ids: (tweet.likers, ids),
    "fixed": lambda tweet, ids: (tweet.likers[:], ids),
    "backwards": lambda tweet, ids: (tweet.likers[::-1], ids[::-1]),
    "every third": lambda tweet, ids: (tweet.likers[::3], ids[::3]),
    "ordered": lambda tweet, ids: (tweet.likers.order_by("username"), sorted(ids, key=str)),
    "filtered": lambda tweet, ids: (
        tweet.likers.where(username=[str(n) for n in range(0, 40_000, 2)]),
        [n for n in ids if n % 2 == 0],
    ),
    "all": lambda tweet, ids: (User.all(), User.all().ids.tolist()),
    "all, fixed": lambda tweet, ids: (User.all()[:], User.all().ids.tolist()),
    "all, filtered": lambda tweet, ids: (
        User.where(username=[str(n) for n in range(0, 40_000, 5)]),
        [n for n in User.all().ids.tolist() if n % 5 == 0],
    ),
    "through": lambda tweet, ids: (tweet.likes.through("user"), ids),
    "one": lambda tweet, ids: (tweet.likers[:1], ids[:1]),
    "none": lambda tweet, ids: (tweet.likers[:0], []),
}

sizes = st.sampled_from([0, 1, 2, 3, 7, 10, 40, 100, 400, 1000, 2000])
shapes = st.sampled_from(list(SHAPES))


def world(users: int, sets: list[Ids]) -> list[Tweet]:
    """Tweets that are liked by these users, in this order, one tweet after another or in turns."""
    User.insert_all(username=[str(n) for n in range(1, users + 1)])
    tweets = Tweet.insert_all(message=[str(n) for n in range(len(sets))], user=1)
    for tweet, ids in zip(tweets, sets, strict=True):
        Like.insert_all(user=np.array(ids, np.int64), tweet=tweet)
    return list(tweets)


def drawn(rng: np.random.Generator, users: int, size: int) -> Ids:
    return rng.permutation(users)[: min(size, users)].__add__(1).tolist()


@SETTINGS
@given(sizes, sizes, sizes, shapes, shapes, st.integers(0, 2**32))
def test_collections_of_any_two_sizes_and_shapes(users, left, right, left_shape, right_shape, seed):
    rng = np.random.default_rng(seed)
    users = max(users, left, right, 1)
    with Store() as store:
        sets = [drawn(rng, users, left), drawn(rng, users, right)]
        first, second = world(users, sets)
        (a, a_ids), (b, b_ids) = SHAPES[left_shape](first, sets[0]), SHAPES[right_shape](second, sets[1])
        same(a, b, a_ids, b_ids)
        store.check()


@SETTINGS
@given(sizes, sizes, shapes, shapes, st.integers(0, 2**32), st.sampled_from(["disjoint", "nested", "equal", "half"]))
def test_collections_that_overlap_not_at_all_wholly_or_by_half(left, right, left_shape, right_shape, seed, how):
    rng = np.random.default_rng(seed)
    everyone = (rng.permutation(left + right + 1) + 1).tolist()
    mine = everyone[:left]
    theirs = {
        "disjoint": everyone[left : left + right],
        "nested": everyone[: left // 2],
        "equal": mine[::-1],
        "half": everyone[left // 2 : left // 2 + right],
    }[how]
    with Store() as store:
        first, second = world(len(everyone), [mine, theirs])
        (a, a_ids), (b, b_ids) = SHAPES[left_shape](first, mine), SHAPES[right_shape](second, theirs)
        same(a, b, a_ids, b_ids)
        store.check()


@SETTINGS
@given(
    sizes,
    sizes,
    shapes,
    shapes,
    st.integers(0, 2**32),
    st.sampled_from([2, 3, 10]),
    st.sampled_from(["users", "likes", "both"]),
    st.booleans(),
    st.booleans(),
)
def test_collections_after_deletes(left, right, left_shape, right_shape, seed, every, what, packed, before):
    """Fixed collections that were made before the deletes lose the users that are gone, and only these."""
    rng = np.random.default_rng(seed)
    users = max(left, right, 1)
    with Store() as store:
        sets = [drawn(rng, users, left), drawn(rng, users, right)]
        tweets = world(users, sets)
        made = [
            SHAPES[shape](tweet, ids) for shape, tweet, ids in zip((left_shape, right_shape), tweets, sets, strict=True)
        ]
        likes_gone = [[], []] if what == "users" else [ids[::every] for ids in sets]
        users_gone = [] if what == "likes" else list(range(2, users + 1, every))
        for tweet, ids in zip(tweets, likes_gone, strict=True):
            for id in ids:
                assert User.find(id).unlike_tweet(tweet)
        for id in users_gone:
            User.find(id).delete()
        if packed:
            store.compact()
        kept = [
            [id for id in ids if id not in {*gone, *users_gone}] for ids, gone in zip(sets, likes_gone, strict=True)
        ]
        if before and left_shape not in LIVE and right_shape not in LIVE:
            pairs = [(many, [id for id in ids if id not in {*users_gone}]) for many, ids in made]
        else:
            pairs = [
                SHAPES[shape](tweet, ids)
                for shape, tweet, ids in zip((left_shape, right_shape), tweets, kept, strict=True)
            ]
        (a, a_ids), (b, b_ids) = pairs
        same(a, b, a_ids, b_ids)
        store.check()


LIVE = {"live", "all", "through"}


@pytest.mark.parametrize("small", [0, 1, 2, 30])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_tiny_collection_with_a_huge_one(small, shape):
    rng = np.random.default_rng(small)
    users = 30_000
    sets = [drawn(rng, users, small), drawn(rng, users, 20_000)]
    first, second = world(users, sets)
    b, b_ids = SHAPES[shape](second, sets[1])
    same(first.likers, b, sets[0], b_ids)
    same(first.likers[::-1], b, sets[0][::-1], b_ids)


def test_two_huge_collections():
    rng = np.random.default_rng(1)
    users = 30_000
    sets = [drawn(rng, users, 20_000), drawn(rng, users, 15_000)]
    first, second = world(users, sets)
    for a, a_ids in ((first.likers, sets[0]), (first.likers[:], sets[0]), (User.all(), list(range(1, users + 1)))):
        for b, b_ids in ((second.likers, sets[1]), (second.likers[::-1], sets[1][::-1])):
            same(a, b, a_ids, b_ids)


@SETTINGS
@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 60)), max_size=150), st.integers(1, 5), st.integers(1, 5))
def test_members_that_are_linked_more_than_once_count_once(links, one, other):
    with Store() as store:
        Tag.insert_all(name=[str(n) for n in range(1, 6)])
        Note.insert_all(text=[str(n) for n in range(1, 61)])
        Tagging.insert_all(tag=[tag for tag, _ in links], note=[note for _, note in links])
        ids = {tag: list(dict.fromkeys(note for at, note in links if at == tag)) for tag in (one, other)}
        a, b = Tag.find(one).notes, Tag.find(other).notes
        same(a, b, ids[one], ids[other])
        same(a, b[::-1], ids[one], ids[other][::-1])
        same(Tag.find(one).notes, Note.all(), ids[one], list(range(1, 61)))
        store.check()


@SETTINGS
@given(sizes, sizes, shapes, st.integers(0, 2**32))
def test_collections_with_lists_and_sets_of_records(left, right, shape, seed):
    rng = np.random.default_rng(seed)
    users = max(left, right, 1)
    with Store():
        sets = [drawn(rng, users, left), drawn(rng, users, right)]
        first, _ = world(users, sets)
        a, a_ids = SHAPES[shape](first, sets[0])
        records = [User.find(id) for id in sets[1]]
        expected = naive(a_ids, sets[1])
        for others in (records, tuple(records), iter(records)):
            assert (a & others).ids.tolist() == expected["and"]
        assert (a | records).ids.tolist() == expected["or"]
        assert (a - records).ids.tolist() == expected["sub"]
        assert (a ^ records).ids.tolist() == expected["xor"]
        assert (a & set(records)).ids.tolist() == expected["and"]
        assert (a - set(records)).ids.tolist() == expected["sub"]
        assert set(a) & set(records) == set(a & records)


def test_links_made_one_by_one_and_in_bulk_are_the_same_to_algebra():
    people = User.insert_all(username=[str(n) for n in range(1, 1001)])
    one, two, three = Tweet.insert_all(message=["1", "2", "3"], user=people[0])
    rng = np.random.default_rng(9)
    sets = [drawn(rng, 1000, 700), drawn(rng, 1000, 500)]
    Like.insert_all(user=sets[0][:300], tweet=one)
    for id in sets[0][300:600]:
        people[id - 1].like_tweet(one)
    one.likers.add(*(people[id - 1] for id in sets[0][600:]))
    for id in sets[1]:
        people[id - 1].like_tweet(two)
    Like.insert_all(user=two.likers, tweet=three)
    same(one.likers, two.likers, sets[0], sets[1])
    same(one.likers, three.likers, sets[0], sets[1])
    same(two.likers, three.likers, sets[1], sets[1])
