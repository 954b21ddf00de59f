"""Work that is the same wherever it is done: for the tests that kill it, or fail it, half-way.

Step k of a kind of work depends on k and on what is in the current store, on nothing else. A state leaves out ids,
which a step that was killed may have spent.
"""

import os
import warnings
from collections.abc import Callable
from itertools import count
from random import Random
from typing import Any

from hasmany import Like, Many, Model, Store, Tweet, User, belongs_to, field, has_many


class Account(Model):
    name: str = field(unique=True)
    balance: int = 0
    owner: "Account | None" = belongs_to(on_delete="nullify", default=None)
    entries: Many["Entry"] = has_many()


class Entry(Model, unique=("account", "number")):
    account: Account = belongs_to(on_delete="cascade")
    number: int
    text: str = ""


def state() -> list[Any]:
    """What is in the current store."""
    entries = rows(Entry, "account.name", "number", "text")
    return [
        rows(User, "username"),
        rows(Tweet, "message", "user.username"),
        rows(Like, "user.username", "tweet.message"),
        rows(Account, "name", "balance", "owner.name"),
        [(account, number, text[:20], len(text)) for account, number, text in entries],
    ]


def rows(model: type[Any], *names: str) -> list[tuple[Any, ...]]:
    return list(zip(*(model.all().values(name) for name in names), strict=True))


MODELS = (User, Tweet, Like, Account, Entry)


def highest() -> list[int]:
    """The largest id of each model."""
    return [max(model.all().ids.tolist(), default=0) for model in MODELS]


def prepare() -> None:
    """Rows to begin with."""
    with Store.current().transaction():
        for name in "abcd":
            User(name).post_tweet(f"from {name}")
            Account(f"account {name}", 100)


def single_call(random: Random, k: int) -> None:
    """One call, which is one transaction by itself."""
    users, tweets, accounts = User.all(), Tweet.all(), Account.all()
    user, tweet, account = random.choice(users), random.choice(tweets), random.choice(accounts)
    what = k % 8
    if what == 0:
        User(f"user {k}")
    elif what == 1:
        user.post_tweet(f"tweet {k}")
    elif what in (2, 3):
        user.like_tweet(tweet)
    elif what == 4:
        user.liked_tweets.replace(random.sample(list(tweets), min(3, len(tweets))))
    elif what == 5:
        account.update(balance=k, owner=random.choice(accounts))
    elif what == 6:
        account.entries.create(k, "x" * (k % 300))
    elif len(users) > 6:
        user.delete()
    else:
        user.username = f"renamed {k}"


def transaction(random: Random, k: int) -> None:
    """Several changes, all of which are there or none; the balances add up to what they did."""
    store = Store.current()
    one, other = random.sample(list(Account.all()), 2)
    with store.transaction():
        one.balance -= k
        one.entries.create(k, "out")
        one.name, other.name, one.name = "between", one.name, other.name
        try:
            with store.transaction():
                Account(f"undone {k}").entries.create(k)
                raise ZeroDivisionError
        except ZeroDivisionError:
            pass
        other.balance += k
        other.entries.create(k, "in")
        if k % 3 == 0:
            Entry.all()[0].delete()
            Account.find_by(name=f"new {k - 3}") or Account(f"new {k}")


def bulk(random: Random, k: int) -> None:
    """Many rows at once, enough for the indexes to be rebuilt."""
    if k % 3 == 2:
        Entry.all()[300:].delete_all()
    else:
        numbers = list(range(k * 2000, k * 2000 + 1200))
        Entry.insert_all(account=random.choice(Account.all()), number=numbers, text=[f"{k} {n}" for n in numbers])


def large(random: Random, k: int) -> None:
    """So much text that the journal is folded into the file now and then."""
    with Store.current().transaction():
        random.choice(Account.all()).entries.create(k, random.choice("abc") * 400_000)
        Entry.all()[:-6].delete_all()


ANOTHER = """
class Account(Model):
    name: str = field(unique=True)
    balance: int = 0
    owner: "Account | None" = belongs_to(on_delete="{}", default=None)
    {}
    entries: Many["Entry"] = has_many()
"""


fields = count()


def redefinition(random: Random, k: int) -> None:
    """The program becomes another one now and then: a field goes and another comes, a rule changes, tables are rebuilt."""
    if k % 4:
        single_call(random, k)
        return
    rule = random.choice(("restrict", "nullify"))
    # A column that is in a file and was not read could not be taken up again before it is opened again.
    new = random.choice(("", f"field_{os.getpid()}_{next(fields)}: str = 'none'"))
    with warnings.catch_warnings(action="ignore"):  # that values are gone
        exec(ANOTHER.format(rule, new), globals())  # noqa: S102
    len(Account.all())


WORK: dict[str, Callable[[Random, int], None]] = {
    "single calls": single_call,
    "transactions": transaction,
    "bulk inserts": bulk,
    "checkpoints": large,
    "redefinitions": redefinition,
}


def step(kind: str, k: int) -> None:
    """Does step k of this kind of work in the current store."""
    WORK[kind](Random(k), k)
