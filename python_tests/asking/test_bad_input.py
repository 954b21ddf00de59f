"""What cannot be asked is refused, with what was meant, where it is wrong, and what to write; nothing changes."""

from collections.abc import Iterator
from functools import reduce

import pytest
from hasmany import FieldError, ForeignStoreError, Model, SchemaError, Store, Tweet, User, between, col
from hasmany._hasmany import Expr

from .cinema import Film, Person, Rating

NAN = float("nan")


def ask(expr) -> None:
    Film.all().select(x=expr)


@pytest.mark.parametrize(
    ("expr", "words"),
    [
        # names
        (col("titel"), ["Film has no field or collection 'titel'", "did you mean 'title'"]),
        (col("ratings.persn.name").list(), ["Rating has no field or collection 'persn'", "step 2 of 3", "'person'"]),
        (col("title.x"), ["Film.title is a value", "step 1 of 2"]),
        (col("ratings").filter(col("titel") == 1).count(), ["Rating has no", "start at Rating"]),
        (col("ratings").filter(col("year") == 1).count(), ["Rating has no field or collection 'year'", "start at Rating"]),
        # one and many
        (col("ratings.stars"), ["many values for each row", ".mean()"]),
        (col("ratings"), ["many values for each row", ".count()"]),
        (col("title").count(), ["one value for each row", "count() is of a collection"]),
        (col("ratings").count().sum(), ["one value for each row"]),
        (col("year").filter(col("id") > 1), ["filter() is of a collection"]),
        (col("year").list(), ["list() is of a collection"]),
        ((col("ratings.stars") > 3).count(), ["any(), all() and filter()"]),
        ((col("ratings.stars") > 3).list(), ["any(), all() and filter()"]),
        (col("ratings.stars") + col("fans.age"), ["the same steps"]),
        (col("ratings.stars") + col("ratings.stars").filter(col("stars") > 1), ["the same filter"]),
        (col("ratings").filter(col("film.fans.age") > 1).count(), ["many values"]),
        (col("ratings.stars").list().is_none(), ["list() comes last"]),
        (col("ratings").all(), ["all() takes a condition"]),
        (col("ratings.stars").any(), ["any() of values takes a condition"]),
        # types
        (col("title") > 3, ["str and int do not compare"]),
        (col("year") == "1996", ["int and str do not compare"]),
        (col("price") == 9.5, ["Decimal(2) and float do not compare"]),
        (col("year").is_in(["1996"]), ["int and str do not compare"]),
        (col("studio") > col("studio"), ["records have no order"]),
        (col("studio") == "Zentropa", ["a Studio is compared with a record or its id, not with str"]),
        (col("title") + 1, ["+ - * / are for int, float and Decimal"]),
        (col("price") / 2, ["a quotient of Decimals is not exact"]),
        (col("ratings.person.name").sum(), ["sum() is of int, float, Decimal and timedelta, not of str"]),
        (col("ratings.at").mean(), ["mean() is of int and float, not of datetime"]),
        (col("ratings.public").max(), ["max() is of numbers, text and times, not of bool"]),
        (col("year").lower(), ["lower() is of str, not of int"]),
        (col("title").year(), ["year() is of datetime (in UTC) and date, not of str"]),
        (col("title").round(), ["round() is of int, float and Decimal, not of str"]),
        (col("year").contains("a"), ["contains()"]),
        (col("year").if_none("x"), ["both must be of one type"]),
        (~col("year"), ["no condition"]),
        ((col("year") > 1) & col("title"), ["no condition"]),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_says_why(cinema, expr, words):
    with pytest.raises(SchemaError) as caught:
        ask(expr)
    assert all(word in str(caught.value) for word in words), caught.value
    with pytest.raises(SchemaError):
        Film.where(expr)
    with pytest.raises(SchemaError):
        Film.all().order_by(expr)


def test_conditions_are_conditions(cinema):
    with pytest.raises(SchemaError, match=r"int, no condition"):
        Film.where(col("year"))
    with pytest.raises(
        SchemaError, match=r"says something of each member, not of each Film; write .any\(\) or .all\(\)"
    ):
        Film.where(col("ratings.stars") > 3)
    with pytest.raises(SchemaError, match=r"says something of each member"):
        Film.where(**{"ratings.stars": 3})


def test_and_or_not_and_chains_say_what_to_write():
    a, b = col("a") > 1, col("b") > 1
    for wrong in (lambda: a and b, lambda: a or b, lambda: not a, lambda: 1 < col("a") < 3, lambda: bool(a)):
        with pytest.raises(TypeError, match=r"& for and, \| for or, ~ for not"):
            wrong()
    with pytest.raises(TypeError, match="contains"):
        1 in col("a")  # noqa: B015 - an expression


@pytest.mark.parametrize("path", [".", "a.", ".a", "a..b", "a b", "1a", "a-b", "a.*"])
def test_what_is_no_path(path):
    with pytest.raises(SchemaError, match="is no path"):
        col(path)


def deep(kind: int) -> Iterator[Expr]:
    expr = col("year")
    for _ in range(10_000):
        expr = (expr + 1, ~(expr == 1), expr.if_none(expr))[kind]
        yield expr


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_what_is_too_deep(cinema, kind):
    made = []
    with pytest.raises(SchemaError, match=r"an expression may (be 64 deep|have 100000 parts)"):
        made.extend(deep(kind))
    assert len(made) < 100


def test_chains_of_any_length(cinema):
    ids = [col("id") == at for at in range(3000)]
    assert len(Film.where(reduce(lambda a, b: a | b, ids))) == 3
    assert len(Film.where(reduce(lambda a, b: a & b, [col("id") < at for at in range(2, 3000)]))) == 1


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([1], "is_in"),
        ({1}, "is_in"),
        (between(1, 2), "between"),
        (object(), "object"),
        (len, "builtin"),
    ],
)
def test_values_that_do_not_go_with_an_expression(value, words):
    with pytest.raises(TypeError, match=words):
        col("a") == value  # noqa: B015


def test_numbers_that_are_none():
    with pytest.raises(FieldError, match=r"is_none|missing"):
        col("a") == NAN  # noqa: B015
    with pytest.raises(FieldError, match="64 bits"):
        col("a") < 2**64  # noqa: B015


def test_arguments_of_methods():
    with pytest.raises(TypeError, match="several values"):
        col("a").is_in("abc")
    with pytest.raises(TypeError, match="contains"):
        col("a").is_in(col("b"))
    with pytest.raises(TypeError, match="a condition"):
        col("a").filter(3)
    with pytest.raises(TypeError, match="a condition"):
        col("a").any(True)
    with pytest.raises(SchemaError, match="alias"):
        col("a").alias("b") + 1
    with pytest.raises(SchemaError, match="desc"):
        col("a").desc() == 1  # noqa: B015
    with pytest.raises(TypeError):
        hash(col("a"))


class Sale(Model):
    amount: int


def test_what_is_over_64_bits(store):
    most = 2**63 - 1
    Sale(most), Sale(1)
    for expr in (col("amount") + 1, col("amount") * 2, col("amount").abs() + 1):
        with pytest.raises(OverflowError, match="64 bits"):
            Sale.all().select(x=expr)
    assert Sale.all()[1:].select(x=col("amount") + 1).column("x").tolist() == [2]


def test_a_sum_that_is_over_64_bits(cinema):
    Rating(cinema.ben, cinema.seal, 2**63 - 1)
    with pytest.raises(OverflowError, match=r'col\("ratings.stars"\).sum\(\) is over 64 bits'):
        ask(col("ratings.stars").sum())
    assert Film.all().select(x=col("ratings.stars").mean()).column("x")[1] > 4e18


def test_collections_of_others(cinema):
    with pytest.raises(SchemaError, match="the collection has Film, and Person is filtered"):
        ask(col("fans").filter(Film.all()).count())
    with pytest.raises(SchemaError, match="Film"):
        Person.where(col("").is_in(Film.all()))
    with Store():
        stranger, strangers = Person("x"), Person.all()
    for expr in (col("fans").contains(stranger), col("fans").filter(strangers).count() > 0):
        with pytest.raises(ForeignStoreError):
            Film.where(expr)


def test_a_deleted_record_is_not_asked_for(cinema):
    expr = col("fans").contains(cinema.eve)
    cinema.ratings[4].delete()
    for follow in [*cinema.ann.follows, *cinema.ben.follows]:
        follow.delete()
    cinema.eve.delete()
    with pytest.raises(LookupError, match="deleted"):
        Film.where(expr)


def test_columns_of_select(cinema):
    with pytest.raises(TypeError, match="at least one column"):
        Film.all().select()
    with pytest.raises(SchemaError, match="two columns are called 'title'"):
        Film.all().select("title", title=col("year"))
    with pytest.raises(TypeError, match="names of fields and expressions, not int"):
        Film.all().select(3)
    with pytest.raises(SchemaError, match="desc"):
        Film.all().select(col("year").desc())
    with pytest.raises(KeyError, match="did you mean 'title'"):
        Film.all().select("title").column("titel")


def test_what_where_says_of_a_collection(cinema):
    with pytest.raises(SchemaError, match=r'col\("fans"\).count\(\) == 0'):
        Film.where(fans=None)
    with pytest.raises(TypeError, match="col"):
        User.where("alice")


def test_the_seed_world_is_asked_too(alice):
    bob = User("bob")
    one, two = alice.post_tweet("one"), alice.post_tweet("two")
    bob.like_tweet(two)
    assert Tweet.where(col("likers").contains(bob)) == [two]
    assert Tweet.where(col("user.username") == "alice", col("likers").count() == 0) == [one]


def test_what_is_nested_is_asked_once(cinema):
    condition = col("year") > 1900
    for _ in range(25):
        condition = condition.between(False, True) == False
    assert Film.where(condition) == [cinema.waves, cinema.seal]
    within, members = col("stars") > 2, col("ratings")
    for _ in range(8):
        within = col("film.ratings").filter(Rating.all()).filter(within).count() > 0
    for _ in range(30):
        members = members.filter(Rating.all())
    assert Film.where(members.filter(within).count() > 0) == [cinema.waves, cinema.seal]
