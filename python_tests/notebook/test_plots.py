"""Pictures: what is drawn, where, and what is refused."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import hasmany.plot
import numpy as np
import pytest
from hasmany import Many, Model, Store, Tweet, User, field, has_many

from ..places import ROOT
from .cinema import Film, Person, Rating

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("agg")
plt: Any = pytest.importorskip("matplotlib.pyplot")


class Woman(Model):
    name: str = field(unique=True)
    attendances: Many["Attendance"] = has_many()
    events: Many["Event"] = has_many(through="attendances")


class Event(Model):
    code: str = field(unique=True)
    women: Many["Woman"] = has_many(through="attendances")
    attendances: Many["Attendance"] = has_many()


class Attendance(Model, unique=("woman", "event")):
    woman: Woman
    event: Event


class Visit(Model):
    at: datetime | None = None
    day: date | None = None
    stars: int | None = None


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


@pytest.fixture
def women() -> Many[Woman]:
    lines = (ROOT / "examples" / "southern_women.csv").read_text("utf-8").splitlines()[1:]
    pairs = [line.split(",") for line in lines]
    Attendance.insert_all(
        {"woman.name": [one for one, _ in pairs], "event.code": [other for _, other in pairs]}, create_missing=True
    )
    return Woman.all()


def drawn(ax: Any) -> None:
    """It can be drawn, and says what it is."""
    assert ax.get_title()
    ax.figure.canvas.draw()


# Degrees


def test_degrees_are_the_part_of_members_with_as_many_or_more():
    users = User.insert_all(username=[str(n) for n in range(4)])
    tweets = Tweet.insert_all(message=[str(n) for n in range(5)], user=users[0])
    for tweet, likers in zip(tweets, (1, 1, 2, 4, 0), strict=True):
        tweet.likers.add(users[:likers])
    ax = tweets.plot.degrees("likers")
    (line,) = ax.lines
    assert line.get_xdata().tolist() == [1, 2, 4]
    assert line.get_ydata().tolist() == [0.8, 0.4, 0.2]
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert ax.get_title() == "likers of 5 Tweet (1 without any)"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("number of likers", "part of Tweet with as many or more")
    drawn(ax)


def test_degrees_of_many_kinds_are_few_points():
    users = User.insert_all(username=[str(n) for n in range(450)])
    tweets = Tweet.insert_all(message="x", user=users.ids)
    likes = [(n, tweet) for tweet in range(1, 451) for n in range(1, tweet + 1)]
    from hasmany import Like

    Like.insert_all(user=[n for n, _ in likes], tweet=[tweet for _, tweet in likes])
    (line,) = hasmany.plot.degrees(tweets, "likers").lines
    xs = line.get_xdata()
    assert len(xs) <= 400 and xs[0] == 1 and xs[-1] == 450
    np.testing.assert_allclose(line.get_ydata(), (451 - xs) / 450)


def test_degrees_of_nothing_are_refused():
    User("ann")
    with pytest.raises(ValueError, match="none of the 1 User has any tweets"):
        User.all().plot.degrees("tweets")
    with pytest.raises(hasmany.SchemaError):
        User.all().plot.degrees("nothing")


# Over time


def visits(**columns: Any) -> Many[Visit]:
    return Visit.insert_all(**columns)


def test_over_time_counts_in_the_finest_steps_that_can_be_seen():
    start = datetime(2024, 2, 28, tzinfo=UTC)
    made = visits(at=[start, start + timedelta(hours=1), start + timedelta(days=2), None])
    ax = made.plot.over_time("at")
    (patch,) = ax.patches
    assert patch.get_data().values.sum() == 3
    assert ax.get_ylabel() == "Visit per hour"
    assert ax.get_title() == "3 Visit over time"
    ax = made.plot.over_time("at", every="day")
    assert ax.patches[0].get_data().values.tolist() == [2, 0, 1]
    drawn(ax)


def test_over_time_of_a_field_is_its_mean():
    made = visits(
        day=[date(2023, 12, 31), date(2024, 1, 1), date(2024, 1, 31), date(2024, 3, 1)], stars=[1, 2, 5, None]
    )
    ax = made.plot.over_time("day", "stars", every="month")
    (line,) = ax.lines
    assert line.get_ydata().tolist() == [1, 3.5]
    assert line.get_xdata().astype("datetime64[D]").tolist() == [date(2023, 12, 1), date(2024, 1, 1)]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("day", "mean of stars per month")
    drawn(ax)


def test_weeks_begin_on_mondays():
    made = visits(day=[date(2024, 1, 7), date(2024, 1, 8), date(2024, 1, 14), date(2024, 1, 15)])
    values, edges, _ = made.plot.over_time("day", every="week").patches[0].get_data()
    assert values.tolist() == [1, 2, 1]
    assert edges.astype("datetime64[D]").tolist()[0] == date(2024, 1, 1)


def test_over_time_along_a_reference():
    ann = Person("a@example.org", "Ann")
    Rating(ann, Film("Alien", 1979), 5, datetime(2024, 5, 1, tzinfo=UTC))
    ax = Rating.all().plot.over_time("at", "film.year")
    assert ax.lines[0].get_ydata().tolist() == [1979]


def test_over_time_refuses_what_is_no_time():
    made = visits(at=[None], stars=[1])
    with pytest.raises(ValueError, match="none of the 1 Visit has at"):
        made.plot.over_time("at")
    with pytest.raises(TypeError, match="stars holds no datetimes or dates"):
        made.plot.over_time("stars")
    visits(at=[datetime(1990, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)])
    with pytest.raises(ValueError, match="take longer ones"):
        Visit.all().plot.over_time("at", every="second")
    with pytest.raises(ValueError, match="every is one of second, minute"):
        hasmany.plot.over_time(Visit.all(), "at", every="fortnight")  # type: ignore[arg-type]
    ann = Person("a@example.org", "Ann")
    Rating(ann, Film("Alien", 1979), 5, datetime(2024, 5, 1, tzinfo=UTC))
    with pytest.raises(TypeError, match="holds no numbers"):
        Rating.all().plot.over_time("at", "film.title")


# Two sides


def test_the_two_groups_of_the_women_show(women):
    ax = women.plot.bipartite("events")
    heights = {text.get_text(): text.get_position()[1] for text in ax.texts}
    down = sorted((name for name in women.values("name")), key=lambda name: -heights[name])
    assert {name.split()[0] for name in down[:9]} == {
        "Evelyn", "Laura", "Theresa", "Brenda", "Charlotte", "Frances", "Eleanor", "Pearl", "Ruth",
    }  # fmt: skip
    left, right = ax.collections[1:]
    assert len({tuple(colour) for colour in left.get_facecolors()}) == 2
    assert len(left.get_offsets()) == 18 and len(right.get_offsets()) == 14
    assert len(ax.collections[0].get_segments()) == len(Attendance.all())
    assert ax.get_title() == f"events of 18 Woman: {len(Attendance.all())} links"
    drawn(ax)


def test_the_same_relation_is_the_same_picture(women):
    positions = [[text.get_position() for text in women.plot.bipartite("events").texts] for _ in range(2)]
    assert positions[0] == positions[1]


def test_a_member_without_any_stands_last(women):
    Woman("Zoe")
    ax = Woman.all().plot.bipartite("events")
    assert next(text.get_position()[1] for text in ax.texts if text.get_text() == "Zoe") == 0


def test_groups_that_nothing_joins_stand_apart():
    for group in ("a", "b"):
        people = [Woman(f"{group}{n}") for n in range(3)]
        for n in range(2):
            Event(f"{group}{n}").women.add(people)
    ax = Woman.all().plot.bipartite("events")
    heights = {text.get_text(): text.get_position()[1] for text in ax.texts if len(text.get_text()) == 2}
    women_first = sorted(Woman.all().values("name"), key=lambda name: -heights[name])
    assert {name[0] for name in women_first[:3]} in ({"a"}, {"b"})


def test_a_large_relation_is_refused_with_the_way():
    users = User.insert_all(username=[str(n) for n in range(151)])
    tweet = users[0].post_tweet("x")
    tweet.likers.add(users)
    with pytest.raises(ValueError, match=r"151 User are more than can be seen; .*many\.top\(50, by=\"liked_tweets\"\)"):
        User.all().plot.bipartite("liked_tweets")
    drawn(User.all().top(50, by="liked_tweets").records.plot.bipartite("liked_tweets"))
    with pytest.raises(ValueError, match="none of the 1 User has any tweets"):
        users[5:6].plot.bipartite("tweets")


# Overlaps


def test_the_matrix_of_overlaps(women):
    ax = women.plot.overlap("events")
    shown = ax.images[0].get_array()
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert sorted(names) == sorted(women.values("name"))
    by_name = {woman.name: woman for woman in women}
    for at, one in enumerate(names):
        for to, other in enumerate(names):
            if at == to:
                assert shown.mask[at, to]
            else:
                assert shown[at, to] == by_name[one].events.overlap(by_name[other].events)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Woman", "Woman")
    drawn(ax)


def test_an_overlap_of_a_part_is_in_the_order_of_that_part(women):
    part = Woman.all().order_by("name")[:5]
    names = [label.get_text() for label in part.plot.overlap("events").get_yticklabels()]
    assert sorted(names) == part.values("name")


def test_an_overlap_of_too_many_or_too_few_is_refused():
    User.insert_all(username=[str(n) for n in range(1001)])
    with pytest.raises(ValueError, match="2 to 1,000 members, not 1,001; take a part"):
        User.all().plot.overlap("liked_tweets")
    with pytest.raises(ValueError, match=r"not 1$"):
        User.all()[:1].plot.overlap("liked_tweets")
    drawn(User.all()[:41].plot.overlap("liked_tweets"))


# Rankings


def test_a_ranking_is_bars_the_best_on_top(women):
    ax = hasmany.plot.ranking(Event.all().top(3, by="women"))
    assert [bar.get_width() for bar in ax.patches] == Event.all().top(3, by="women").scores.tolist()
    assert [label.get_text() for label in ax.get_yticklabels()] == Event.all().top(3, by="women").records.values("code")
    assert ax.yaxis_inverted()
    assert ax.get_title() == "Ranking of 3 Event"
    drawn(ax)


def test_a_long_ranking_shows_its_first_forty():
    users = User.insert_all(username=[str(n) for n in range(60)])
    users[0].post_tweet("x").likers.add(users)
    ax = hasmany.plot.ranking(User.all().top(60, by="liked_tweets"))
    assert len(ax.patches) == 40
    assert ax.get_title() == "The best 40 of 60 User"
    with pytest.raises(ValueError, match="there are no User in it"):
        hasmany.plot.ranking(users[:0].top(3, by="tweets"))


# Where they are drawn


def test_each_is_drawn_on_the_axes_that_are_given_and_returns_them(women):
    visits(at=[datetime(2024, 1, 1, tzinfo=UTC)])
    _, all_axes = plt.subplots(1, 5)
    calls = [
        lambda ax: women.plot.degrees("events", ax=ax),
        lambda ax: Visit.all().plot.over_time("at", ax=ax),
        lambda ax: women.plot.bipartite("events", ax=ax),
        lambda ax: women.plot.overlap("events", ax=ax),
        lambda ax: hasmany.plot.ranking(women.top(by="events"), ax=ax),
    ]
    before = plt.get_fignums()
    for ax, call in zip(all_axes, calls, strict=True):
        assert call(ax) is ax
    assert plt.get_fignums() == before


def test_without_matplotlib_it_says_what_to_install(women, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"pip install 'hasmany\[plot\]'"):
        women.plot.degrees("events")


def test_the_two_groups_differ_in_lightness_too():
    """So they are told apart in grey, and by those who see no colours."""
    from hasmany.plot.canvas import BLUE, ORANGE
    from matplotlib.colors import to_rgb

    light = [np.dot(to_rgb(colour), [0.299, 0.587, 0.114]) for colour in (BLUE, ORANGE)]
    assert abs(light[0] - light[1]) > 0.25


def test_a_store_of_its_own_is_asked(women):
    with Store():
        assert women.plot.degrees("events").get_title() == "events of 18 Woman"
