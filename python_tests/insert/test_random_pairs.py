"""`insert_all` links random pairs as a loop would, few or thousands."""

import numpy as np
import pytest
from hasmany import DuplicateError, Like, Many, Store, Tweet, User
from hypothesis import given
from hypothesis import strategies as st

from .thorough import SETTINGS

SIZES = st.sampled_from([1, 2, 5, 40])


@SETTINGS
@given(SIZES, SIZES, st.lists(st.integers(0, 400), min_size=1, max_size=4), st.integers(0, 2**32), st.data())
def test_likes_in_bulk_are_likes_one_by_one(users, tweets, sizes, seed, data):
    """Against a dict, from both ends; with some likes made and some taken back between the calls."""
    rng = np.random.default_rng(seed)
    with Store() as store:
        people = User.insert_all(username=[str(n) for n in range(users)])
        posts = Tweet.insert_all(message=[str(n) for n in range(tweets)], user=rng.integers(1, users + 1, tweets))
        links: dict[tuple[int, int], None] = {}
        for size in sizes:
            pairs = np.stack([rng.integers(1, users + 1, size), rng.integers(1, tweets + 1, size)])
            rows = list(map(tuple, pairs.T.tolist()))
            new = list(dict.fromkeys(pair for pair in rows if pair not in links))
            if len(new) == len(rows):
                made = Like.insert_all(user=pairs[0], tweet=pairs[1])
            else:
                with pytest.raises(DuplicateError) as caught:
                    Like.insert_all(user=pairs[0], tweet=pairs[1])
                assert caught.value.existing is None or (
                    (caught.value.existing.user.id, caught.value.existing.tweet.id) in links
                )
                made = Like.insert_all(user=pairs[0], tweet=pairs[1], on_conflict="skip")
            assert list(zip(made.column("user").tolist(), made.column("tweet").tolist(), strict=True)) == new
            links.update(dict.fromkeys(new))
            for user, tweet in list(links)[:: data.draw(st.sampled_from([1, 2, 7, 1000]))]:
                assert people[user - 1].unlike_tweet(posts[tweet - 1])
                del links[user, tweet]
            if data.draw(st.booleans()):
                store.compact()
            store.check()
            same_likes(people, posts, list(links))


def same_likes(people: Many[User], posts: Many[Tweet], links: list[tuple[int, int]]) -> None:
    likers: dict[int, list[int]] = {}
    liked: dict[int, list[int]] = {}
    for user, tweet in links:
        likers.setdefault(tweet, []).append(user)
        liked.setdefault(user, []).append(tweet)
    for post in posts:
        assert post.likers.ids.tolist() == likers.get(post.id, [])
        assert len(post.likers) == len(likers.get(post.id, []))
    for user in people:
        assert user.liked_tweets.ids.tolist() == liked.get(user.id, [])
    assert len(Like.all()) == len(links)
    held = set(links)
    for post in posts[:5]:
        assert [user in post.likers for user in people] == [(user.id, post.id) in held for user in people]


def test_thousands_of_pairs_of_which_a_few_parents_have_most(store):
    """Long lists, short lists and empty ones; twice into the same store, with deletes between."""
    rng = np.random.default_rng(7)
    people = User.insert_all(username=[f"user {n}" for n in range(3000)])
    posts = Tweet.insert_all(message=[f"tweet {n}" for n in range(2000)], user=people[0])
    links: dict[tuple[int, int], None] = {}
    for step in range(3):
        users = (3000 * rng.random(30_000) ** 3).astype(np.int64) + 1
        tweets = (2000 * rng.random(30_000) ** 5).astype(np.int64) + 1
        rows = list(zip(users.tolist(), tweets.tolist(), strict=True))
        new = list(dict.fromkeys(pair for pair in rows if pair not in links))
        assert len(new) < len(rows)
        if step == 1:
            users, tweets = np.array(new).T
            made = Like.insert_all(user=users, tweet=tweets)
        else:
            made = Like.insert_all(user=users, tweet=tweets, on_conflict="skip")
        assert list(zip(made.column("user").tolist(), made.column("tweet").tolist(), strict=True)) == new
        links.update(dict.fromkeys(new))
        for user, tweet in list(links)[:: 40 * (step + 1)]:
            assert people[user - 1].unlike_tweet(posts[tweet - 1])
            del links[user, tweet]
        if step == 1:
            store.compact()
        store.check()
        same_likes(people, posts, list(links))
