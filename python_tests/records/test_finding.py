"""Finding rows: by id, by fields, by reference; a value, None, any of several, or a range."""

from datetime import UTC, date, datetime

import pytest
from hasmany import (
    DuplicateError,
    Like,
    Many,
    Model,
    NotFoundError,
    SchemaError,
    Tweet,
    User,
    belongs_to,
    between,
    field,
    has_many,
)


class Owner(Model):
    name: str = field(unique=True)
    cats: Many["Cat"] = has_many()


class Cat(Model):
    name: str
    age: int | None = None
    owner: Owner | None = belongs_to(default=None)
    born: date | None = None
    seen: datetime | None = None
    weight: float | None = None
    tame: bool = True


@pytest.fixture
def owners() -> list[Owner]:
    return [Owner("Ann"), Owner("Ben"), Owner("Cid")]


@pytest.fixture
def cats(owners) -> list[Cat]:
    ann, ben, _ = owners
    return [
        Cat("Tom", 3, ann),
        Cat("Kit", 1, ben, tame=False),
        Cat("Tom", None, ann),
        Cat("Mog", 7),
        Cat("Zoe", 3, ben),
    ]


# ── find ──────────────────────────────────────────────────────────────────────────────────────────


def test_find_gives_the_row_with_that_id(cats):
    assert Cat.find(4) == cats[3]
    assert Cat.find(cats[0].id) == cats[0]


@pytest.mark.parametrize("missing", [0, -1, 6, 2**31, 2**32 + 1, 2**63 - 1])
def test_find_of_an_unknown_id_is_a_not_found_error(cats, missing):
    with pytest.raises(NotFoundError):
        Cat.find(missing)


def test_find_does_not_find_deleted_rows(cats):
    cats[0].delete()
    with pytest.raises(NotFoundError):
        Cat.find(1)
    with pytest.raises(NotFoundError):
        Cat.find(name="Tom", age=3)


def test_find_by_fields_gives_the_first_match(cats):
    assert Cat.find(name="Tom") == cats[0]
    assert Cat.find(name="Tom", age=None) == cats[2]
    with pytest.raises(NotFoundError, match="Cat"):
        Cat.find(name="Rex")


# ── find_by ───────────────────────────────────────────────────────────────────────────────────────


def test_find_by_gives_the_first_match_or_none(cats, owners):
    assert Cat.find_by(age=3) == cats[0]
    assert Cat.find_by(age=3, name="Zoe") == cats[4]
    assert Cat.find_by(owner=owners[1]) == cats[1]
    assert Cat.find_by(owner=owners[2]) is None
    assert Cat.find_by(id=4) == cats[3]


def test_find_by_on_a_unique_field(owners):
    assert Owner.find_by(name="Ben") == owners[1]
    assert Owner.find_by(name="Dee") is None
    owners[1].name = "Dee"
    assert Owner.find_by(name="Ben") is None
    assert Owner.find_by(name="Dee") == owners[1]


def test_find_by_on_a_unique_tuple():
    alice, bob = User("alice"), User("bob")
    one, two = alice.post_tweet("one"), alice.post_tweet("two")
    like = bob.like_tweet(one)
    alice.like_tweet(two)
    assert Like.find_by(user=bob, tweet=one) == like
    assert Like.find_by(user=bob, tweet=two) is None
    assert Like.find_by(tweet=one) == like


# ── find_or_create ────────────────────────────────────────────────────────────────────────────────


def test_find_or_create_finds(cats, owners):
    assert Owner.find_or_create(name="Ann") == owners[0]
    assert Cat.find_or_create(name="Tom", age=None) == cats[2]
    assert (Owner.all(), Cat.all()) == (owners, cats)


def test_find_or_create_creates(owners):
    dee = Owner.find_or_create(name="Dee")
    assert (dee.id, dee.name) == (4, "Dee")
    assert Owner.find_or_create(name="Dee") == dee
    cat = Cat.find_or_create(name="Tom", owner=dee)
    assert (cat.owner, cat.age, cat.tame) == (dee, None, True)
    assert dee.cats == [cat]


def test_find_or_create_of_a_pair():
    alice = User("alice")
    tweet = alice.post_tweet("hi")
    like = Like.find_or_create(user=alice, tweet=tweet)
    assert Like.find_or_create(tweet=tweet, user=alice) == like
    assert tweet.likers == [alice]


def test_find_or_create_looks_at_all_its_fields():
    class Account(Model):
        code: str = field(unique=True)
        plan: str = "free"

    account = Account("a", "free")
    assert Account.find_or_create(code="a", plan="free") == account
    with pytest.raises(DuplicateError) as caught:
        Account.find_or_create(code="a", plan="paid")
    assert caught.value.existing == account


def test_defaults_are_for_a_new_row_only_and_never_compared():
    calls = []

    class Page(Model):
        path: str = field(unique=True)
        visits: int = 0
        owner: Owner | None = None
        token: int = field(default_factory=lambda: calls.append(1) or len(calls))

    ann = Owner("Ann")
    page = Page.find_or_create(path="/", defaults={"visits": 3, "owner": ann})
    assert (page.path, page.visits, page.owner, page.token) == ("/", 3, ann, 1)
    assert Page.find_or_create(path="/", defaults={"visits": 4, "owner": None, "token": 9}) == page
    assert Page.find_or_create(path="/", defaults={}) == Page.find_or_create(path="/", defaults=None) == page
    assert (page.visits, page.owner, page.token, len(calls)) == (3, ann, 1, 1)
    assert Page.find_or_create(path="/b", defaults={"token": 9}).token == 9
    assert len(calls) == 1


def test_defaults_are_looked_at_whether_they_are_needed_or_not(cats):
    for defaults, error in (
        ({"age": "x"}, TypeError),
        ({"aeg": 1}, SchemaError),
        ({"name": "Tom"}, TypeError),
        ([("age", 1)], TypeError),
        (5, TypeError),
    ):
        for name in ("Tom", "new"):
            with pytest.raises(error):
                Cat.find_or_create(name=name, defaults=defaults)
    assert Cat.all() == cats


def test_find_or_create_takes_one_value_a_field(cats):
    for name in (["q", "Tom"], ("Tom",), {"Tom"}, Cat.all(), between("T", "U"), iter(["Tom"])):
        with pytest.raises(TypeError, match="takes one value"):
            Cat.find_or_create(name=name)
    assert Cat.all() == cats


def test_defaults_that_is_also_a_field_is_an_error_that_says_both_ways():
    class Form(Model):
        name: str
        defaults: str = ""

    with pytest.raises(SchemaError, match=r"find_by\(defaults=.*constructor"):
        Form.find_or_create(name="a", defaults="b")
    assert Form.all() == []
    assert Form.find_or_create(name="a").defaults == ""


# ── where ─────────────────────────────────────────────────────────────────────────────────────────


def test_where_a_value(cats):
    assert Cat.where(name="Tom") == [cats[0], cats[2]]
    assert Cat.where(tame=False) == [cats[1]]
    assert Cat.where(id=2) == [cats[1]]
    assert Cat.where(name="Rex") == []


def test_where_several_fields_must_all_hold(cats, owners):
    assert Cat.where(name="Tom", age=3) == [cats[0]]
    assert Cat.where(owner=owners[1], age=3) == [cats[4]]
    assert Cat.where(owner=owners[0], tame=False) == []


def test_where_without_fields_is_everything(cats):
    assert Cat.where() == cats


def test_where_none_gives_the_rows_without(cats):
    assert Cat.where(age=None) == [cats[2]]
    assert Cat.where(owner=None) == [cats[3]]
    assert Cat.where(name="Tom", owner=None) == []


def test_where_a_reference_reads_its_inverse(cats, owners):
    assert Cat.where(owner=owners[0]) == owners[0].cats == [cats[0], cats[2]]
    assert Cat.where(owner=owners[2]) == []


def test_where_a_unique_field(owners):
    assert Owner.where(name="Cid") == [owners[2]]
    assert Owner.where(name="Dee") == []


def test_where_a_list_gives_any_of_them_in_order_of_creation(cats, owners):
    assert Cat.where(name=["Zoe", "Kit"]) == [cats[1], cats[4]]
    assert Cat.where(age=[7, 1, 99]) == [cats[1], cats[3]]
    assert Cat.where(id=[5, 1]) == [cats[0], cats[4]]
    assert Cat.where(owner=[owners[1], owners[0]]) == [cats[0], cats[1], cats[2], cats[4]]
    assert Owner.where(name=["Cid", "Ann", "Cid"]) == [owners[0], owners[2]]


def test_where_an_empty_list_gives_nothing(cats):
    assert Cat.where(name=[]) == []
    assert Cat.where(owner=[]) == []


def test_where_a_collection_gives_any_of_its_members(cats, owners):
    assert Cat.where(owner=Owner.all()) == [cats[0], cats[1], cats[2], cats[4]]
    assert Cat.where(owner=Owner.where(name="Ben")) == [cats[1], cats[4]]
    assert Cat.where(owner=Owner.where(name="Dee")) == []
    assert Like.where(tweet=Tweet.all()) == []


def test_where_between_holds_its_low_end_and_not_its_high_end(cats):
    assert Cat.where(age=between(1, 7)) == [cats[0], cats[1], cats[4]]
    assert Cat.where(age=between(3, 8)) == [cats[0], cats[3], cats[4]]
    assert Cat.where(age=between(3, 3)) == []
    assert Cat.where(age=between(8, 1)) == []


def test_where_between_with_an_open_end(cats):
    assert Cat.where(age=between(3, None)) == [cats[0], cats[3], cats[4]]
    assert Cat.where(age=between(None, 3)) == [cats[1]]


def test_where_between_strings_dates_times_and_floats():
    days = [date(2024, 5, day) for day in (1, 2, 3)]
    times = [datetime(2024, 5, 1, hour, tzinfo=UTC) for hour in (1, 2, 3)]
    rows = [
        Cat(name, born=day, seen=time, weight=weight)
        for name, day, time, weight in zip("abc", days, times, (0.5, 1.5, 2.5), strict=True)
    ]
    Cat("without")
    assert Cat.where(name=between("a", "c")) == rows[:2]
    assert Cat.where(born=between(days[1], None)) == rows[1:]
    assert Cat.where(seen=between(None, times[2])) == rows[:2]
    assert Cat.where(weight=between(1, 2.5)) == rows[1:2]


def test_where_on_a_datetime_compares_moments():
    cat = Cat("Tom", seen=datetime(2024, 5, 1, 12, tzinfo=UTC))
    assert Cat.where(seen=datetime.fromisoformat("2024-05-01T14:00:00+02:00")) == [cat]


def test_where_an_int_finds_a_float():
    cat = Cat("Tom", weight=3)
    assert cat.weight == 3.0
    assert type(cat.weight) is float
    assert Cat.where(weight=3) == Cat.where(weight=3.0) == [cat]


def test_where_is_fixed(cats):
    toms = Cat.where(name="Tom")
    Cat("Tom")
    cats[0].name = "Tim"
    assert toms == [cats[0], cats[2]]
    cats[0].delete()
    assert toms == [cats[2]]


def test_where_follows_changes_of_the_reference(cats, owners):
    ann, ben, cid = owners
    cats[0].owner = cid
    cats[1].owner = None
    cats[4].delete()
    assert Cat.where(owner=ann) == [cats[2]]
    assert Cat.where(owner=ben) == []
    assert Cat.where(owner=cid) == [cats[0]]
    assert Cat.where(owner=None) == [cats[1], cats[3]]


def test_where_agrees_with_a_scan_in_python():
    rows = [Cat(f"cat {n % 7}", n % 11 or None, weight=n / 3, tame=n % 2 == 0) for n in range(300)]
    for row in rows[::5]:
        row.delete()
    left = [row for n, row in enumerate(rows) if n % 5]
    assert Cat.where(name="cat 3") == [row for row in left if row.name == "cat 3"]
    assert Cat.where(age=None) == [row for row in left if row.age is None]
    assert Cat.where(age=between(4, 8), tame=True) == [row for row in left if row.age in (4, 5, 6, 7) and row.tame]
    assert Cat.where(weight=between(10, 20)) == [row for row in left if 10 <= row.weight < 20]
