"""Memory stays flat under endless work, and packing changes nothing but memory."""

import subprocess
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random

import numpy as np
import pytest
from hasmany import Like, Many, Model, Store, Tweet, User, _hasmany, belongs_to, field, has_many
from hypothesis import given, settings
from hypothesis import strategies as st

FLAT = 1.3  # what the later peak may be of the earlier one: lists and tables keep room to grow


class Room(Model):
    name: str
    stays: Many["Stay"] = has_many()
    guests: Many["Guest"] = has_many(through="stays")


class Guest(Model):
    name: str
    stays: Many["Stay"] = has_many()


class Stay(Model):
    room: Room
    guest: Guest = belongs_to(on_delete="cascade")
    note: str = ""
    since: datetime | None = None
    code: int | None = field(default=None, unique=True)


def peaks(store: Store, work: Callable[[int], None]) -> tuple[int, int]:
    """The most bytes held while operations 10,000 to 20,000 run, and while those up to 100,000 run."""
    early = late = 0
    for number in range(100_000):
        work(number)
        if number >= 10_000 and number % 100 == 0:
            held = store.stats().bytes_total
            early, late = (max(early, held), late) if number <= 20_000 else (early, max(late, held))
    return early, late


def test_likes_and_unlikes_run_in_flat_memory(store):
    random = Random(1)
    users = [User(f"user {n}") for n in range(60)]
    tweets = [user.post_tweet("hi") for user in users]
    liked = deque((user, tweet) for user in users[:20] for tweet in tweets)
    free = [(user, tweet) for user in users[20:] for tweet in tweets]
    for user, tweet in liked:
        user.like_tweet(tweet)

    def like_another(number: int) -> None:
        user, tweet = liked.popleft()
        user.unlike_tweet(tweet)
        place = random.randrange(len(free))
        free[place], pair = (user, tweet), free[place]
        pair[0].like_tweet(pair[1])
        liked.append(pair)

    early, late = peaks(store, like_another)
    assert late <= early * FLAT
    assert len(Like.all()) == 1200
    store.check()


def test_the_same_pair_again_and_again_runs_in_flat_memory(store):
    alice = User("alice")
    tweet = alice.post_tweet("hi")

    def toggle(number: int) -> None:
        alice.like_tweet(tweet)
        alice.unlike_tweet(tweet)

    early, late = peaks(store, toggle)
    assert late <= early * FLAT


def test_rows_with_text_that_come_and_go_run_in_flat_memory(store):
    rooms = [Room(str(n)) for n in range(10)]
    guests = [Guest(str(n)) for n in range(40)]
    start = datetime(2024, 5, 1, tzinfo=UTC)
    stays: deque[Stay] = deque()

    def check_in(number: int) -> None:
        note, since = f"note {number:06}" * 5, start + timedelta(minutes=number)
        stays.append(Stay(rooms[number % 10], guests[number * 7 % 40], note, since, number))
        if len(stays) > 500:
            stays.popleft().delete()

    early, late = peaks(store, check_in)
    assert late <= early * FLAT
    assert Stay.all() == list(stays)
    store.check()


def test_moved_references_and_changed_text_run_in_flat_memory(store):
    rooms = [Room(str(n)) for n in range(10)]
    stays = [Stay(rooms[0], Guest(str(n))) for n in range(300)]

    def move(number: int) -> None:
        stay = stays[number * 31 % 300]
        stay.update(room=rooms[number * 7 % 10], note=f"note {number:06}", code=number)

    early, late = peaks(store, move)
    assert late <= early * FLAT
    store.check()


def test_rollbacks_run_in_flat_memory(store):
    alice = User("alice")
    tweets = [alice.post_tweet(str(n)) for n in range(50)]
    alice.liked_tweets.add(*tweets)

    def undo(number: int) -> None:
        with pytest.raises(ZeroDivisionError), store.transaction():
            tweets[number % 50].delete()
            alice.post_tweet("undone")
            raise ZeroDivisionError

    early, late = peaks(store, undo)
    assert late <= early * FLAT
    assert alice.liked_tweets == tweets
    store.check()


def test_deleted_rows_give_their_memory_back(store):
    alice = User("alice")
    empty = store.stats().bytes_total
    for n in range(20_000):
        alice.like_tweet(alice.post_tweet(f"a tweet of some length {n}"))
    full = store.stats().bytes_total
    alice.tweets.delete_all()
    store.compact()
    packed = store.stats().bytes_total
    assert full - empty > 20_000 * 20
    assert packed - empty < (full - empty) / 10


def test_packing_changes_no_id_no_order_and_no_result(store):
    random = Random(2)
    users = [User(str(n)) for n in range(30)]
    tweets = [user.post_tweet(str(n)) for n in range(5) for user in users]
    for _ in range(2000):
        random.choice(users).like_tweet(random.choice(tweets))
    for like in random.sample(list(Like.all()), 700):
        like.delete()
    for tweet in random.sample(tweets, 30):
        tweet.delete()

    def everything() -> list[object]:
        return [
            [(user.id, user.username, list(user.tweets), list(user.liked_tweets)) for user in User.all()],
            [(tweet.id, tweet.message, list(tweet.likers), list(tweet.likes)) for tweet in Tweet.all()],
            [(like.id, like.user, like.tweet) for like in Like.all()],
        ]

    before, last = everything(), Like.all()[-1].id
    held = store.stats().bytes_total
    fixed = Tweet.all()[::3]
    members, token = list(fixed), Tweet.all().page(7).next
    rest = list(Tweet.all().page(7, token).items)
    store.compact()
    assert everything() == before
    assert fixed == members
    assert Tweet.all().page(7, token).items == rest
    assert store.stats().bytes_total <= held
    store.check()
    tweet = users[0].post_tweet("new")
    assert users[1].like_tweet(tweet).id > last
    store.check()


def test_stats_count_the_rows_of_each_model(store):
    alice = User("alice")
    for n in range(3):
        alice.like_tweet(alice.post_tweet(str(n)))
    alice.tweets[0].delete()
    Room("one")
    rows = store.stats().rows
    assert (rows["User"], rows["Tweet"], rows["Like"], rows["Room"]) == (1, 2, 2, 1)


def test_stats_give_the_bytes_of_each_model_and_index(store):
    alice = User("alice")
    before = store.stats()
    for n in range(1000):
        alice.like_tweet(alice.post_tweet(str(n)))
    after = store.stats()
    assert after.bytes_total == sum(after.bytes.values())
    assert after.bytes_total > before.bytes_total + 1000 * 8
    assert all(isinstance(name, str) and isinstance(held, int) and held >= 0 for name, held in after.bytes.items())


# ── what a like holds ─────────────────────────────────────────────────────────────────────────────

LIKES, PARENTS = 200_000, 8_000


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


SIZED = pytest.mark.skipif(_hasmany.__debug_build__, reason="a build for tests keeps more beside short lists")


@SIZED
@pytest.mark.parametrize("link", [in_bulk, in_parts, one_by_one])
def test_a_like_holds_at_most_26_bytes_and_17_packed(store, link):
    User.insert_all(username=[str(n) for n in range(PARENTS)])
    Tweet.insert_all(message=[str(n) for n in range(PARENTS)], user=1)
    pairs = random_pairs()
    link(pairs)
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


# ── packing ───────────────────────────────────────────────────────────────────────────────────────

places = st.integers(0, 500)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("like"), places, places),
        st.tuples(st.just("unlike"), places, places),
        st.tuples(st.just("insert"), st.integers(0, 2**16), st.integers(1, 120)),
        st.tuples(st.just("delete user"), places, places),
        st.tuples(st.just("delete tweet"), places, places),
        st.tuples(st.just("move"), places, places),
        st.tuples(st.just("rename"), places, places),
        st.tuples(st.just("undo"), places, places),
        st.tuples(st.just("post"), places, places),
        st.tuples(st.just("unlike many"), st.integers(1, 5), places),
    ),
    max_size=25,
)


def step(store: Store, what: str, a: int, b: int) -> object:
    """One change; what it gives back, as plain values."""
    users, tweets = list(User.all()), list(Tweet.all())
    user, tweet = users[a % len(users)], tweets[b % len(tweets)]
    if what == "like":
        return user.like_tweet(tweet).id
    if what == "unlike":
        return user.unlike_tweet(tweet)
    if what == "insert":
        rng = np.random.default_rng(a)
        some = User.all().ids[rng.integers(0, len(users), b)], Tweet.all().ids[rng.integers(0, len(tweets), b)]
        return Like.insert_all(user=some[0], tweet=some[1], on_conflict="skip").ids.tolist()
    if what == "delete user" and len(users) > 5:
        return user.delete() if len(user.tweets) < len(tweets) - 5 else None
    if what == "delete tweet" and len(tweets) > 5:
        return tweet.delete()
    if what == "move":
        free = next((like for like in Like.all() if like.user not in tweet.likers), None)
        return free and free.update(tweet=tweet).id
    if what == "rename":
        tweet.message = f"{a} {b}"
    if what == "undo":
        with pytest.raises(ZeroDivisionError), store.transaction():
            for like in list(Like.all())[:: a % 3 + 1]:
                like.delete()
            user.like_tweet(tweet)
            raise ZeroDivisionError
    if what == "post":
        return user.post_tweet(str(b)).id
    if what == "unlike many":
        return [like.delete() for like in list(Like.all())[::a]]
    return None


def all_of_it() -> list[object]:
    return [
        [(user.id, user.username, user.tweets.ids.tolist(), user.liked_tweets.ids.tolist()) for user in User.all()],
        [(tweet.id, tweet.message, tweet.user.id, tweet.likers.ids.tolist()) for tweet in Tweet.all()],
        [(like.id, like.user.id, like.tweet.id) for like in Like.all()],
        [len(user.liked_tweets) for user in User.all()] + [len(tweet.likers) for tweet in Tweet.all()],
        [[user in tweet.likers for user in User.all()] for tweet in Tweet.all()],
        [user.liked_tweets.overlap(User.all()[0].liked_tweets) for user in User.all()],
    ]


@settings(max_examples=80, deadline=None, database=None)
@given(steps, st.sets(st.integers(0, 25)), st.sampled_from([0, 50, 400]))
def test_a_store_that_is_packed_at_times_is_as_one_that_is_not(changes, packed_after, links):
    stores = [Store(), Store()]
    for store in stores:
        with store:
            users = User.insert_all(username=[str(n) for n in range(12)])
            Tweet.insert_all(message=[str(n) for n in range(40)], user=[users[n % 12] for n in range(40)])
            rng = np.random.default_rng(0)
            Like.insert_all(user=rng.integers(1, 13, links), tweet=rng.integers(1, 41, links), on_conflict="skip")
    for number, change in enumerate([("rename", 0, 0), *changes]):
        results = []
        for store in stores:
            with store:
                results.append(step(store, *change))
        if number in packed_after:
            stores[0].compact()
        assert results[0] == results[1]
        states = []
        for store in stores:
            with store:
                states.append(all_of_it())
            store.check()
        assert states[0] == states[1]


def test_packing_twice_is_as_packing_once(store):
    users = User.insert_all(username=[str(n) for n in range(50)])
    tweets = Tweet.insert_all(message="x", user=[users[0]] * 50)
    Like.insert_all(user=users, tweet=tweets)
    store.compact()
    held, before = store.stats().bytes, all_of_it()
    store.compact()
    assert store.stats().bytes == held
    assert all_of_it() == before


def test_packing_an_empty_store_is_nothing(store):
    store.compact()
    assert User.all() == []
    User("alice")
    store.compact()
    assert User.all().values("username") == ["alice"]


def test_packed_text_and_values_are_kept(store):
    rooms = Room.insert_all(name=["", "x" * 1000, "h\u00e9", "\x00"])
    guests = Guest.insert_all(name=["a", "b", "c", "d"])
    start = datetime(2024, 5, 1, tzinfo=UTC)
    stays = Stay.insert_all(
        room=rooms,
        guest=guests,
        note=["", "one", "two", "one"],
        since=[None, start, None, start],
        code=[None, 3, -1, None],
    )
    stays[1].note = "changed"

    def values() -> list[object]:
        return [stays.values(name) for name in ("room.name", "guest.name", "note", "since", "code")]

    before = values()
    store.compact()
    assert values() == before
    assert Stay.find(code=-1) == stays[2]
    stays[2].update(note="new", code=None, room=rooms[0])
    store.compact()
    assert (stays[2].note, stays[2].code, rooms[0].stays.ids.tolist()) == ("new", None, [1, 3])
    assert Stay.find_by(code=-1) is None


def test_packing_inside_a_transaction_undoes_nothing_of_it(store):
    alice = User("alice")
    tweets = [alice.post_tweet(str(n)) for n in range(100)]
    alice.liked_tweets.add(*tweets)
    with pytest.raises(ZeroDivisionError), store.transaction():
        alice.liked_tweets.remove(*tweets[::2])
        with suppress(RuntimeError):  # it may be refused there
            store.compact()
        assert alice.liked_tweets == tweets[1::2]
        raise ZeroDivisionError
    assert alice.liked_tweets == tweets
    store.check()


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
