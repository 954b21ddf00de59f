"""Rankings of many owners, walked through batch by batch: Ctrl-C ends it at once, and memory does not grow. In memory and in a lake."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hasmany import Like, Tweet, User

pa = pytest.importorskip("pyarrow")

WORLD = """
import json, os, subprocess, sys, time
import numpy as np, pyarrow as pa
import tqdm.auto
from hasmany import Like, Store, Tweet, User

class Bar:
    def __init__(self, **options): self.total, self.count, self.closed = options["total"], 0, 0; bars.append(self)
    def update(self, by): self.count += by
    def close(self): self.closed += 1

bars, folder, way = [], sys.argv[1], sys.argv[2]
tqdm.auto.tqdm = Bar

def liked(users, tweets, each):
    User.insert_all(username=[f"u{at}" for at in range(users)])
    Tweet.insert_all(message="m", user=np.ones(tweets, dtype=np.int64))
    user = np.repeat(np.arange(users) + 1, each)
    tweet = np.random.default_rng(7).integers(1, tweets + 1, len(user))
    Like.insert_all(user=user, tweet=tweet, on_conflict="skip")

def asked(ask, users, tweets, each, **options):
    if way == "store":
        liked(users, tweets, each)
        return getattr(User.all(), ask)("liked_tweets", 10, **options)
    from hasmany.lake import Lake
    with Store() as store:
        liked(users, tweets, each)
        store.to_parquet(folder)
    lake = Lake(folder, models=[User, Tweet, Like])
    return getattr(lake[User], ask)("liked_tweets", 10, way=way, **options)
"""
INTERRUPTED = """
rankings, other, seen = asked("recommend", 8000, 2000, 30, progress=True), None, 0
try:
    for batch in rankings:
        seen += 1
        if other is None:
            first = batch
            other = subprocess.Popen(["sh", "-c", f"sleep 0.1; date +%s.%N; kill -INT {os.getpid()}"], stdout=subprocess.PIPE, text=True)
    heard = None
except KeyboardInterrupt:
    heard = time.time() - float(other.stdout.readline())
(bar,) = bars
again = next(iter(rankings))
print(json.dumps({"heard": heard, "seen": seen, "bar": [bar.total, bar.count, bar.closed], "same": again.equals(first)}))
"""
INTERRUPTED_SQL = """
rankings = asked("recommend", 4000, 1000, 30, progress=True)
for read in (lambda: list(rankings), rankings.to_dicts):
    other = subprocess.Popen(["sh", "-c", f"sleep 0.5; kill -INT {os.getpid()}"])
    try:
        read()
    except KeyboardInterrupt:
        print(json.dumps({"users": len(rankings), "closed": bars[-1].closed}))
"""
BOUNDED = """
def resident():
    with open("/proc/self/statm") as numbers:
        return int(numbers.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

# What is resident goes up and down with the allocators: it is the peaks of two halves that tell of growth.
rankings, owners = asked("similar", 100_000, 20_000, 2), 0
rows, sizes, peaks = 0, [0, 0], [0, 0]
for batch in rankings:
    half = int(owners >= 50_000)
    rows, sizes[half], peaks[half] = rows + batch.num_rows, sizes[half] + batch.nbytes, max(peaks[half], resident())
    owners += len(set(batch.column(0).to_pylist()))
print(json.dumps({"rows": rows, "sizes": sizes, "more": peaks[1] - peaks[0]}))
"""


def run(program: str, folder: Path, way: str) -> Any:
    command = [sys.executable, "-c", WORLD + program, str(folder / "export"), way]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return lines if len(lines) > 1 else lines[0]


def lakes(way: str) -> None:
    if way != "store":
        pytest.importorskip("ibis", reason="hasmany.lake needs ibis")


@pytest.mark.skipif(os.name != "posix", reason="signals are sent by a shell")
@pytest.mark.parametrize("way", ["store", "memory"])
def test_ctrl_c_ends_it_and_it_can_be_asked_again(tmp_path, way):
    lakes(way)
    found = run(INTERRUPTED, tmp_path, way)
    assert found["heard"] is not None and found["heard"] < 1, found
    total, count, closed = found["bar"]
    assert total == 8000 and 0 < count < total and closed == 1, found
    assert found["same"] and found["seen"] >= 1


@pytest.mark.skipif(os.name != "posix", reason="signals are sent by a shell")
def test_ctrl_c_ends_what_the_engine_computes(tmp_path):
    lakes("sql")
    done = run(INTERRUPTED_SQL, tmp_path, "sql")
    assert done == [{"users": 4000, "closed": 1}] * 2


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="resident memory is read of /proc")
@pytest.mark.parametrize("way", ["store", "memory"])
def test_memory_does_not_grow_with_the_owners(tmp_path, way):
    lakes(way)
    found = run(BOUNDED, tmp_path, way)
    assert min(found["sizes"]) > 12 << 20, found
    # What the second half brings would more than thrice break this bound, were it kept.
    assert found["more"] < 4 << 20, found


def test_batches_are_those_of_the_table(store):
    User.insert_all(username=[f"u{at}" for at in range(1200)])
    Tweet.insert_all(message="m", user=[1] * 30)
    Like.insert_all(
        user=[at % 1200 + 1 for at in range(3600)], tweet=[at * at % 30 + 1 for at in range(3600)], on_conflict="skip"
    )
    rankings = User.all().similar("liked_tweets", 3)
    batches = list(rankings)
    assert len(batches) > 2 and pa.Table.from_batches(batches).equals(pa.table(rankings))
    assert [batch.num_rows for batch in User.where(username="nobody").similar("liked_tweets")] == []


def test_a_bar_that_breaks_says_why(store, monkeypatch):
    class Broken(Exception): ...

    def broken(**_: Any) -> Any:
        raise Broken

    User("a")
    monkeypatch.setattr("tqdm.auto.tqdm", broken)
    with pytest.raises(Broken):
        next(iter(User.all().similar("liked_tweets", progress=True)))
    assert [batch.num_rows for batch in User.all().similar("liked_tweets")] == []
