"""What a cell shows of records, collections, tables, rankings, pages, stores and stats."""

from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from hasmany import Json, Many, Model, Store, Tweet, User, col, field, has_many
from hasmany.show.grid import grid, remark
from hasmany.show.values import Cell

from .cinema import Card, Copy, Edition, Film, Person, Rating
from .html import Shown, shown


@pytest.fixture
def film() -> Film:
    """Rated by three."""
    film = Film("Alien", 1979, budget=11_000_000)
    for name, stars in (("Ann", 5), ("Bea", 4), ("Cat", 3)):
        Rating(Person(f"{name.lower()}@example.org", name), film, stars, datetime(2024, 5, stars, 9, 30, tzinfo=UTC))
    return film


# Records


def test_a_record_is_a_card_of_its_fields_and_of_how_many_its_collections_have(film):
    card = shown(film)
    assert card.caption == "Film 1"
    assert card.head == []
    assert card.rows == [
        ["title", "Alien"],
        ["year", "1979"],
        ["budget", "11,000,000"],
        ["ratings", "3"],
        ["fans", "3"],
    ]


def test_a_card_shows_the_row_on_the_other_side_of_a_unique_reference(film):
    ann = Person.all()[0]
    assert ["card", "None"] in shown(ann).rows
    Card("4711", ann)
    assert ["card", "4711"] in shown(ann).rows


def test_a_collection_that_would_have_to_be_walked_is_not_counted():
    class Wing(Model):
        name: str

    class Band(Model):
        name: str
        songs: "Many[Song]" = has_many()
        players: "Many[Player]" = has_many(through="songs")

    class Player(Model):
        name: str

    class Song(Model):
        band: Band
        player: Player

    band = Band("Low")
    Song(band, Player("Mimi"))
    assert shown(band).rows == [["name", "Low"], ["songs", "1"], ["players", "a collection"]]


def test_a_deleted_record_says_so(film):
    rating = film.ratings[0]
    rating.delete()
    assert "deleted" in shown(rating).text


def test_a_record_of_a_closed_store_is_shown(tmp_path):
    with Store(tmp_path / "users.db"):
        user = User("ann")
    assert shown(user).rows[0] == ["username", "ann"]


def test_the_card_of_a_class_that_has_one_of_its_own_is_that():
    class Note(Model):
        text: str

        def _repr_html_(self) -> str:
            return f"<i>{self.text}</i>"

    assert Note("x")._repr_html_() == "<i>x</i>"


# Collections


def test_a_collection_shows_references_by_what_names_them(film):
    table = shown(Rating.all())
    assert table.caption == "3 Rating"
    assert table.head == ["id", "person", "film", "stars", "at"]
    assert table.rows[0] == ["1", "Ann", "Alien", "5", "2024-05-05 09:30:00"]
    assert "Person 1" in table.titles and "Film 1" in table.titles


def test_what_names_a_row_is_its_key_else_a_name_else_a_text_else_its_id(film):
    edition = Edition("Alien", 1979)
    Copy(edition, Decimal("12.50"), film.ratings[0])
    Copy()
    table = shown(Copy.all())
    assert table.rows == [["1", "Alien, 1979", "12.50", "Rating 1"], ["2", "None", "0.00", "None"]]


def test_text_stands_left_and_numbers_right(film):
    Film("Aliens", 1986)
    table = shown(Film.all())
    assert table.sides == [["right", "left", "right", "right"]] * 2
    assert table.rows[1] == ["2", "Aliens", "1986", "None"]


def test_long_text_is_shortened_and_stands_in_the_title(film):
    long = "a word " * 100
    film.title = long
    table = shown(Film.all())
    assert len(table.rows[0][1]) <= 60 and table.rows[0][1].endswith("…")
    assert long in table.titles
    film.title = "x" * 100_000
    assert len(Film.all()._repr_html_()) < 6_000


def test_lines_and_tabs_of_a_text_are_spaces(film):
    film.title = "one\n\ntwo\tthree"
    assert shown(Film.all()).rows[0][1] == "one two three"


def test_thousands_stand_apart_but_in_ids_and_years():
    Film.insert_all(id=[10_000, 1_234_567], title="x", year=[1999, 12_345], budget=[9_999, 1_234_567])
    assert shown(Film.all()).rows == [["10000", "x", "1999", "9999"], ["1234567", "x", "12,345", "1,234,567"]]


def test_a_long_collection_shows_its_first_ten_under_the_true_count():
    Film.insert_all(title=[f"film {n}" for n in range(12_345)], year=2000)
    for films in (Film.all(), Film.all()[:], Film.where(year=2000)):
        table = shown(films)
        assert table.caption == "12,345 Film, the first 10"
        assert [row[1] for row in table.rows] == [f"film {n}" for n in range(10)]
    assert shown(Film.all().order_by("title", reverse=True)).rows[0][1] == "film 9999"


def test_a_collection_of_a_deleted_record_says_so(film):
    ratings = film.ratings
    film.ratings.delete_all()
    film.delete()
    assert "deleted" in shown(ratings).text


def test_every_type_is_shown():
    class Kind(Enum):
        WARM = "w"

    class Thing(Model):
        kind: Kind | None = None
        raw: bytes = b""
        tags: Json = field(default=None)
        real: float = 0.0
        flag: bool = False

    Thing(Kind.WARM, b"\x00<b>", {"a": [1, "<i>"]}, 1 / 3, True)
    Thing()
    assert shown(Thing.all()).rows == [
        ["1", "WARM", "b'\\x00<b>'", "{'a': [1, '<i>']}", "0.333333", "True"],
        ["2", "None", "b''", "None", "0", "False"],
    ]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (1234567.891, "1,234,568"),
        (-0.0, "-0"),
        (1e300, "1e+300"),
        (1.5e-9, "1.5e-09"),
        (float("inf"), "inf"),
        (1234.5, "1234.5"),
        (100.0, "100"),
    ],
)
def test_floats_are_shown_with_six_digits(number, text):
    class Reading(Model):
        value: float

    Reading(number)
    assert shown(Reading.all()).rows == [["1", text]]


# Pages, tables, rankings


def test_a_page_says_whether_another_follows(film):
    first = Rating.all().page(2)
    assert shown(first).caption == "2 Rating, a page that others follow"
    assert [row[1] for row in shown(first).rows] == ["Ann", "Bea"]
    assert shown(Rating.all().page(2, first.next)).caption == "1 Rating, a page, the last"


def test_a_table_is_shown_as_a_collection_is(film):
    table = shown(Film.all().select("title", stars=col("ratings.stars").list(), mean=col("ratings.stars").mean()))
    assert table.caption == "1 row"
    assert table.head == ["title", "stars", "mean"]
    assert table.rows == [["Alien", "[5, 4, 3]", "4"]]
    assert table.sides == [["left", "left", "right"]]


def test_a_list_of_very_many_is_shown_by_its_first_ones():
    film = Film("Alien", 1979)
    people = Person.insert_all(email=[f"{n}@example.org" for n in range(5000)], name="x")
    Rating.insert_all(person=people, film=film, stars=3)
    of_many = Film.all().select(stars=col("ratings.stars").list())
    assert shown(of_many).rows[0][0].endswith("…")
    assert len(of_many._repr_html_()) < 6_000
    assert repr(of_many).endswith("…")
    assert len(of_many.to_dicts()[0]["stars"]) == 5000


def test_a_ranking_shows_its_scores_as_bars(film):
    film.ratings[2].delete()
    other = Film("Aliens", 1986)
    Rating(Person.all()[0], other, 5)
    table = shown(Film.all().top(by="fans"))
    assert table.caption == "Ranking of 2 Film"
    assert table.head == ["rank", "score", "id", "title", "year", "budget"]
    assert [row[:4] for row in table.rows] == [["1", "2", "1", "Alien"], ["2", "1", "2", "Aliens"]]
    assert table.bars == [80, 40]


def test_bars_of_scores_below_nothing_are_none():
    Film.insert_all(title=["a", "b", "c"], year=[-1, 0, -3])
    assert shown(Film.all().top(by=col("year"))).bars == [0, 0, 0]
    User.insert_all(username=["a", "b"])
    assert shown(User.all().top(by="tweets")).bars == [0, 0]
    empty = shown(User.all()[:0].top(by="tweets"))
    assert (empty.caption, empty.rows, empty.head) == ("Ranking of 0 User", [], ["rank", "score", "id", "username"])


def test_a_ranking_of_members_with_a_score_of_their_own():
    class Team(Model):
        name: str
        rank: int
        score: int
        ranking: int

    Team("x", 7, 8, 9)
    table = shown(Team.all().top(by=col("score")))
    assert table.rows == [["1", "8", "1", "x", "7", "8", "9"]]


def test_rankings_show_the_best_of_the_first_owners(film):
    for n in range(8):
        ann = User(f"user {n}")
        ann.like_tweet(ann.post_tweet(f"tweet {n}"))
        ann.like_tweet(Tweet.all()[0])
    table = shown(User.all().similar("liked_tweets", measure="count", shrink=0))
    assert table.caption == "Rankings of 8 User by liked_tweets, the first 5"
    assert table.head == ["owner", "1", "2", "3"]
    assert table.rows[1] == ["user 1", "user 0 (1)", "user 2 (1)", "user 3 (1)"]
    assert len(table.rows) == 5
    select = shown(User.all().similar("liked_tweets", 2).select("owner.username", "username", "score"))
    assert select.caption == "the first 10 rows"


# Stores


def test_a_store_shows_its_models_their_rows_and_bytes_and_its_file(store, tmp_path):
    Film.insert_all(title=[str(n) for n in range(1234)], year=2000)
    table = shown(store)
    assert table.caption.startswith("Store of ") and table.caption.endswith("in memory")
    assert table.head == ["model", "rows", "bytes"]
    by_model = {row[0]: row[1:] for row in table.rows}
    assert by_model["Film"][0] == "1,234" and by_model["Film"][1].endswith(" kB")
    User("ann")
    by_model = {row[0]: row[1:] for row in shown(store).rows}
    assert by_model["together"][0] == "1,235"
    with Store(tmp_path / "users.db") as other:
        User("ann")
        assert f"in {tmp_path / 'users.db'}, " in shown(other).caption
    assert shown(other).caption.endswith("closed")
    assert shown(Store()).caption == "Store of 0 models in memory"


def test_a_store_lists_so_many_models_and_counts_the_rest(declare_many):
    store = declare_many(40)
    table = shown(store)
    assert table.caption == "Store of 40 models in memory, the first 30 of 40 models"
    assert len(table.rows) == 31


@pytest.fixture
def declare_many(store, new_module) -> Any:
    def declare(count: int) -> Store:
        module = new_module()
        for n in range(count):
            exec(f"class M{n}(Model):\n    name: str\nM{n}.all()", module.__dict__)  # noqa: S102
        return store

    return declare


def test_stats_show_every_part(store):
    Film.insert_all(title=[str(n) for n in range(1234)], year=2000)
    told = store.stats()
    table = shown(told)
    assert table.caption.startswith(f"{sum(told.rows.values()):,} rows, ") and table.caption.endswith(" in memory")
    assert {row[0] for row in table.rows} == set(told.bytes)
    assert ["Film", "1,234"] in [row[:2] for row in table.rows]
    assert f"{told.bytes['Film']:,} bytes" in table.titles


# What is hostile


HOSTILE = [
    "<script>document.title='ran'</script>",
    "<img src=x onerror=alert(1)>",
    "</td></table></div><b>",
    '" onmouseover="alert(1)',
    "' autofocus onfocus='alert(1)",
    "</style><script>alert(1)</script>",
    "&lt;b&gt; & a < c",
]


def everything(text: str) -> list[Any]:
    """All that shows a text."""
    user = User(text)
    tweet = user.post_tweet(text)
    like = user.like_tweet(tweet)
    other = User(text + "2")
    other.like_tweet(tweet)
    other.like_tweet(other.post_tweet(text))
    return [
        user,
        tweet,
        like,
        User.all(),
        Tweet.all(),
        user.likes,
        Tweet.all().page(1),
        Tweet.all().select("message", **{text: "message"}),
        Tweet.all().select(both=col("likers.username").list()),
        Tweet.all().top(by="likers"),
        User.all().recommend("liked_tweets"),
        user.recommend("liked_tweets"),
    ]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_is_hostile_is_text(hostile):
    for item in everything(hostile):
        html = item._repr_html_()
        assert "<script" not in html.lower() and hostile not in html
        shown = Shown(html).text
        assert hostile in shown or repr(hostile)[1:-1] in shown  # in a list it is quoted


@pytest.mark.parametrize("letter", ["\x00", "\x1b", "\x07", "\x7f", "\x9b"])
def test_letters_that_no_document_may_hold_are_replaced(letter):
    html = User(f"a{letter}b")._repr_html_()
    assert letter not in html and "a\N{REPLACEMENT CHARACTER}b" in html


def test_a_path_is_text(tmp_path):
    path = tmp_path / "<script>alert(1)<b>.db"
    with Store(path) as store:
        User("ann")
        assert str(path) in shown(store).caption


@pytest.mark.parametrize("name", ["<i>", "<script>alert(1)</script>", 'a" onclick="b'])
def test_names_are_text(name):
    """Those of a file's models and fields may be anything."""
    html = grid(name, [name], [[Cell(name, title=name)]])
    assert name not in html
    table = Shown(html)
    assert (table.head, table.rows, table.titles) == ([name], [[name]], [name])
    assert Shown(remark(name)).text.strip() == name
