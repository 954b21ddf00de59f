"""What rankings of a lake cost: counted before they run, refused where it is too much, shown while they run; and slices of owners."""

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hasmany import CorruptStoreError, Like, SchemaError, Store, Tweet, User, col
from hasmany.lake import Lake
from hasmany.lake.engine import limit
from hasmany.ranked import Question, ranked

from ..rank.likes import fill
from .test_rankings import LIKES, WAYS, lake, rows, same

__all__ = ["lake"]


def test_the_cost(lake):
    degrees = [len(tweet.likers) for tweet in Tweet.all()]
    cost = lake[User].similar("liked_tweets").cost()
    assert (cost.owners, cost.links, cost.pairs) == (60, sum(degrees), sum(degree**2 for degree in degrees))
    assert cost.way == "memory" and cost.bytes < cost.memory_limit
    some = User.all()[:3]
    cost = lake[User].where(id=[1, 2, 3]).similar("liked_tweets").cost()
    assert cost.pairs == sum(len(tweet.likers) for user in some for tweet in user.liked_tweets)
    assert (cost.owners, cost.links) == (3, sum(degrees))
    assert lake[User].similar("liked_tweets", way="sql").cost().way == "sql"


def test_few_owners_of_many_links_are_asked_by_sql(tmp_path):
    fill(300, 3000, 6000)
    Store.current().to_parquet(tmp_path / "likes")
    with Lake(tmp_path / "likes", models=LIKES) as lake:
        assert lake[User].similar("liked_tweets").cost().way == "memory"
        few = lake[User].where(id=7)
        assert few.similar("liked_tweets").cost().way == "sql"
        assert few.recommend("liked_tweets", max_links=10).cost().way == "memory"  # draws what memory draws
        same(few.similar("liked_tweets"), User.where(id=7).similar("liked_tweets"))


def test_what_does_not_fit_is_refused_with_its_numbers(lake, monkeypatch):
    monkeypatch.setattr(lake._opened, "memory_limit", lambda: 9000)
    for found in (lake[User].similar("liked_tweets"), lake[User].recommend("liked_tweets")):
        cost = found.cost()
        assert cost.way is None and cost.memory_limit == 9000
        for read in (pa.table, lambda found: found.to_dicts(), lambda found: found.select("rank").table()):
            with pytest.raises(SchemaError) as raised:
                read(found)
            assert isinstance(raised.value, MemoryError)
            for number in (cost.links, cost.bytes, cost.memory_limit, cost.pairs):
                assert f"{number:,}" in str(raised.value)
            assert "lake[Model].where" in str(raised.value) and 'way="sql"' in str(raised.value)
    assert "max_links" in str(raised.value)
    same(lake[User].similar("liked_tweets", way="sql"), User.all().similar("liked_tweets"))
    monkeypatch.setattr(lake._opened, "memory_limit", lambda: 14_000)
    assert lake[User].where(id=[1]).similar("liked_tweets").cost().way == "sql"


def test_by_sql_max_links_samples(lake, monkeypatch):
    whole = {
        row[:1] + row[2:3]: row[3] for row in rows(lake[User].recommend("liked_tweets", 40, way="sql", damping=(1, 0)))
    }
    monkeypatch.setattr(lake._opened, "memory_limit", lambda: 9000)
    sums: dict[Any, float] = dict.fromkeys(whole, 0.0)
    for seed in range(60):
        found = lake[User].recommend("liked_tweets", 40, damping=(1, 0), max_links=80, seed=seed)
        assert found.cost().way == "sql"
        for owner, _, member, score in rows(found):
            sums[owner, member] += score / 60
    again = lake[User].recommend("liked_tweets", 40, damping=(1, 0), max_links=80, seed=59)
    same(found, again)
    # What is expected is the score of the whole walk.
    assert sum(sums.values()) == pytest.approx(sum(whole.values()), rel=0.05)
    near = sum(abs(sums[pair] - score) for pair, score in whole.items())
    assert near < 0.35 * sum(whole.values())


# ── progress ──────────────────────────────────────────────────────────────────────────────────────


class Bar:
    def __init__(self, **options: Any) -> None:
        self.options, self.count, self.closed = options, 0, 0

    def update(self, by: int) -> None:
        self.count += by

    def close(self) -> None:
        self.closed += 1


@pytest.mark.parametrize("way", WAYS)
def test_progress(lake, way, monkeypatch):
    bars: list[Bar] = []
    monkeypatch.setattr("tqdm.auto.tqdm", lambda **options: bars.append(Bar(**options)) or bars[-1])
    found = lake[User].recommend("liked_tweets", way=way, progress=True)
    assert bars == []
    pa.table(found)
    found.select("rank").to_dicts()
    assert [(bar.count, bar.closed, bar.options["total"]) for bar in bars] == [(60, 1, 60)] * 2
    reader = pa.RecordBatchReader.from_stream(found)
    del reader
    pa.table(lake[User].recommend("liked_tweets", way=way))
    assert len(bars) == 2


# ── slices of owners, as a task of a cluster has them ─────────────────────────────────────────────


def test_slices_of_a_file_of_pairs(lake, tmp_path):
    (tmp_path / "pairs").mkdir()
    table = pa.table(Like.all().select(owner="user", member="tweet"))
    pq.write_table(table[:300], tmp_path / "pairs" / "00.parquet")
    pq.write_table(table[300:], tmp_path / "pairs" / "01.parquet")
    within = Tweet.where(col("id") > 20)
    question = Question("recommend", 4, {"damping": "auto"}, within=pa.array(within.ids))
    found = []
    for at in range(0, 70, 13):
        owners = pa.array(range(at, min(at + 13, 70)))
        found += list(ranked(tmp_path / "pairs", question, owners))
    assert rows(pa.Table.from_batches(found)) == rows(User.all().recommend("liked_tweets", 4, within=within))


def test_what_a_limit_says():
    class Engine:
        name = "another"

    for text, number in (("2GB", 2 * 10**9), ("1.5 GiB", 3 * 2**29), (17, 17), ("953.6 MiB", 999_922_073), ("5", 5)):
        assert limit(Engine(), text) == number
    assert limit(Engine(), None) > 10**8
    with pytest.raises(ValueError, match="memory_limit is bytes or a text like '2GB'"):
        limit(Engine(), "much")


def test_what_fails_while_links_are_read_is_said_as_it_is(lake, monkeypatch):
    def stream(_rows):
        yield pa.record_batch({"owner": pa.array([1]), "member": pa.array([1])})
        raise MemoryError("no room to sort")

    monkeypatch.setattr(lake._opened, "stream", stream)
    with pytest.raises(MemoryError, match="no room to sort"):
        lake[User].similar("liked_tweets", way="memory").to_dicts()


def test_pairs_that_come_twice_are_no_links(tmp_path):
    pq.write_table(pa.table({"owner": [1, 1], "member": [2, 2]}), tmp_path / "pairs.parquet")
    with pytest.raises(CorruptStoreError, match="links"):
        list(ranked(tmp_path / "pairs.parquet", Question("similar", 3), pa.array([1])))
