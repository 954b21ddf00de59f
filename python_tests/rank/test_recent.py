"""`recent=`: the asker's newest links count most, beside matrices."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hasmany import FieldError, Many, Model, SchemaError, Store, col, has_many
from hypothesis import given, settings
from hypothesis import strategies as st

from python_tests.rank.links import agree, walked
from python_tests.rank.test_chosen import DAMPING, MEMBERS, OWNERS, Fan, filled, matrix, world


class Listener(Model):
    name: str
    plays: Many["Play"] = has_many()
    songs: Many["Song"] = has_many(through="plays")


class Song(Model):
    title: str
    plays: Many["Play"] = has_many()
    listeners: Many["Listener"] = has_many(through="plays")


class Play(Model):
    """A pair may have several."""

    listener: Listener
    song: Song
    at: datetime | None = None
    on: date | None = None
    long: timedelta | None = None
    times: int = 1
    note: str = ""


START = datetime(2020, 1, 1, tzinfo=UTC)
PLAYS = st.lists(st.tuples(st.integers(1, OWNERS), st.integers(1, MEMBERS), st.integers(0, 5)), max_size=40)


def played(plays: list[tuple[int, int, int]]) -> None:
    Listener.insert_all(name=["x"] * OWNERS)
    Song.insert_all(title=["x"] * MEMBERS)
    if plays:
        listeners, songs, hours = zip(*plays, strict=True)
        at = [START + timedelta(hours=hour) for hour in hours]
        Play.insert_all(listener=listeners, song=songs, at=at, times=[hour + 1 for hour in hours])


def recency(plays: list[tuple[int, int, Any]], listener: int) -> Any:
    """By song: exp(-newer / 5), where newer is how many of the listener's songs were played later."""
    last: dict[int, Any] = {}
    for one, song, at in plays:
        if one == listener:
            last[song] = max(at, last.get(song, at))
    own = np.zeros(MEMBERS)
    for song, at in last.items():
        own[song - 1] = np.exp(-sum(other > at for other in last.values()) / 5)
    return own


@settings(deadline=None)
@given(PLAYS, st.booleans(), st.booleans(), st.integers(0, 3), DAMPING)
def test_the_newest_count_most(
    plays: list[tuple[int, int, int]], by_time: bool, is_weighed: bool, least: int, damping: Any
) -> None:
    with Store():
        played(plays)
        kept = [(a, b, hour) for a, b, hour in plays if hour >= least]
        weights = (
            matrix([(a, b, hour + 1) for a, b, hour in kept])
            if is_weighed
            else matrix([(a, b, 1) for a, b, _ in kept], lambda _, b: b)
        )
        how: dict[str, Any] = {"weight": "times"} if is_weighed else {}
        how |= {"recent": "at" if by_time else True, "where": col("times") > least, "damping": damping}
        aged = kept if by_time else [(a, b, place) for place, (a, b, _) in enumerate(kept)]
        rankings = Listener.all().recommend("songs", 5, **how)
        for listener in Listener.all():
            found = listener.recommend("songs", 5, **how)
            own = weights[listener.id - 1] * recency(aged, listener.id)
            adds = walked(weights, own, damping, listener.id - 1)
            has = matrix(plays)[listener.id - 1] > 0
            # What it has outside the condition, which is not recommended.
            has |= np.array([any((a, b) == (listener.id, at + 1) for a, b, _ in plays) for at in range(MEMBERS)])
            agree(found, adds.sum(axis=0) * ~has, 5)
            assert list(rankings[listener]) == list(found)
            for song, _score in found:
                by = adds[:, song.id - 1]
                np.testing.assert_allclose(by[found.why(song).ids - 1], np.sort(by[by > 0])[::-1][:3], rtol=1e-9)
        table = rankings.select("score", owner="owner", song="id").to_dicts()
        alone = [(one.id, song.id, score) for one in Listener.all() for song, score in one.recommend("songs", 5, **how)]
        assert [(row["owner"], row["song"], row["score"]) for row in table] == alone


def test_a_thousand_older_links_still_vote() -> None:
    with Store():
        Listener.insert_all(name=["x"] * 2)
        Song.insert_all(title=["x"] * 3002)
        Play.insert_all(listener=[1] * 3000 + [2, 2], song=[*range(1, 3001), 1, 3002])
        found = Listener.find(1).recommend("songs", recent=True)
        assert found.records.ids.tolist() == [3002]
        assert found.why(Song.find(3002)).ids.tolist() == [1]


@pytest.mark.parametrize("recent", [None, False])
def test_nothing_said_is_as_before(recent: Any) -> None:
    with Store():
        fan = world()
        assert fan.recommend("films", recent=recent) == fan.recommend("films")


def test_what_tells_the_age() -> None:
    with Store():
        played([(1, 1, 0), (1, 2, 1), (2, 1, 0), (2, 3, 0), (3, 2, 0), (3, 4, 0)])
        first, second = Play.where(listener=1)
        first.update(on=date(2020, 5, 1), long=timedelta(hours=2))
        second.update(on=date(2020, 4, 1), long=timedelta(hours=1))
        for recent, best in [
            (True, 4),
            ("at", 4),
            ("on", 3),
            ("long", 3),
            (col("times") * -1, 3),
            (col("at").year(), None),
        ]:
            found = Listener.find(1).recommend("songs", recent=recent)
            if best is None:
                assert found.scores[0] == found.scores[1]
            else:
                assert found.records.ids.tolist()[0] == best, recent


def test_an_age_that_is_none_is_refused_with_its_row() -> None:
    with Store():
        played([(1, 1, 0), (2, 1, 0)])
        Play.insert_all(listener=[1, 2], song=[2, 3])
        for ask in (
            lambda: Listener.find(1).recommend("songs", recent="at"),
            lambda: Listener.all().recommend("songs", recent="at").select("id").to_dicts(),
        ):
            with pytest.raises(FieldError, match=r"Play\.at is None in Play 3.*where="):
                ask()
        said = col("at") != None
        assert Listener.find(1).recommend("songs", recent="at", where=said) == []


def test_what_cannot_tell_says_why() -> None:
    with Store():
        filled([(1, 1, 5)])
        played([])
        fan = Fan.find(1)
        with pytest.raises(SchemaError, match=r"star.*did you mean 'stars'"):
            fan.recommend("films", recent="star")
        with pytest.raises(SchemaError, match=r'recent="note" is str; .* times and numbers'):
            Listener.find(1).recommend("songs", recent="note")
        with pytest.raises(SchemaError, match="times and numbers"):
            Listener.find(1).recommend("songs", recent="song")
        for wrong in (1, 0.5, ["stars"]):
            with pytest.raises(TypeError, match="recent takes True, a field"):
                fan.recommend("films", recent=wrong)  # type: ignore[arg-type]
        with pytest.raises(SchemaError, match="no links to walk"):
            fan.recommend("ratings", recent=True)
