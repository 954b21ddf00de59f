"""The rankings of many records as one table."""

import os
import subprocess
import sys
import threading

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hasmany import Rankings, SchemaError, Store, Tweet, User

from .clinic import Appointment, Doctor, Patient
from .likes import fill


def rows(rankings: Rankings) -> list[tuple[int, int, int, float]]:
    table = pa.table(rankings)
    return list(zip(*table.to_pydict().values(), strict=True))


def expected(ask, owners) -> list[tuple[int, int, int, float]]:
    return [
        (owner.id, rank, record.id, score) for owner in owners for rank, (record, score) in enumerate(ask(owner), 1)
    ]


def test_the_same_as_one_by_one():
    fill(700, 60, 4000)
    users = User.all()
    recommended = users.recommend("liked_tweets", 5)
    assert isinstance(recommended, Rankings) and len(recommended) == 700
    assert rows(recommended) == expected(lambda user: user.recommend("liked_tweets", 5), users)
    alike = users.similar("liked_tweets", 3, measure="jaccard")
    assert rows(alike) == expected(lambda user: user.similar("liked_tweets", 3, measure="jaccard"), users)
    user = users[17]
    assert recommended[user] == user.recommend("liked_tweets", 5)
    best = recommended[user][0].record
    assert recommended[user].why(best) == user.recommend("liked_tweets", 5).why(best)


def test_where_pairs_repeat():
    doctors, patients = [Doctor(str(at)) for at in range(20)], [Patient(str(at)) for at in range(15)]
    for at in range(200):
        Appointment(doctors[at * at % 20], patients[at * 7 % 15])
    assert rows(Doctor.all().recommend("patients")) == expected(lambda one: one.recommend("patients"), doctors)
    assert rows(Patient.all().similar("doctors")) == expected(lambda one: one.similar("doctors"), patients)


def test_options_reach_every_ranking():
    fill()
    within, some = Tweet.all()[10:30], User.all()[20:40]
    options = {"within": within, "damping": (0.9, 0.1), "max_links": 300, "seed": 4}
    assert rows(some.recommend("liked_tweets", 4, **options)) == expected(
        lambda user: user.recommend("liked_tweets", 4, **options), some
    )
    assert some.recommend("liked_tweets", **options)[some[0]].sampled


def test_the_table():
    fill()
    rankings = User.all().recommend("liked_tweets", 2)
    table = pa.table(rankings)
    whole = [pa.field(name, pa.int64(), False) for name in ("owner", "rank", "member")]
    assert table.schema == pa.schema([*whole, pa.field("score", pa.float64(), False)])
    assert pl.DataFrame(rankings).rows() == rows(rankings)
    assert pd.DataFrame.from_arrow(rankings)["member"].tolist() == table["member"].to_pylist()
    assert duckdb.sql("SELECT count(DISTINCT owner), max(rank) FROM rankings").fetchall() == [(60, 2)]
    wished = pa.schema([("owner", pa.int32()), ("rank", pa.int8()), ("member", pa.int64()), ("score", pa.float32())])
    assert pa.RecordBatchReader.from_stream(rankings, wished).read_all().schema.types == wished.types


def test_it_streams_batch_by_batch():
    fill(3000, 50, 9000)
    reader = pa.RecordBatchReader.from_stream(User.all().similar("liked_tweets", 5))
    batches = list(reader)
    assert len(batches) > 3 and max(batch.num_rows for batch in batches) <= 65_536
    reader = pa.RecordBatchReader.from_stream(User.all().similar("liked_tweets", 5))
    first = reader.read_next_batch()
    assert first == batches[0]
    User.all()[2000:].delete_all()  # nothing of the store is held between two batches
    rest = reader.read_all()
    assert max(rest["owner"].to_pylist()) <= 2000 and max(rest["member"].to_pylist()) <= 2000


def test_readers_with_threads_of_their_own():
    fill(5000, 50, 12_000)
    rankings = User.all().similar("liked_tweets", 5)
    whole = rows(rankings)
    assert len(whole) > 20_000
    assert duckdb.sql("SELECT * FROM rankings ORDER BY owner, rank").fetchall() == whole
    assert pl.DataFrame(rankings).rows() == whole


def test_owners_are_those_of_the_moment_less_the_deleted():
    fill()
    rankings = User.all().recommend("liked_tweets", 1)
    late = User("late")
    User.find(5).delete()
    assert len(rankings) == 59
    with pytest.raises(KeyError, match="late"):
        rankings[late]
    late.delete()
    with pytest.raises(KeyError, match="deleted"):
        rankings[late]
    with pytest.raises(TypeError, match="takes User, not int"):
        rankings[3]
    with pytest.raises(KeyError):
        rankings[Tweet.find(1)]
    assert repr(rankings) == "<Rankings of 59 User by liked_tweets>"


def test_nobody_and_nothing():
    assert rows(User.all().recommend("liked_tweets")) == []
    User("a")
    assert rows(User.all().recommend("liked_tweets")) == [] and len(User.all().recommend("liked_tweets")) == 1
    fill()
    assert rows(User.all().recommend("liked_tweets", 0)) == []


def test_bad_input_is_an_error_at_once():
    users = User.all()
    with pytest.raises(SchemaError, match="did you mean 'liked_tweets'"):
        users.recommend("liked_tweet")
    with pytest.raises(SchemaError, match="no links to walk"):
        users.similar("tweets")
    with pytest.raises(ValueError, match="k is 0 or more"):
        users.similar("liked_tweets", -1)
    with pytest.raises(ValueError, match="measure"):
        users.similar("liked_tweets", measure="euclid")
    with pytest.raises(TypeError, match="within"):
        users.recommend("liked_tweets", within=users)


# ── progress ──────────────────────────────────────────────────────────────────────────────────────


class Bars(list):
    """Stands for tqdm, and remembers its bars."""

    def __call__(self, **options):
        bar = Bar(options)
        self.append(bar)
        return bar


class Bar:
    def __init__(self, options):
        self.options, self.count, self.closed, self.limit = options, 0, 0, None
        self.why = "the bar broke"

    def update(self, by):
        self.count += by
        if self.limit is not None and self.count >= self.limit:
            raise RuntimeError(self.why)

    def close(self):
        self.closed += 1


@pytest.fixture
def bars(monkeypatch) -> Bars:
    bars = Bars()
    monkeypatch.setattr("tqdm.auto.tqdm", bars)
    return bars


def test_progress(bars):
    fill(1200, 40, 3000)
    rankings = User.all().recommend("liked_tweets", progress=True)
    assert bars == []
    pa.table(rankings)
    (bar,) = bars
    assert (bar.count, bar.closed, bar.options["total"]) == (1200, 1, 1200)
    pa.table(User.all().similar("liked_tweets"))
    assert len(bars) == 1


def test_the_bar_is_closed_when_the_reader_stops(bars):
    fill(1200, 40, 3000)
    reader = pa.RecordBatchReader.from_stream(User.all().recommend("liked_tweets", progress=True))
    reader.read_next_batch()
    assert bars[0].closed == 0 and 0 < bars[0].count < 1200
    del reader
    assert bars[0].closed == 1


def test_the_bar_is_closed_when_it_fails(bars):
    fill(1200, 40, 3000)
    reader = pa.RecordBatchReader.from_stream(User.all().recommend("liked_tweets", progress=True))
    reader.read_next_batch()
    bars[0].limit = 1
    with pytest.raises(Exception, match="the bar broke"):
        reader.read_next_batch()
    assert bars[0].closed == 1


def test_what_fails_may_say_anything_to_the_reader(bars):
    fill(1200, 40, 3000)
    reader = pa.RecordBatchReader.from_stream(User.all().recommend("liked_tweets", progress=True))
    bars[0].limit, bars[0].why = 0, "a zero \0 in C"
    with pytest.raises(Exception, match=r"a zero \\0 in C"):
        reader.read_next_batch()
    with pytest.raises(StopIteration):
        reader.read_next_batch()


# ── threads and processes ─────────────────────────────────────────────────────────────────────────


def test_many_threads_read_and_one_writes(in_threads, store):
    fill(900, 50, 5000)
    users, tweets, done = list(User.all()[:50]), list(Tweet.all()), threading.Event()

    def write():
        for at in range(400):
            users[at % 50].like_tweet(tweets[at % 37])
            users[at % 50].unlike_tweet(tweets[at % 37])
        done.set()

    def read():
        while not done.is_set():
            with store:
                table = pa.table(User.all().recommend("liked_tweets", 3))
            assert table.num_rows <= 2700
            assert len(users[3].similar("liked_tweets")) <= 10

    in_threads(write, read, read)


def test_inside_a_transaction_of_its_own():
    fill(600, 50, 3000)
    store = Store.current()
    with store.transaction():
        User.find(2).delete()
        assert 2 not in pa.table(User.all().similar("liked_tweets"))["owner"].to_pylist()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_ranks_too():
    program = """
import os, pyarrow as pa
from hasmany import Like, Tweet, User
User.insert_all(username=[str(at) for at in range(600)])
Tweet.insert_all(message="m", user=[1] * 30)
Like.insert_all(user=[at % 600 + 1 for at in range(1800)], tweet=[at * at % 30 + 1 for at in range(1800)], on_conflict="skip")
whole = pa.table(User.all().similar("liked_tweets", 3))
child = os.fork()
if child == 0:
    os._exit(0 if pa.table(User.all().similar("liked_tweets", 3)).equals(whole) else 1)
assert os.waitpid(child, 0)[1] == 0
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True, timeout=120)


def test_annotations_may_say_what_is_ranked():
    assert str(Rankings[User]) == "hasmany.Rankings[hasmany.User]"


def test_owners_are_in_them():
    with Store():
        alice, bob = User("alice"), User("bob")
        rankings = User.where(id=1).recommend("liked_tweets")
        assert alice in rankings and bob not in rankings
        assert None not in rankings and 1 not in rankings and "alice" not in rankings
