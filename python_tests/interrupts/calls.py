"""Calls that take long, each in a world where it does, and a process of its own that is interrupted in it.

`python -m python_tests.interrupts.calls [--likes 3000000] [--times 5]` shows how long each call takes, and how soon it
hears Ctrl-C.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from hasmany import Like, Many, Model, Store, Tweet, User, belongs_to, between, col, field, has_many

Call = Callable[[], object]


def some(count: int, more: int = 0) -> dict[str, np.ndarray]:
    """Likes of so many pairs in no order, of four times as many as there are; or more of these."""
    side = people(count)
    pairs = np.random.default_rng(0).permutation(side * side)
    pairs = pairs[count : count + more] if more else pairs[:count]
    return {"user": pairs // side + 1, "tweet": pairs % side + 1}


def people(count: int) -> int:
    return max(int((4 * count) ** 0.5), 2)


def filled(count: int) -> None:
    """Users and tweets for so many likes in the current store."""
    side = people(count)
    User.insert_all(username=[f"user {n}" for n in range(side)])
    Tweet.insert_all(user=np.arange(side) + 1, message=[f"tweet {n % 1000}" for n in range(side)])


def liked(count: int) -> None:
    filled(count)
    Like.insert_all(some(count))


def insert_arrays(count: int, folder: Path) -> tuple[Store, Call]:
    store = Store().use()
    filled(count)
    columns = some(count)
    return store, lambda: Like.insert_all(columns)


def insert_lists(count: int, folder: Path) -> tuple[Store, Call]:
    store = Store().use()
    names = [f"user {n}" for n in range(count)]
    return store, lambda: User.insert_all(username=names)


def insert_more(count: int, folder: Path) -> tuple[Store, Call]:
    """A tenth more, which is entered row by row."""
    store = Store().use()
    liked(count)
    more = some(count, count // 10)
    return store, lambda: Like.insert_all(more, on_conflict="skip")


class Member(Model):
    handle: str = field(unique=True)


class Vote(Model):
    member: Member = belongs_to()


def insert_keys(count: int, folder: Path) -> tuple[Store, Call]:
    store = Store().use()
    handles = [f"member {n}" for n in range(count // 10)]
    Member.insert_all(handle=handles)
    keys = np.array(handles, dtype=object)[np.arange(count) % len(handles)]
    return store, lambda: Vote.insert_all({"member.handle": keys})


def insert_in_a_file(count: int, folder: Path) -> tuple[Store, Call]:
    store = Store(folder / "likes.db").use()
    filled(count)
    columns = some(count)
    return store, lambda: Like.insert_all(columns)


def commit(count: int, folder: Path) -> tuple[Store, Call]:
    """The end of a block, in which all of it is written."""
    store = Store(folder / "likes.db").use()
    filled(count)
    columns = some(count)

    def work() -> None:
        with store.transaction():
            Like.insert_all(columns)

    return store, work


def delete(count: int, folder: Path) -> tuple[Store, Call]:
    store = Store().use()
    liked(count)
    return store, lambda: Like.all().delete_all()


def save(count: int, folder: Path) -> tuple[Store, Call]:
    store = Store().use()
    liked(count)
    return store, lambda: store.save(folder / "copy.db")


def copy(count: int, folder: Path) -> tuple[Store, Call]:
    store = Store(folder / "likes.db").use()
    liked(count)
    return store, lambda: store.save(folder / "copy.db")


def opening(count: int, folder: Path) -> tuple[Store, Call]:
    with Store(folder / "likes.db"):
        liked(count)
    return Store().use(), lambda: Store(folder / "likes.db").close()


def refresh(count: int, folder: Path) -> tuple[Store, Call]:
    writer = Store(folder / "likes.db")
    with writer:
        filled(count)
        reader = Store(folder / "likes.db", read_only=True)
        Like.insert_all(some(count))
    return reader.use(), reader.refresh


def check(count: int, folder: Path) -> tuple[Store, Call]:
    store = Store(folder / "likes.db").use()
    liked(count)
    return store, store.check


def compact(count: int, folder: Path) -> tuple[Store, Call]:
    store = Store().use()
    liked(count)
    return store, store.compact


def reading(ask: Callable[[], object]) -> Callable[[int, Path], tuple[Store, Call]]:
    def made(count: int, folder: Path) -> tuple[Store, Call]:
        store = Store().use()
        liked(count)
        return store, ask

    return made


class Person(Model):
    number: int
    ties: Many["Tie"] = has_many(by="who")
    following: Many["Person"] = has_many(through="ties", source="whom")


class Tie(Model):
    who: Person
    whom: Person


def repeated(count: int, folder: Path) -> tuple[Store, Call]:
    store = Store().use()
    Person.insert_all(number=np.arange(people(count)))
    pairs = some(count)
    Tie.insert_all(who=pairs["user"], whom=pairs["tweet"])
    return store, lambda: len(Person.all().through("following", repeat=True))


def matrix(count: int, folder: Path) -> tuple[Store, Call]:
    import scipy.sparse  # noqa: F401  # before, because it lets Ctrl-C end the process while it is imported

    store = Store().use()
    liked(count)
    return store, lambda: Like.matrix("user", "tweet")


def drained(rankings: object) -> int:
    import pyarrow

    try:
        return pyarrow.table(rankings).num_rows
    except pyarrow.ArrowInvalid:
        time.sleep(0)  # KeyboardInterrupt comes at the next step, and pyarrow has only said that the stream ended
        raise


CALLS: dict[str, Callable[[int, Path], tuple[Store, Call]]] = {
    "insert_all of arrays": insert_arrays,
    "insert_all of lists": insert_lists,
    "insert_all of a tenth more": insert_more,
    "insert_all with keys": insert_keys,
    "insert_all in a file": insert_in_a_file,
    "the end of a block in a file": commit,
    "delete_all": delete,
    "save from memory": save,
    "save from a file": copy,
    "Store(path)": opening,
    "refresh": refresh,
    "check": check,
    "order_by": reading(lambda: Like.all().order_by("tweet.message")),
    "where": reading(lambda: Like.where(id=between(1, 10**9))),
    "where of an expression": reading(lambda: Like.where(col("tweet.message").lower().contains("7"))),
    "select": reading(lambda: Like.all().select(col("user.liked_tweets.message").filter(col("id") > 3).n_unique())),
    "a | b": reading(lambda: len(Like.all()[::2] | Like.all()[1::2])),
    "through": reading(lambda: len(User.all().through("liked_tweets").through("likers"))),
    "through, repeated": repeated,
    "top": reading(lambda: User.all().top(10, by="liked_tweets")),
    "recommend for all": reading(lambda: drained(User.all().recommend("liked_tweets", 10))),
    "tune": reading(lambda: User.all().tune("liked_tweets", 10**9)),
    "similar for all": reading(lambda: drained(User.all().similar("liked_tweets", 10))),
    "select of rankings": reading(
        lambda: len(User.all().recommend("liked_tweets", 10).select("owner.username", "score"))
    ),
    "matrix": matrix,
    "projection": reading(lambda: User.projection("liked_tweets", least=2)),
    "to_dicts": reading(lambda: Like.all().to_dicts()),
    "to Arrow": reading(lambda: drained(Like.all())),
    "column": reading(lambda: Like.all().column("tweet")),
    "values": reading(lambda: Like.all().values("tweet")),
    "compact": compact,
}


def state(store: Store) -> dict[str, int]:
    """How many rows of each model it has, which is the current one."""
    assert Store.current() is store
    return {model.__name__: len(model.all()) for model in (User, Tweet, Like, Vote)}


def child(name: str, count: int, after: float) -> None:
    """Makes the call; Ctrl-C comes after so many seconds, or never. Prints what came of it."""
    # Another process, which no lock of this one can hold up, and from before this one is large.
    program = f"read go; sleep {max(after, 0)}; date +%s.%N; kill -INT {os.getpid()}"
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(["sh", "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other,
    ):
        store, call = CALLS[name](count, Path(folder))
        before = state(store)
        begun, interrupted = time.time(), False
        try:
            if after >= 0:
                other.stdin.write("go\n")
                other.stdin.flush()
            call()
            ended = time.time()
            if after >= 0:
                time.sleep(2 * after + 1)
        except KeyboardInterrupt:
            ended, interrupted = time.time(), True
        sent = ended
        if after >= 0:
            sent = float(other.stdout.readline())
        else:
            other.kill()
        store.check()
        found = {"before": before, "rows": state(store), "files": sorted(os.listdir(folder))}
        heard = {"took": ended - begun, "heard": ended - sent, "during": sent < ended, "interrupted": interrupted}
        print(json.dumps(heard | found))


def run(name: str, count: int, after: float = -1) -> dict:
    command = [sys.executable, "-m", __spec__.name if __spec__ else "python_tests.interrupts.calls", "--child", name]
    done = subprocess.run([*command, str(count), str(after)], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0 and done.stdout, (done.returncode, done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def interrupted(name: str, count: int, times: int) -> tuple[dict, list[dict]]:
    """What comes of a call, and of as many that are interrupted, sooner or later."""
    whole = run(name, count)
    return whole, [run(name, count, whole["took"] * (at + 0.5) / times) for at in range(times)]


def is_all_or_nothing(one: dict, whole: dict) -> bool:
    """Whether an interrupted call did nothing, or, because that came too late, all."""
    nothing = one["rows"] == one["before"] and "copy.db" not in one["files"]
    return (one["interrupted"] and nothing) or (one["rows"], one["files"]) == (whole["rows"], whole["files"])


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--likes", type=int, default=3_000_000)
    arguments.add_argument("--times", type=int, default=5)
    arguments.add_argument("--child", nargs=3)
    arguments.add_argument("calls", nargs="*")
    given = arguments.parse_args()
    if given.child:
        name, count, after = given.child
        child(name, int(count), float(after))
        return
    print(f"{'seconds':32} {'the call':>10} {'hears Ctrl-C after, at most':>28} {'median':>8}")
    for name in given.calls or CALLS:
        whole, runs = interrupted(name, given.likes, given.times)
        heard = [one["heard"] for one in runs if one["during"]] or [0.0]
        wrong = [one for one in runs if not is_all_or_nothing(one, whole)] or ""
        print(
            f"{name:32} {whole['took']:10.2f} {max(heard):28.2f} {statistics.median(heard):8.2f}  {wrong}", flush=True
        )


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.current_thread().name = "main"
    main()
