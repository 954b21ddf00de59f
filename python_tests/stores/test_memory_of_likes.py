"""What a like holds, and what changes that are undone or refused do not."""

import subprocess
import sys
from collections import deque
from random import Random

import numpy as np
import pytest
from hasmany import Like, Store, Tweet, User, _hasmany

LIKES, PARENTS = 200_000, 8_000

SIZED = pytest.mark.skipif(_hasmany.__debug_build__, reason="a build for tests keeps more beside short lists")


def random_pairs() -> list[tuple[int, int]]:
    """Distinct pairs of user and tweet, in random order."""
    rng = np.random.default_rng(12)
    codes = rng.choice(PARENTS * PARENTS, LIKES, replace=False)
    return list(zip((codes // PARENTS + 1).tolist(), (codes % PARENTS + 1).tolist(), strict=True))


def bytes_of_likes(store: Store) -> int:
    """Rows, both inverses and the unique index."""
    return sum(held for name, held in store.stats().bytes.items() if name.split(".")[0] == "Like")


def in_bulk(pairs: list[tuple[int, int]]) -> None:
    users, tweets = np.array(pairs).T
    Like.insert_all(user=users, tweet=tweets)


def in_parts(pairs: list[tuple[int, int]]) -> None:
    for start in range(0, len(pairs), 10_000):
        in_bulk(pairs[start : start + 10_000])


def one_by_one(pairs: list[tuple[int, int]]) -> None:
    users, tweets = list(User.all()), list(Tweet.all())
    for user, tweet in pairs:
        users[user - 1].like_tweet(tweets[tweet - 1])


@SIZED
@pytest.mark.parametrize("link", [in_bulk, in_parts, one_by_one])
def test_a_like_holds_at_most_26_bytes_and_17_packed(store, link):
    User.insert_all(username=[str(n) for n in range(PARENTS)])
    Tweet.insert_all(message=[str(n) for n in range(PARENTS)], user=1)
    pairs = random_pairs()
    link(pairs)
    user, tweet = User.find(pairs[-1][0]), Tweet.find(pairs[-1][1])
    assert user.unlike_tweet(tweet) and user.like_tweet(tweet)  # builds the index of the pairs, where it waited
    assert bytes_of_likes(store) < 26 * LIKES
    store.compact()
    assert bytes_of_likes(store) < 17 * LIKES
    likes = Like.all()
    assert list(zip(likes.column("user").tolist(), likes.column("tweet").tolist(), strict=True)) == pairs
    store.check()


@pytest.mark.parametrize("packed", [False, True])
def test_200_000_likes_and_unlikes_of_2_000_pairs_hold_no_more_bytes(store, packed):
    random = Random(4)
    users = User.insert_all(username=[str(n) for n in range(100)])
    tweets = Tweet.insert_all(message=[str(n) for n in range(100)], user=users[0])
    grid = [(user, tweet) for user in users for tweet in tweets]
    random.shuffle(grid)
    live, free = deque(grid[:2000]), grid[2000:]
    Like.insert_all(user=[user for user, _ in live], tweet=[tweet for _, tweet in live])
    if packed:
        store.compact()
    most = [0, 0]
    for number in range(200_000):
        user, tweet = live.popleft()
        assert user.unlike_tweet(tweet)
        place = random.randrange(len(free))
        free[place], pair = (user, tweet), free[place]
        pair[0].like_tweet(pair[1])
        live.append(pair)
        if number % 50 == 0:
            half = number // 100_000
            most[half] = max(most[half], store.stats().bytes_total)
    assert most[1] <= most[0] * 1.05
    assert set(zip(Like.all().values("user"), Like.all().values("tweet"), strict=True)) == set(live)
    store.check()


def test_inserts_that_are_undone_hold_no_bytes(store):
    users = User.insert_all(username=[str(n) for n in range(100)])
    tweets = Tweet.insert_all(message=[str(n) for n in range(100)], user=users[0])
    pairs = [(user.id, tweet.id) for user in users for tweet in tweets]
    held = []
    for _ in range(60):
        with pytest.raises(ZeroDivisionError), store.transaction():
            Like.insert_all(user=[user for user, _ in pairs], tweet=[tweet for _, tweet in pairs])
            raise ZeroDivisionError
        held.append(store.stats().bytes_total)
    assert max(held[30:]) <= max(held[:30])
    assert Like.all() == []
    store.check()


def test_inserts_that_are_refused_hold_no_bytes(store):
    users = User.insert_all(username=[str(n) for n in range(100)])
    tweet = users[0].post_tweet("hi")
    ids = [*users.ids.tolist(), 1]
    held = []
    for _ in range(200):
        with pytest.raises(ValueError, match=r"\brow 100\b"):
            Like.insert_all(user=ids, tweet=tweet)
        held.append(store.stats().bytes_total)
    assert max(held[100:]) <= max(held[:100])
    store.check()


def test_the_parts_of_the_bytes_add_up_at_any_time(store):
    def add_up() -> None:
        stats = store.stats()
        assert stats.bytes_total == sum(stats.bytes.values())
        assert all(held >= 0 for held in stats.bytes.values())
        assert stats.rows.get("Like", 0) == len(Like.all())

    add_up()
    users = User.insert_all(username=[str(n) for n in range(500)])
    tweets = Tweet.insert_all(message=["x" * 50] * 500, user=users[0])
    add_up()
    Like.insert_all(user=users, tweet=tweets)
    add_up()
    names = set(store.stats().bytes)
    store.compact()
    add_up()
    assert set(store.stats().bytes) == names
    Like.all()[:300].delete_all()
    add_up()
    store.compact()
    Like.insert_all(user=users[:300], tweet=tweets[:300])
    add_up()


MEASURED = """
import ctypes, gc, sys
import numpy as np
from hasmany import Like, Store, Tweet, User

def held():
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    status = dict(line.split(":") for line in open("/proc/self/status"))
    return int(status["RssAnon"].split()[0]) * 1024

n, parents = 1_000_000, 40_000
codes = np.random.default_rng(1).choice(parents * parents, n, replace=False)
users, tweets = codes // parents + 1, codes % parents + 1
with Store() as store:
    # Once before, so that whatever is loaded or set aside for good is there.
    User.insert_all(username=["a"])
    Like.all().ids
    before, told = held(), store.stats().bytes_total
    User.insert_all(username=np.char.add("user", np.arange(parents).astype(str)).tolist())
    Tweet.insert_all(message="hello", user=np.arange(1, parents + 1))
    if sys.argv[1] == "bulk":
        Like.insert_all(user=users, tweet=tweets)
        User.find(int(users[0])).unlike_tweet(Tweet.find(int(tweets[0])))  # builds the index of the pairs
    else:
        for at in range(n):
            User.find(int(users[at])).like_tweet(Tweet.find(int(tweets[at])))
    print(store.stats().bytes_total - told, held() - before)
"""


@SIZED
@pytest.mark.skipif(sys.platform != "linux", reason="reads what the process holds from /proc")
@pytest.mark.parametrize("way", ["bulk", "one by one"])
def test_stats_add_up_to_what_the_process_holds(way):
    run = subprocess.run([sys.executable, "-c", MEASURED, way], check=True, capture_output=True, text=True)
    told, held = map(int, run.stdout.split())
    assert told == pytest.approx(held, rel=0.1)
