"""A collection page by page, and samples of it."""

from typing import Any

import pytest
from hasmany import Many, Page, Tweet, User

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
