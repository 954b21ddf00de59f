"""Whatever is passed to whatever is public, an exception of a known class comes out, and the store still agrees with itself.

What is public is read from the stubs, so that nothing new is forgotten. That no call panics, caught or not, is asserted
after every test (`python_tests/conftest.py`).
"""

import ast
import asyncio
import copy
import inspect
import pickle
import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hasmany
import numpy as np
import pytest
from hasmany import HasManyError, Many, Store, Tweet, User
from hasmany._hasmany import replace_default

from .hostile import Whim, values, world
from .world import Appointment, Doctor, Reading

KNOWN = (
    HasManyError,
    TypeError,
    ValueError,
    LookupError,
    OverflowError,
    AttributeError,
    RuntimeError,
    OSError,
    ImportError,
)
ROUNDS = 60


def stub() -> dict[str, dict[str, ast.FunctionDef | None]]:
    """The public functions ("") and, by class, methods and properties (None) that the stubs name."""
    tree = ast.parse(Path(hasmany.__file__).with_name("__init__.pyi").read_text())
    found: dict[str, dict[str, ast.FunctionDef | None]] = {"": {}}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            found[""][node.name] = node
        elif isinstance(node, ast.ClassDef):
            methods = {part.name: part for part in node.body if isinstance(part, ast.FunctionDef)}
            found[node.name] = {part.target.id: None for part in node.body if isinstance(part, ast.AnnAssign)} | methods  # type: ignore[union-attr]
    return found


STUB = stub()


def subjects(w: SimpleNamespace) -> dict[str, list[Any]]:
    """For each class of the stubs, objects of it in every state."""
    rankings = User.all().similar("liked_tweets")
    likes: list[Any] = [w.ann, w.stranger, w.ghost, w.tweets[0], w.dead, w.visit, w.house, w.reading, Doctor, User]
    many: list[Any] = [
        User.all(),
        w.ben.liked_tweets,
        w.house.patients,
        w.house.appointments,
        w.ann.tweets[:1],
        w.foreign,
    ]
    ranking = w.ann.recommend("liked_tweets")
    return {
        "": [hasmany],
        "_Transaction": [w.store.transaction(), w.other.transaction()],
        "Store": [w.store, w.other, w.closed, Store],
        "Change": [hasmany.Change("set", w.ann, "x", 1, 2)],
        "Stats": [w.store.stats()],
        "Schema": [w.store.schema],
        "Record": likes,
        "Model": [Doctor, w.house],
        "Many": [*many, w.ghosts, Reading.all(), Many],
        "Expr": [hasmany.col("username"), hasmany.col("tweets"), hasmany.col("tweets").count() > 1],
        "Table": [
            User.all().select("username"),
            User.all().select(x=hasmany.col("tweets.message").list()),
            User.projection("liked_tweets"),
            rankings.select("owner.username", "score"),
        ],
        "Page": [User.all().page(1)],
        "Scored": list(ranking)[:1] or [hasmany.Scored(w.ann, 1.0)],
        "Ranking": [ranking, w.ann.similar("liked_tweets"), User.all().top(2, by="tweets"), w.closed_ranking],
        "Rankings": [rankings, User.all().recommend("liked_tweets")],
        "Matrix": [hasmany.Matrix(None, User.all(), User.all())],
        "User": [w.ann, w.stranger, w.ghost, User],
        "Tweet": [w.tweets[0], w.dead, Tweet],
        "Like": [w.ann.likes[0], hasmany.Like],
        **{name: [getattr(hasmany, name)] for name in STUB if name.endswith("Error")},
        **{name: [] for name in STUB if name.endswith("Description")},  # plain dicts
    }


NAMES = ["name", "username", "user", "tweet", "tweets", "id", "doctor", "patient", "count", "level", "at", "x"]


def known(call: Callable[[], Any]) -> None:
    """Calls; what it raises is of a class that it may raise."""
    try:
        made = call()
        if inspect.iscoroutine(made):
            made.close()
        elif isinstance(made, Iterator):
            for _ in zip(range(20), made, strict=False):
                pass
        repr(made)
    except (*KNOWN, Whim) as error:
        assert type(error) is not SystemError
        str(error)
    except asyncio.InvalidStateError:
        pass


def likely(name: str, w: SimpleNamespace) -> Any:
    """What is right for a parameter of this name, with luck."""
    texts = {
        "through": "liked_tweets",
        "by": "tweets",
        "field": "username",
        "name": "tweets",
        "rows": "user",
        "columns": "tweet",
        "first": "user",
        "second": "tweet",
    }
    things = {
        "record": w.ann,
        "tweet": w.tweets[0],
        "records": [w.ann],
        "other": User.all(),
        "data": {"username": ["z"]},
        "low": 1,
    }
    return (texts | things | {"k": 2, "limit": 2, "i": 0, "id": 1, "path": "a.db", "callback": print, "high": 2}).get(
        name, 1
    )


def calls(
    of: Any, said: ast.FunctionDef, w: SimpleNamespace, hostile: list[Any], chance: random.Random
) -> Iterator[Callable[[], Any]]:
    """Each hostile value for each parameter, the others being right; and any of them anywhere."""
    takes = said.args
    bare = [each.arg for each in takes.posonlyargs + takes.args if each.arg not in ("self", "cls")]
    needed = bare[: max(len(bare) - len(takes.defaults), 0)]
    named = [each.arg for each in takes.kwonlyargs]
    must = {name: likely(name, w) for name, default in zip(named, takes.kw_defaults, strict=True) if default is None}
    if takes.vararg:
        bare.append(takes.vararg.arg)
    yield of
    yield partial(of, *[likely(name, w) for name in needed], **must)
    for value in hostile:
        for at, name in enumerate(bare):
            before = [likely(other, w) for other in bare[:at]]
            after = [likely(other, w) for other in needed[at + 1 :]]
            yield partial(of, *before, value, *after, **must)
            yield partial(of, *before, value, *after, **{each: chance.choice(hostile) for each in named[:2]})
            known(partial(of, *before, **must, **{name: value}))
        for name in named + (chance.sample(NAMES, 4) if takes.kwarg else []):
            yield partial(of, *[likely(other, w) for other in needed], **(must | {name: value}))
    for _ in range(ROUNDS):
        given = chance.choices(hostile, k=chance.randrange(4))
        yield partial(
            of, *given, **{chance.choice(named + NAMES): chance.choice(hostile) for _ in range(chance.randrange(3))}
        )


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Files that a call makes are made in a folder of the test's own; what it makes the process's store is put back."""
    monkeypatch.chdir(tmp_path)
    before = replace_default(None)
    replace_default(before)
    yield
    replace_default(before)


def test_every_public_class_has_subjects():
    with Store():
        w = world()
        with w.store:
            assert set(subjects(w)) == set(STUB)
    public = set(hasmany.__all__) - {name for name in hasmany.__all__ if not callable(getattr(hasmany, name))}
    assert public - set(STUB) - set(STUB[""]) <= {"Json", "Measure", "OnConflict", "OnDelete", "OnMissing"}


@pytest.mark.parametrize("owner", STUB)
def test_whatever_is_passed_a_known_error_comes_out(owner):
    chance = random.Random(owner)
    for name, said in STUB[owner].items():
        w = world()
        with w.store:
            hostile, given = values(w), subjects(w)[owner]
        for subject in given:
            known(w.store.__enter__)
            try:
                of = getattr(subject, name)
            except (*KNOWN, Whim):
                continue
            if callable(of) and said is not None:
                for call in calls(of, said, w, hostile, chance):
                    known(call)
            elif not name.startswith("__") and not isinstance(subject, type):  # a class would keep it
                for value in hostile:
                    known(partial(setattr, subject, name, value))
            known(partial(w.store.__exit__, None, None, None))
        known(w.store.check)
        known(w.other.check)


@pytest.mark.filterwarnings("ignore:elementwise:DeprecationWarning")  # of NumPy
@pytest.mark.parametrize("owner", STUB)
def test_whatever_python_does_with_an_object_a_known_error_comes_out(owner):
    w = world()
    with w.store:
        hostile, given = values(w), subjects(w)[owner]
    for subject in given:
        if isinstance(subject, type) or subject is hasmany:
            continue
        with w.store:
            for of in (
                repr,
                str,
                hash,
                bool,
                len,
                iter,
                list,
                reversed,
                copy.copy,
                copy.deepcopy,
                pickle.dumps,
                dir,
                vars,
                np.asarray,
            ):
                known(lambda of=of, subject=subject: of(subject))
            for value in hostile:
                for operate in (
                    lambda a, b: a == b,
                    lambda a, b: a != b,
                    lambda a, b: a < b,
                    lambda a, b: a >= b,
                    lambda a, b: a & b,
                    lambda a, b: a | b,
                    lambda a, b: a - b,
                    lambda a, b: a ^ b,
                    lambda a, b: a + b,
                    lambda a, b: a * b if not isinstance(a, tuple) and not isinstance(b, tuple) else None,
                    lambda a, b: a in b,
                    lambda a, b: a[b],
                    lambda a, b: a.__setitem__(b, b),
                    lambda a, b: f"{a:{b}}" if type(b) is str and len(b) < 9 else None,
                    lambda a, b: getattr(a, b),
                ):
                    known(lambda operate=operate, subject=subject, value=value: operate(subject, value))
                    known(lambda operate=operate, subject=subject, value=value: operate(value, subject))
    known(w.store.check)


@pytest.mark.parametrize("model", [User, Tweet, Doctor, Appointment, Reading], ids=lambda model: model.__name__)
def test_whatever_a_field_is_given_a_known_error_comes_out(model):
    w = world()
    records = [w.ann, w.tweets[0], w.house, w.visit, w.reading]
    with w.store:
        record = next(each for each in records if type(each) is model)
        for name in [*inspect.signature(model).parameters, "tweets", "patients", "x"]:
            for value in values(w):
                known(lambda name=name, value=value: setattr(record, name, value))
                known(lambda name=name, value=value: model(**{name: value}))
                known(lambda name=name, value=value: model.insert_all(**{name: [value, value]}))
                known(lambda name=name, value=value: model.where(**{name: value}).update_all(**{name: value}))
                known(lambda name=name, value=value: model.all().find_by(**{name: hasmany.between(value, value)}))
    known(w.store.check)
