"""`select` of rankings: what they say, what their records say, and what those say whose rankings they are."""

import re
import threading

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hasmany import DeletedError, Like, Many, Model, SchemaError, Table, Tweet, User, col, field, has_many

from .likes import fill


class Player(Model):
    """Has the names that a ranking has."""

    handle: str = field(unique=True)
    score: int
    rank: int = 0
    owner: str | None = None
    wins: Many["Win"] = has_many()
    games: Many["Game"] = has_many(through="wins")


class Game(Model, key="title"):
    title: str = field(unique=True)
    member: Player | None = None
    wins: Many["Win"] = has_many()
    players: Many[Player] = has_many(through="wins")


class Win(Model, unique=("player", "game")):
    player: Player
    game: Game


@pytest.fixture
def likes(store) -> list[User]:
    ann, bea, cat = User.insert_all(username=["ann", "bea", "cat"])
    tweets = Tweet.insert_all(message=["rust", "tea", "snow"], user=[ann, ann, bea])
    Like.insert_all(user=[1, 2, 2, 3, 3, 3], tweet=[1, 1, 2, 1, 2, 3])
    assert len(tweets) == 3
    return [ann, bea, cat]


@pytest.fixture
def games(store) -> None:
    ada, bob = Player("ada", 7), Player("bob", 5, 1, "x")
    chess, go, whist = Game("chess", ada), Game("go"), Game("whist")
    ada.games.add(chess, go)
    bob.games.add(chess, whist)


# ── one ranking ───────────────────────────────────────────────────────────────────────────────────


def test_a_ranking_has_names(likes):
    top = Tweet.all().top(2, by="likers")
    table = top.select("rank", "message", "score", "user", "user.username", fans=col("likers.username").list())
    assert isinstance(table, Table) and table.columns == ("rank", "message", "score", "user", "user.username", "fans")
    assert table.to_dicts() == [
        {
            "rank": 1,
            "message": "rust",
            "score": 3.0,
            "user": 1,
            "user.username": "ann",
            "fans": ["ann", "bea", "cat"],
        },
        {"rank": 2, "message": "tea", "score": 2.0, "user": 1, "user.username": "ann", "fans": ["bea", "cat"]},
    ]
    assert repr(top.select("score", "message")) == "score  message\n  3.0  rust\n  2.0  tea"
    assert pl.DataFrame(top.select("score", n=col("likers").count())).rows() == [(3.0, 3), (2.0, 2)]


def test_names_are_those_that_were_given(likes):
    top = Tweet.all().top(1, by="likers")
    table = top.select("score", col("score").alias("again"), place="rank", of=col("ranking.rank"))
    assert table.to_dicts() == [{"score": 3.0, "again": 3.0, "place": 1, "of": 1}]
    assert top.select("ranking.score", "ranking.member.message").columns == ("ranking.score", "ranking.member.message")
    assert top.select("id", col("likers").count()).to_dicts() == [{"id": 1, "likers.count()": 3}]


def test_of_every_kind_of_ranking_and_of_slices(likes):
    ann, bea, cat = likes
    assert ann.similar("liked_tweets", shrink=0).select("username", "score").to_dicts() == [
        {"username": other.username, "score": score} for other, score in ann.similar("liked_tweets", shrink=0)
    ]
    found = ann.recommend("liked_tweets")
    assert found.select("message").column("message").tolist() == found.records.values("message") == ["tea", "snow"]
    assert found[1:].select("rank", "message").to_dicts() == [{"rank": 1, "message": "snow"}]
    assert found[:0].select("message", "score").to_dicts() == []
    assert User.all().top(3, by=col("liked_tweets").count()).select("score").column("score").tolist() == [3, 2, 1]
    Tweet.find(message="tea").delete()
    assert found.select("rank", "message").to_dicts() == [{"rank": 1, "message": "snow"}]
    assert (bea, cat) == tuple(User.all()[1:])


def test_a_name_that_may_be_both_is_refused_with_both_ways(games):
    top = Player.all().top(2, by="games")
    for name in ("score", "rank"):
        for column in (name, col(name), col(name) * 2):
            with pytest.raises(SchemaError) as caught:
                top.select(column)
            assert f"'ranking.member.{name}' is the Player's, 'ranking.{name}' the ranking's" in str(caught.value)
    assert top.select("ranking.score", "ranking.member.score", x=col("ranking.member.score") + 1).to_dicts() == [
        {"ranking.score": 2.0, "ranking.member.score": 7, "x": 8},
        {"ranking.score": 2.0, "ranking.member.score": 5, "x": 6},
    ]
    # One ranking has no owner and calls its records no members.
    assert top.select("owner").column("owner").tolist() == [None, "x"]
    assert Game.all().top(1, by="players").select("member.handle").to_dicts() == [{"member.handle": "ada"}]
    # A condition on members is asked of them, and there the name is in no doubt.
    count = col("players").filter(col("score") > 5).count()
    assert Game.all().top(9, by="players").select("title", n=count).to_dicts() == [
        {"title": "chess", "n": 1},
        {"title": "go", "n": 1},
        {"title": "whist", "n": 0},
    ]


@pytest.mark.parametrize(
    ("columns", "error", "words"),
    [
        ((), TypeError, "at least one column"),
        ((3,), TypeError, "names of fields and expressions"),
        (("mesage",), SchemaError, "did you mean 'message'"),
        (("likers",), SchemaError, "many values"),
        (("score", "score"), SchemaError, "two columns are called 'score'"),
        ((col("score") + col("message"),), SchemaError, "float and str"),
        ((col("score") * col("likers.id"),), SchemaError, "many values"),
        ((col("score") * col("likers.id").list(),), SchemaError, "likers.id.list() is a list"),
        ((col("score") == col("user"),), SchemaError, "user is User; beside a rank, a score or the other side"),
        ((col("score").year(),), SchemaError, "score"),
        (("score.x",), SchemaError, "'score.x': a score is a number"),
        (("ranking",), SchemaError, "behind 'ranking.' stands rank or score or member"),
        (("ranking.message",), SchemaError, "behind 'ranking.' stands rank"),
        (("ranking.owner",), SchemaError, "behind 'ranking.' stands rank"),
        (("owner.username",), SchemaError, "Tweet has no field or collection 'owner'"),
        ((col("score").desc(),), SchemaError, "desc"),
    ],
)
def test_what_cannot_be_selected_says_why(likes, columns, error, words):
    top = Tweet.all().top(2, by="likers")
    with pytest.raises(error, match=re.escape(words)):
        top.select(*columns)
    assert len(top) == 2


def test_rank_and_score_are_computed_with(likes):
    ann, _, _ = likes
    top = Tweet.all().top(3, by="likers")
    table = top.select(
        col("score") * 2,
        col("rank").is_in([1, 3]),
        share=col("score") / col("likers").count(),
        more=col("likers.id").sum() - col("rank"),
        best=(col("rank") == 1) & (col("message") == "rust"),
        own=(col("user") == ann) | (col("score") < 2),
        off=~(col("score") > col("rank")),
        text=col("message").if_none("none"),
        round=(col("score") / 7).round(2),
        cold=col("ranking.rank") + col("ranking.member.id"),
    )
    assert table.columns[:2] == ("score * 2", "rank.is_in([1, 3])")
    assert table.to_dicts() == [
        dict(zip(table.columns, row, strict=True))
        for row in [
            (6.0, True, 1.0, 5, True, True, False, "rust", 0.43, 2),
            (4.0, False, 1.0, 3, False, True, True, "tea", 0.29, 4),
            (2.0, True, 1.0, 0, False, True, True, "snow", 0.14, 6),
        ]
    ]
    assert pl.DataFrame(table)["more"].dtype == pl.Int64
    assert top[:0].select(x=col("score") + col("id")).column("x").tolist() == []
    with pytest.raises(SchemaError, match="stands for records"):
        top.select(col("score").is_in([ann]))
    with pytest.raises(OverflowError):
        top.select((col("rank") + 2**62) * 2)
    # Written alike and not the same.
    either = (col("likers").contains(likes[0]) & (col("rank") > 0)) | (
        col("likers").contains(likes[1]) & (col("rank") > 0)
    )
    assert top.select(either=either).column("either").tolist() == [True, True, False]


def test_what_is_none_is_none_in_what_is_computed(games):
    top = Player.all().top(2, by="games")
    table = top.select("ranking.rank", x=col("ranking.score") + col("ranking.member.rank"), y=col("owner") == "x")
    assert table.to_dicts() == [
        {"ranking.rank": 1, "x": 2.0, "y": False},
        {"ranking.rank": 2, "x": 3.0, "y": True},
    ]
    games = Game.all().top(3, by="players").select("title", x=col("member.score") * col("score"))
    assert games.column("x").tolist()[0] == 14.0 and np.isnan(games.column("x")[1:]).all()


def test_a_record_with_a_field_called_ranking(store):
    class Club(Model):
        name: str
        ranking: int = 3

    Club("a")
    top = Club.all().top(1, by=col("id"))
    assert top.select("score", "name").to_dicts() == [{"score": 1.0, "name": "a"}]
    for path in ("ranking", "ranking.score"):
        with pytest.raises(SchemaError, match=r"'ranking.*' may be a name of Club or of the ranking"):
            top.select(path)


# ── the rankings of many ──────────────────────────────────────────────────────────────────────────


def test_rankings_have_names_of_both_sides(likes):
    found = User.all().recommend("liked_tweets", 5)
    table = found.select("owner.username", "rank", "message", "score", n=col("owner.liked_tweets").count())
    expected = [
        {"owner.username": user.username, "rank": rank, "message": tweet.message, "score": score, "n": n}
        for user, n in zip(likes, [1, 2, 3], strict=True)
        for rank, (tweet, score) in enumerate(user.recommend("liked_tweets", 5), 1)
    ]
    assert table.to_dicts() == expected and len(expected) == 3
    assert pa.table(table).to_pylist() == pl.DataFrame(table).to_dicts() == expected
    assert pd.DataFrame.from_arrow(found.select("message"))["message"].tolist() == ["tea", "snow", "snow"]
    assert found.select("member.message", "ranking.member.id").columns == ("member.message", "ranking.member.id")


def test_the_four_columns_are_those_of_the_stream(likes):
    found = User.all().recommend("liked_tweets", 5)
    assert pa.table(found.select("owner", "rank", "member", "score")).to_pylist() == pa.table(found).to_pylist()
    assert found.select("owner.id", "member.id").column("member.id").tolist() == pa.table(found)["member"].to_pylist()


def test_a_side_with_a_key_is_its_key(games):
    found = Player.all().recommend("games", 5)
    scores = [found[player].scores[0] for player in Player.all()]
    assert found.select("owner", "ranking.member", "owner.score", "score").to_dicts() == [
        {"owner": 1, "ranking.member": "whist", "owner.score": 7, "score": scores[0]},
        {"owner": 2, "ranking.member": "go", "owner.score": 5, "score": scores[1]},
    ]
    with pytest.raises(SchemaError, match=r"'member' is a name of Game and of the ranking"):
        found.select("member.handle")


def test_names_that_may_be_of_either_are_refused(games):
    alike = Player.all().similar("games", 5)
    for name in ("score", "rank", "owner", "owner.handle"):
        with pytest.raises(SchemaError, match=r"is a name of Player and of the ranking: 'ranking\.member\."):
            alike.select(name)
    assert alike.select("ranking.owner.handle", "handle", "ranking.member.owner").to_dicts() == [
        {"ranking.owner.handle": "ada", "handle": "bob", "ranking.member.owner": "x"},
        {"ranking.owner.handle": "bob", "handle": "ada", "ranking.member.owner": None},
    ]
    with pytest.raises(SchemaError, match=r"int and str"):
        alike.select(col("ranking.owner.score") - col("handle"))
    gap = col("ranking.owner.score") - col("ranking.member.score")
    assert alike.select("handle", gap=gap).to_dicts() == [{"handle": "bob", "gap": 2}, {"handle": "ada", "gap": -2}]
    with pytest.raises(SchemaError, match=r"User has no field or collection 'usernme'"):
        User.all().similar("liked_tweets").select("owner.usernme")


def test_rankings_are_computed_of_both_sides(likes):
    found = User.all().recommend("liked_tweets", 5)
    table = found.select(
        own=col("owner.id") == col("user.id"), x=col("owner.liked_tweets").count() * col("rank"), y=col("score") * 2
    )
    expected = [
        {"own": user == tweet.user, "x": len(user.liked_tweets) * rank, "y": score * 2}
        for user in likes
        for rank, (tweet, score) in enumerate(user.recommend("liked_tweets", 5), 1)
    ]
    assert table.to_dicts() == pa.table(table).to_pylist() == expected
    with pytest.raises(SchemaError, match=r"owner is User.*as owner\.id is"):
        found.select(col("owner") == col("user"))


def test_nothing_is_computed_before_it_is_read(store):
    fill()
    table = User.all().recommend("liked_tweets", 3).select("owner.username", "message", "score")
    late = Tweet.find(1).likers
    before = pa.table(table)
    for user in User.all()[:20]:
        user.like_tweet(Tweet.find(1))
    assert late and pa.table(table) != before, "each reading computes"
    kept = table.to_dicts()
    assert len(table) == len(kept) and kept[0]["score"] > 0
    Like.all().delete_all()
    assert table.to_dicts() == kept == pa.table(table).to_pylist(), "what was computed whole is kept"


def test_it_streams_batch_by_batch(store):
    fill(3000, 50, 9000)
    table = User.all().similar("liked_tweets", 5).select("owner.username", "rank", "username", "score")
    reader = pa.RecordBatchReader.from_stream(table)
    first = reader.read_next_batch()
    assert 0 < first.num_rows <= 65_536
    User.all()[2000:].delete_all()  # nothing of the store is held between two batches
    rest = pa.Table.from_batches([first, *reader])
    assert set(rest["owner.username"].to_pylist()) <= set(User.all().values("username"))
    assert rest["rank"].to_pylist().count(1) == len(set(rest["owner.username"].to_pylist()))


def test_shown_it_computes_the_first_alone(store):
    fill(3000, 50, 9000)
    table = User.all().similar("liked_tweets", 5).select("owner.username", "rank", "username")
    lines = repr(table).splitlines()
    assert len(lines) == 12 and lines[0].startswith("owner.username") and lines[-1] == "... computed as they are read"
    assert "the first 10 rows" in table._repr_html_()
    assert len(table) > 10_000
    assert repr(table).splitlines()[:-1] == lines[:-1] and repr(table).endswith(f"... {len(table)} rows")
    few = User.all()[:1].similar("liked_tweets", 2).select("rank")
    assert repr(few) == "rank\n   1\n   2"


def test_of_nobody_it_has_columns_all_the_same(store):
    table = User.all().recommend("liked_tweets").select("owner.username", "rank", "message", "score")
    assert len(table) == 0 and table.to_dicts() == [] and table.column("score").dtype == np.float64
    types = {
        "owner.username": pa.large_string(),
        "rank": pa.int64(),
        "message": pa.large_string(),
        "score": pa.float64(),
    }
    assert {field.name: field.type for field in pa.table(table).schema} == types
    with pytest.raises(KeyError, match="did you mean 'score'"):
        table.column("scor")


def test_wished_types_and_lists(likes):
    found = User.all().recommend("liked_tweets", 5)
    table = found.select("rank", who=col("likers.username").list(), theirs=col("owner.liked_tweets.message").list())
    wished = pa.schema([("rank", pa.int8()), ("who", pa.list_(pa.string())), ("theirs", pa.large_list(pa.string()))])
    assert pa.RecordBatchReader.from_stream(table, wished).read_all()["rank"].type == pa.int8()
    assert table.to_dicts() == [
        {"rank": 1, "who": ["bea", "cat"], "theirs": ["rust"]},
        {"rank": 2, "who": ["cat"], "theirs": ["rust"]},
        {"rank": 1, "who": ["cat"], "theirs": ["rust", "tea"]},
    ]
    assert table.column("theirs").tolist()[2] == ["rust", "tea"]


def declare() -> type[Model]:
    """Each call redefines what the one before declared."""

    class Guest(Model):
        name: str
        stays: Many["Stay"] = has_many()
        rooms: Many["Room"] = has_many(through="stays")

    class Room(Model):
        number: int

    class Stay(Model):
        guest: Guest
        room: Room

    for guest, room in [("a", 1), ("a", 2), ("b", 1)]:
        one = Guest.find_or_create(name=guest)
        one.rooms.add(Room.find_or_create(number=room))
    return Guest


def test_models_that_were_redefined_are_asked_anew(store):
    guests = declare()
    table = guests.all().recommend("rooms").select("owner.name", "number")
    assert table.columns == ("owner.name", "number") and pa.table(table).num_rows == 1
    declare()
    with pytest.raises(SchemaError, match="redefined"):
        len(table)
    assert len(guests.all().recommend("rooms").select("owner.name", "number")) == 1


def test_progress_is_told_while_it_is_read(store, monkeypatch):
    told: list[int] = []

    class Bar:
        def __init__(self, total: int | None, unit: str) -> None:
            assert (total, unit) == (60, " rankings")

        def update(self, by: int) -> None:
            told.append(by)

        def close(self) -> None:
            told.append(-1)

    monkeypatch.setattr("hasmany._notebook.progress", Bar)
    fill()
    table = User.all().recommend("liked_tweets", 3, progress=True).select("message")
    repr(table)
    assert told == []
    pa.table(table)
    assert sum(told[:-1]) == 60 and told[-1] == -1
    told.clear()
    pa.RecordBatchReader.from_stream(table).close()
    assert told == [-1]
    told.clear()
    assert len(table) > 0 and len(table) > 0 and told[-1] == -1 and sum(told) == 59


def test_threads_read_while_others_write(store):
    fill()
    found = User.all().recommend("liked_tweets", 3)
    table, wrong = found.select("owner.username", "rank", "score"), []

    def read() -> None:
        for _ in range(20):
            ranks = pa.table(table)["rank"].to_pylist()
            if any(rank not in (1, 2, 3) for rank in ranks):
                wrong.append(ranks)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    tweet, user = Tweet.find(1), User.find(1)
    while any(thread.is_alive() for thread in threads):
        user.unlike_tweet(tweet)
        user.like_tweet(tweet)
    for thread in threads:
        thread.join()
    assert not wrong


def test_records_of_a_deleted_asker(likes):
    found = likes[0].recommend("liked_tweets")
    likes[0].delete()
    with pytest.raises(DeletedError):
        likes[0].recommend("liked_tweets")
    assert found.select("message").to_dicts() == [{"message": "snow"}]


def test_it_says_what_asking_one_by_one_says(store):
    fill(120, 30, 700)
    found = User.all().similar("liked_tweets", 4)
    n, far = col("owner.liked_tweets").count(), col("owner.liked_tweets.message").list()
    table = pa.table(found.select("owner.username", "rank", "username", "score", n=n, far=far, m=col("likes").count()))
    assert table.to_pylist() == [
        {
            "owner.username": owner.username,
            "rank": rank,
            "username": other.username,
            "score": score,
            "n": len(owner.liked_tweets),
            "far": owner.liked_tweets.values("message"),
            "m": len(other.likes),
        }
        for owner in User.all()
        for rank, (other, score) in enumerate(owner.similar("liked_tweets", 4), 1)
    ]
