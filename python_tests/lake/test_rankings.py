"""Rankings of a lake: the same owners, ranks, members and scores as in memory, whichever way they are computed."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hasmany import Like, SchemaError, Store, Tweet, User, col
from hasmany.lake import Lake
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ..rank.likes import fill
from ..rank.people import Appointment, Doctor, Follow, Patient, Person

WAYS = ["memory", "sql"]
LIKES = [User, Tweet, Like]
SETTINGS = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    phases=[Phase.reuse, Phase.generate],  # each example writes files and opens an engine
)


def rows(rankings: Any) -> list[tuple[Any, ...]]:
    return list(zip(*pa.table(rankings).to_pydict().values(), strict=True))


def same(found: Any, wanted: Any) -> None:
    """The same rankings; of two members with one score by the formula either may be first, where their sums, which SQL makes in any
    order, lie at the edge of what is rounded."""
    got, expected = rows(found), rows(wanted)
    assert [row[:2] for row in got] == [row[:2] for row in expected]
    assert [row[3] for row in got] == pytest.approx([row[3] for row in expected], rel=1e-12, abs=0)
    scores = {(owner, member): score for owner, _, member, score in expected}
    for owner, _, member, score in got:
        assert scores.get((owner, member), score) == pytest.approx(score, rel=1e-12, abs=0)
    swapped = sum(one[2] != two[2] for one, two in zip(got, expected, strict=True))
    assert swapped <= len(got) // 50


@pytest.fixture
def lake(tmp_path) -> Any:
    fill(60, 40, 600)
    Store.current().to_parquet(tmp_path / "likes")
    with Lake(tmp_path / "likes", models=LIKES) as lake:
        yield lake


similar = st.fixed_dictionaries(
    {
        "measure": st.sampled_from(["cosine", "jaccard", "overlap", "count"]),
        "shrink": st.sampled_from([10.0, 0.0, -0.0, 3.5]) | st.floats(0, 1000),
    }
)
recommend = st.fixed_dictionaries(
    {
        "damping": st.sampled_from(["auto", None, (0.8, 0.2), (1, 0), (0, 4)])
        | st.tuples(st.floats(0, 4), st.floats(0, 4))
    }
)
pairs = st.lists(st.tuples(st.integers(1, 12), st.integers(1, 15)), max_size=110)
ks = st.integers(0, 4) | st.just(10**30)


def compared(draws: Any, folder: str, models: list[Any], owner: Any, through: str, members: Any) -> None:
    """Some questions of the current store and of a lake of it."""
    assert all(len(model.all()) >= 0 for model in models)  # the store knows them all
    Store.current().to_parquet(Path(folder, "export"))
    with Lake(Path(folder, "export"), models=models) as lake:
        some = col("id").is_in(draws.draw(st.sets(st.integers(1, 13), max_size=6)))
        only = col("id") > draws.draw(st.integers(0, 14))
        for way in WAYS:
            k, how = draws.draw(ks), draws.draw(similar)
            same(lake[owner].similar(through, k, way=way, **how), owner.all().similar(through, k, **how))
            same(
                lake[owner].where(some).similar(through, k, way=way, **how),
                owner.where(some).similar(through, k, **how),
            )
            k, how = draws.draw(ks), draws.draw(recommend)
            same(lake[owner].recommend(through, k, way=way, **how), owner.all().recommend(through, k, **how))
            same(
                lake[owner].where(some).recommend(through, k, way=way, within=lake[members].where(only), **how),
                owner.where(some).recommend(through, k, within=members.where(only), **how),
            )


@SETTINGS
@given(st.data(), pairs)
def test_unique_pairs(draws, pairs):
    with Store(), TemporaryDirectory() as folder:
        User.insert_all(username=[f"u{at}" for at in range(12)])
        Tweet.insert_all(message=["m"] * 15, user=[1] * 15)
        if pairs:
            users, tweets = zip(*dict.fromkeys(pairs), strict=True)
            Like.insert_all(user=users, tweet=tweets)
        compared(draws, folder, LIKES, User, "liked_tweets", Tweet)
    with Store(), TemporaryDirectory() as folder:
        Person.insert_all(name=[f"p{at}" for at in range(15)])
        for follower, followed in dict.fromkeys(pairs):
            Follow(Person.find(follower), Person.find(followed))
        compared(draws, folder, [Person, Follow], Person, "following", Person)


@SETTINGS
@given(st.data(), st.lists(st.tuples(st.none() | st.integers(1, 12), st.none() | st.integers(1, 15)), max_size=110))
def test_pairs_that_repeat_and_lead_nowhere(draws, pairs):
    with Store(), TemporaryDirectory() as folder:
        Doctor.insert_all(name=[f"d{at}" for at in range(12)])
        Patient.insert_all(name=[f"p{at}" for at in range(15)])
        if pairs:
            doctors, patients = zip(*pairs, strict=True)
            Appointment.insert_all(doctor=doctors, patient=patients)
        compared(draws, folder, [Doctor, Patient, Appointment], Doctor, "patients", Patient)


def test_the_memory_way_says_the_same_to_the_last_digit(lake):
    for options in ({}, {"damping": (0.7, 0.3)}, {"max_links": 60, "seed": 4}, {"max_links": 60, "seed": -(10**30)}):
        assert rows(lake[User].recommend("liked_tweets", 7, way="memory", **options)) == rows(
            User.all().recommend("liked_tweets", 7, **options)
        )
    assert rows(lake[Tweet].similar("likers", 7, way="memory")) == rows(Tweet.all().similar("likers", 7))


def test_ids_with_gaps(tmp_path):
    fill(60, 40, 600)
    for at in (2, 5, 17, 33):
        User.find(at).delete()
    User.insert_all(id=[1_000_000_007], username=["late"])[0].like_tweet(Tweet.all()[3])
    Store.current().to_parquet(tmp_path / "gaps")
    with Lake(tmp_path / "gaps", models=LIKES) as lake:
        for way in WAYS:
            same(lake[User].recommend("liked_tweets", way=way), User.all().recommend("liked_tweets"))
        # A list in memory has places of rows that were deleted, until it is packed.
        Store.current().compact()
        sampled = {"max_links": 50, "seed": 2}
        assert rows(lake[User].recommend("liked_tweets", way="memory", **sampled)) == rows(
            User.all().recommend("liked_tweets", **sampled)
        )


@pytest.mark.parametrize("way", WAYS)
def test_the_order_of_owners(lake, way):
    for some in (
        lake[User].order_by("username", reverse=True),
        lake[User].where(col("id") < 9).order_by(col("id").desc()),
    ):
        owners = [row[0] for row in rows(some.similar("liked_tweets", 2, way=way))]
        assert list(dict.fromkeys(owners)) == some.values("id")
    owners = [row[0] for row in rows(lake[User].where(id=[5, 3, 9]).recommend("liked_tweets", 2, way=way))]
    assert owners == [3, 3, 5, 5, 9, 9]


@pytest.mark.parametrize("way", WAYS)
def test_select(lake, way):
    asked = ["owner.username", "rank", "message", "score", "owner", "member", "member.user.username"]
    named = {
        "likes": col("likers").count(),
        "mine": col("owner.liked_tweets").count(),
        "who": col("likers.username").list(),
    }
    wanted = User.all().recommend("liked_tweets", 3).select(*asked, **named)
    found = lake[User].recommend("liked_tweets", 3, way=way).select(*asked, **named)
    assert found.columns == tuple(asked) + tuple(named)
    assert pa.table(found).schema.names == list(found.columns)
    got, expected = found.to_dicts(), wanted.to_dicts()
    scores = [[row.pop("score") for row in table] for table in (got, expected)]
    assert got == expected and scores[0] == pytest.approx(scores[1], rel=1e-12)
    alike = lake[User].order_by("username").similar("liked_tweets", 2, way=way).select("owner.username", "username")
    assert alike.column("username").tolist() == [row["username"] for row in alike.to_dicts()]
    assert [row["owner.username"] for row in alike.to_dicts()] == sorted(
        row["owner.username"] for row in alike.to_dicts()
    )
    with pytest.raises(SchemaError, match="did you mean 'message'"):
        lake[User].recommend("liked_tweets").select("mesage")
    with pytest.raises(SchemaError, match="a score is a number"):
        lake[User].recommend("liked_tweets").select("score.x")


@pytest.mark.parametrize("way", WAYS)
def test_how_it_goes_out(lake, way, tmp_path):
    found = lake[User].recommend("liked_tweets", 3, way=way)
    memory = User.all().recommend("liked_tweets", 3)
    assert len(found) == 60 and found.columns == ("owner", "rank", "member", "score")
    assert pa.table(found).schema == pa.table(memory).schema
    assert found.table().columns == found.columns and len(found.table()) == len(rows(memory))
    assert found.to_dicts()[:2] == pa.table(found).to_pylist()[:2]
    assert pa.Table.from_batches(found).equals(pa.table(found))
    assert sum(batch.num_rows for batch in found.select("rank")) == len(found.table())
    assert found.column("rank").tolist() == pa.table(memory)["rank"].to_pylist()
    found.to_parquet(tmp_path / "ranked.parquet")
    assert pq.read_table(tmp_path / "ranked.parquet").equals(pa.table(found))
    found.select("rank", "message").to_parquet(tmp_path / "selected.parquet")
    assert pq.read_table(tmp_path / "selected.parquet").column_names == ["rank", "message"]
    wished = pa.schema([("owner", pa.int32()), ("rank", pa.int8()), ("member", pa.int64()), ("score", pa.float32())])
    assert pa.RecordBatchReader.from_stream(found, wished).read_all().schema.types == wished.types
    with pytest.raises(FileNotFoundError):
        found.to_parquet(tmp_path / "none" / "ranked.parquet")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["likes", "ranked.parquet", "selected.parquet"]
    assert "LakeRankings of User by liked_tweets" in repr(found)


def test_nothing_half_is_left(lake, tmp_path, monkeypatch):
    found = lake[User].recommend("liked_tweets", 3, way="memory")
    (tmp_path / "out.parquet").write_text("before")
    monkeypatch.setattr("hasmany.ranked.Links.rankings", lambda *_: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        found.to_parquet(tmp_path / "out.parquet")
    assert (tmp_path / "out.parquet").read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["likes", "out.parquet"]


def test_ctrl_c_is_heard_by_whoever_reads(lake, monkeypatch):
    def pressed(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("hasmany.ranked.Links.rankings", pressed)
    found = lake[User].recommend("liked_tweets", 3, way="memory")
    for read in (list, lambda found: found.to_dicts(), lambda found: list(found.select("rank"))):
        with pytest.raises(KeyboardInterrupt):
            read(found)
    with pytest.raises(KeyboardInterrupt):
        try:
            pa.table(found)
        except pa.ArrowException:
            time.sleep(30)  # it comes once the reader has ended, with an error of its own


# ── what is wrong ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("ask", "given"),
    [
        ("similar", {"through": "liked_tweet"}),
        ("similar", {"through": "tweets"}),
        ("similar", {"through": "username"}),
        ("similar", {"through": 3}),
        ("similar", {"through": "liked_tweets", "k": -1}),
        ("similar", {"through": "liked_tweets", "k": "3"}),
        ("similar", {"through": "liked_tweets", "k": 2.0}),
        ("similar", {"through": "liked_tweets", "measure": "euclid"}),
        ("similar", {"through": "liked_tweets", "shrink": -1}),
        ("similar", {"through": "liked_tweets", "shrink": float("nan")}),
        ("similar", {"through": "liked_tweets", "shrink": "1"}),
        ("recommend", {"through": "tweets"}),
        ("recommend", {"through": "liked_tweets", "damping": "none"}),
        ("recommend", {"through": "liked_tweets", "damping": (1, 5)}),
        ("recommend", {"through": "liked_tweets", "damping": 1}),
        ("recommend", {"through": "liked_tweets", "max_links": 0}),
        ("recommend", {"through": "liked_tweets", "seed": "1"}),
        ("recommend", {"through": "liked_tweets", "within": [1]}),
    ],
)
def test_errors_are_those_of_memory_and_at_once(lake, ask, given):
    with pytest.raises((SchemaError, TypeError, ValueError)) as memory:
        getattr(User.all(), ask)(**given)
    with pytest.raises(type(memory.value)) as found:
        getattr(lake[User], ask)(**given)
    assert str(found.value) == str(memory.value)


def test_other_errors(lake, tmp_path):
    with pytest.raises(TypeError, match="within takes a collection of Tweet"):
        lake[User].recommend("liked_tweets", within=lake[User])
    Store.current().to_parquet(tmp_path / "other")
    with Lake(tmp_path / "other", models=LIKES) as other, pytest.raises(ValueError, match="another store"):
        lake[User].recommend("liked_tweets", within=other[Tweet])
    with pytest.raises(ValueError, match="another store"):
        lake[User].recommend("liked_tweets", within=Tweet.all())
    with pytest.raises(ValueError, match="way is 'memory', 'sql', 'tasks' or None"):
        lake[User].similar("liked_tweets", way="magic")
    found = lake[User].similar("liked_tweets")
    with pytest.raises(SchemaError, match="no records in a lake"):
        found[User.find(1)]
    lake.close()
    with pytest.raises(ValueError, match="closed"):
        found.to_dicts()


@pytest.mark.parametrize("way", [None, *WAYS])
def test_nobody_and_nothing(tmp_path, way):
    with Store() as store:
        assert len(Like.all()) == 0
        store.to_parquet(tmp_path / "none")
        User.insert_all(username=["a", "b"])
        Tweet("one", User.find(1))
        store.to_parquet(tmp_path / "lonely")
        User.find(1).like_tweet(Tweet.find(1))
        store.to_parquet(tmp_path / "one")
    for name, users in (("none", 0), ("lonely", 2), ("one", 2)):
        with Lake(tmp_path / name, models=LIKES) as lake:
            for found in (lake[User].similar("liked_tweets", way=way), lake[User].recommend("liked_tweets", way=way)):
                assert rows(found) == [] and len(found) == users and found.to_dicts() == []
                assert found.select("rank", "owner.username").to_dicts() == []
                assert found.cost().pairs == (1 if name == "one" else 0)
            assert rows(lake[User].where(col("id") > 99).similar("liked_tweets", way=way)) == []
