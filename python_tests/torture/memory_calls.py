"""Calls whose memory is of the size of their input. Each is prepared without a limit, in a store that is current."""

import hashlib
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from hasmany import Like, Many, Model, Store, Tweet, User, col, has_many

from .workload import Account, Entry

Work = Callable[[], Any]


class Note(Model):
    number: int
    text: str = ""


class Leaf(Model):
    over: "Leaf | None" = None
    under: Many["Leaf"] = has_many()


WIDER = """
class Note(Model):
    number: int
    text: str = ""
    more: str = "x" * 1000
"""


def fingerprint() -> bytes:
    """Of every row of the current store."""
    made = hashlib.sha256()
    names = {User: ["username"], Tweet: ["message", "user"], Like: ["user", "tweet"], Note: ["number", "text"]}
    for model, fields in {**names, Account: ["name"], Entry: ["account", "number"]}.items():
        rows = model.all()
        made.update(rows.ids.tobytes())
        for name in fields:
            column = rows.column(name)
            made.update(column.tobytes() if column.dtype == np.int64 else repr(column.tolist()).encode())
    return made.digest()


class Call:
    """Work that is the same in every child."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def begin(self) -> Work:
        """What is done under the limit."""
        return self.work

    def end(self) -> None:
        """When there is no limit any more."""


class OnFile(Call):
    """Work on a store in a file, which each child opens for itself, before the limit or under it."""

    def __init__(self, path: Path, work: Callable[[Store], Any] | None, **options: Any) -> None:
        self.path, self.on_file, self.options = path, work, options
        self.before = self.read()

    def read(self) -> bytes:
        with Store(self.path):
            return fingerprint()

    def begin(self) -> Work:
        if self.on_file is None:
            return lambda: Store(self.path, **self.options).close()
        self.store = Store(self.path, **self.options)
        return partial(self.on_file, self.store)

    def end(self) -> None:
        if self.on_file:
            self.store.check()
            self.store.close()
        with Store(self.path) as store:
            store.check()
            assert fingerprint() == self.before, "the file has other rows than before"


def likes(rows: int) -> None:
    """So many likes of a tenth as many users."""
    count = max(rows // 10, 100)
    User.insert_all(username=[f"user {number}" for number in range(count)])
    Tweet.insert_all(message=[f"tweet {number}" for number in range(count)], user=User.all()[0])
    Like.insert_all(**pairs(rows, count))


def pairs(rows: int, count: int) -> dict[str, Any]:
    """Each pair once."""
    number = np.arange(rows)
    return {"user": number % count + 1, "tweet": (number % count + number // count * 7) % count + 1}


CALLS: dict[str, Callable[[Path, int], Call]] = {}


def call(name: str) -> Callable[[Callable[[Path, int], Work]], Callable[[Path, int], Work]]:
    """A call in memory: the function prepares it and gives what is done under the limit."""

    def register(prepare: Callable[[Path, int], Work]) -> Callable[[Path, int], Work]:
        CALLS[name] = lambda folder, rows: Call(prepare(folder, rows))
        return prepare

    return register


# ── bulk columns ──────────────────────────────────────────────────────────────────────────────────


def inserting(kind: Callable[[np.ndarray], Any], **options: Any) -> Callable[[Path, int], Work]:
    def prepare(folder: Path, rows: int) -> Work:
        count = rows // 10
        User.insert_all(username=[f"user {number}" for number in range(count)])
        Tweet.insert_all(message=[""] * count, user=User.all()[0])
        columns = {name: kind(column) for name, column in pairs(rows, count).items()}
        return lambda: Like.insert_all(columns, **options)

    return prepare


call("insert lists")(inserting(lambda column: column.tolist()))
call("insert NumPy")(inserting(lambda column: column))
call("insert Arrow")(inserting(pa.array))
call("insert, skip")(inserting(lambda column: column, on_conflict="skip"))


@call("insert texts")
def _(folder: Path, rows: int) -> Work:
    texts = [f"a longer text with the number {number}" for number in range(rows)]
    return lambda: User.insert_all(username=texts)


@call("insert Arrow texts")
def _(folder: Path, rows: int) -> Work:
    texts = pa.array([f"a longer text with the number {number}" for number in range(rows)])
    return lambda: User.insert_all(username=texts)


@call("insert, create missing")
def _(folder: Path, rows: int) -> Work:
    names = [f"name {number}" for number in range(rows // 2)]
    return lambda: Entry.insert_all({"account.name": names}, number=1, create_missing=True)


@call("insert a generator")
def _(folder: Path, rows: int) -> Work:
    return lambda: Note.insert_all(number=iter(range(rows * 100)))


@call("insert ends of runs")
def _(folder: Path, rows: int) -> Work:
    runs = pa.RunEndEncodedArray.from_arrays(pa.array([2**40], pa.int64()), pa.array([7]))
    return lambda: Note.insert_all(number=runs)


@call("insert texts by ends of runs")
def _(folder: Path, rows: int) -> Work:
    runs = pa.RunEndEncodedArray.from_arrays(
        pa.array([2**24], pa.int32()), pa.array(["x" * 100_000], pa.large_string())
    )
    return lambda: User.insert_all(username=runs)


@call("insert a dictionary's texts")
def _(folder: Path, rows: int) -> Work:
    texts = pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(rows, np.int8)), pa.array(["x" * 100_000], pa.large_string())
    )
    return lambda: User.insert_all(username=texts)


@call("a text for every row")
def _(folder: Path, rows: int) -> Work:
    return lambda: Note.insert_all(number=np.arange(rows), text="x" * 10_000)


# ── single calls ──────────────────────────────────────────────────────────────────────────────────


@call("create until a transaction is large")
def _(folder: Path, rows: int) -> Work:
    def work() -> None:
        with Store.current().transaction():
            for number in range(3000):
                User(f"{number}" * 40_000)

    return work


@call("set long texts")
def _(folder: Path, rows: int) -> Work:
    user = User("")

    def work() -> None:
        with Store.current().transaction():
            for number in range(3000):
                user.username = f"{number}" * 40_000

    return work


def asking(name: str, ask: Callable[[int], Any]) -> None:
    """A question about likes."""

    def prepare(folder: Path, rows: int) -> Work:
        likes(rows)
        return lambda: ask(rows)

    call(name)(prepare)


@call("through, repeated")
def repeated(folder: Path, rows: int) -> Work:
    root = Leaf()
    Leaf.insert_all(over=[root] * rows)
    return lambda: len(Leaf.where(id=1).through("under", repeat=True))


asking("delete all", lambda rows: Like.all().delete_all())
asking("delete a user with all", lambda rows: User.find(1).delete())
asking("update all", lambda rows: User.all().update_all(username="x" * 5_000))
asking("compact", lambda rows: Store.current().compact())
asking("check", lambda rows: Store.current().check())
asking("ids", lambda rows: [Like.all().ids for _ in range(20)])
asking("values", lambda rows: Like.all().values("user.username"))
asking("column", lambda rows: [Like.all().column("user"), User.all().column("username")])
asking("values of several", lambda rows: Like.all().values("id", "user.username", col("tweet.likers").count()))
asking("select", lambda rows: Like.all().select("user.username", col("user.liked_tweets.message").list()))
asking("where an expression", lambda rows: len(Like.where(col("user.liked_tweets").count() > 1)))
asking("order_by several", lambda rows: len(Like.all().order_by(col("tweet").desc(), "user.username")))
asking("to_dicts of rows", lambda rows: Like.all().to_dicts())
asking("to_dicts", lambda rows: Like.all().to_dicts("id", "user.username"))
asking("a list", lambda rows: list(Like.all()))
asking("order_by", lambda rows: len(Like.all().order_by("tweet", reverse=True)))
asking("where a list", lambda rows: len(Like.where(user=list(User.all()))))
asking("where", lambda rows: len(Like.where(user=User.all(), tweet=Tweet.all()[5:])))
asking("set algebra", lambda rows: len((Like.all()[::2] | Like.all()[1:]) ^ Like.all()[::3]))
asking("through", lambda rows: len(Like.all().through("user").through("liked_tweets")))
asking("sample", lambda rows: len(Like.all().sample(rows)))
asking("a page", lambda rows: Like.all().page(10**18))
asking("a page in an order", lambda rows: Like.all().order_by("tweet").page(10**18))
asking("pages of two sides", lambda rows: (Like.all()[::2] | Like.all().where(col("tweet") == 1)).page(5).next)
asking("a page through others", lambda rows: Like.all()[:].through("user").through("liked_tweets").page(5).next)
asking("Arrow", lambda rows: [pa.table(Like.all()), pa.table(User.all())])
asking("matrix", lambda rows: Like.matrix("user", "tweet"))
asking("projection", lambda rows: User.projection("liked_tweets"))
asking("top", lambda rows: Tweet.all().top(10**18, by="likers"))
asking("similar", lambda rows: User.find(1).similar("liked_tweets", 10**18))
asking("recommend", lambda rows: User.find(1).recommend("liked_tweets", 10**18))
asking("tune", lambda rows: User.all().tune("liked_tweets", 2000))
asking("select of a ranking", lambda rows: Tweet.all().top(10**18, by="likers").select("message", "score"))
asking(
    "select of rankings", lambda rows: len(User.all()[:2000].recommend("liked_tweets", 100).select("owner", "message"))
)
asking("recommend to all", lambda rows: pa.table(User.all()[:2000].recommend("liked_tweets", 100)))


@call("a write while lists are walked")
def _(folder: Path, rows: int) -> Work:
    likes(rows)
    fingerprint()  # binds every class: before that what waits is read
    walks = [iter(Like.all()) for _ in range(8)]
    begun = [next(walk) for walk in walks]

    def work() -> None:
        begun[0].user.post_tweet("later")
        assert [1 + sum(1 for _ in walk) for walk in walks] == [rows] * 8

    return work


class Asked(Call):
    """A write while orders wait to be read: it reads all of them, or changes nothing and they go on waiting."""

    def __init__(self, rows: int) -> None:
        likes(rows)
        fingerprint()  # binds every class: before that what waits is read
        self.rows = rows
        self.orders = [Like.all().order_by("id", reverse=True) for _ in range(6_000_000 // rows)]
        super().__init__(lambda: User.find(1).post_tweet("later"))

    def end(self) -> None:
        expected = np.arange(self.rows, 0, -1)
        assert all(np.array_equal(order.ids, expected) for order in self.orders)


CALLS["a write while orders are not read"] = lambda folder, rows: Asked(rows)


@call("redefine")
def _(folder: Path, rows: int) -> Work:
    Note.insert_all(number=np.arange(rows))

    return lambda: exec(WIDER, globals())  # noqa: S102


@call("save")
def _(folder: Path, rows: int) -> Work:
    likes(rows)
    return lambda: save(folder, Store.current())


# ── files ─────────────────────────────────────────────────────────────────────────────────────────


def on_file(name: str, work: Callable[[Path, Store], Any] | None, **options: Any) -> None:
    def prepare(folder: Path, rows: int) -> Call:
        with Store(folder / "likes.db"):
            likes(rows)
        return OnFile(folder / "likes.db", work and partial(work, folder), **options)

    CALLS[name] = prepare


def save(folder: Path, store: Store) -> None:
    store.save(folder / f"copy {os.getpid()}.db")


class Undone(Exception):
    """Raised to undo a transaction."""


def undone(folder: Path, store: Store) -> None:
    try:
        with store.transaction():
            User.insert_all(username=[f"{number}" for number in range(100_000)])
            raise Undone
    except Undone:
        pass


on_file("open a file", None)
on_file("open a file to read", None, read_only=True)
on_file("compact in a file", lambda folder, store: store.compact())
on_file("save a file", save)
on_file("check a file", lambda folder, store: store.check())
on_file("undo in a file", undone)
