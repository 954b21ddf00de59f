"""What people write out of habit, coming from Django, Rails, SQLAlchemy, pandas and SQL, is told what to write here."""

import collections
import copy
import json
import pickle
from typing import Any

import hasmany
import pytest
from hasmany import Expr, Many, Model, Ranking, Rankings, Store, Table, Tweet, User, between, col, field, has_many

from .answers import OF_ANSWERS


class Tag(Model):
    name: str
    taggings: Many["Tagging"] = has_many()
    posts: Many["Post"] = has_many(through="taggings")


class Post(Model):
    title: str = field(unique=True)
    year: int = 0
    taggings: Many["Tagging"] = has_many()
    tags: Many[Tag] = has_many(through="taggings")


class Tagging(Model, unique=("post", "tag")):
    post: Post
    tag: Tag


# What is written, the class of the error, words of its message, and what the message says to write: that runs.
HABITS = [
    # Django
    ("Post.objects.all()", AttributeError, "Post.all()", "Post.all()"),
    ("Post.objects.filter(year=1)", AttributeError, "Post.where(name=value)", "Post.where(year=1)"),
    ("Post.filter(year=1)", AttributeError, "Post.where(name=value)", "Post.where(year=1)"),
    ("Post.get(1)", AttributeError, "Post.find(id)", "Post.find(1)"),
    ("Post.get_or_create(title='a')", AttributeError, "find_or_create(name=value)", "Post.find_or_create(title='a')"),
    ("Post.bulk_create([])", AttributeError, "Post.insert_all(...)", "Post.insert_all(title=['x'])"),
    ("Post.exclude(year=1)", AttributeError, "Post.all() - Post.where(", "Post.all() - Post.where(year=1)"),
    ("Post.create(title='x')", AttributeError, "Post(...)", "Post(title='x')"),
    ("Post.where(year__gt=1)", TypeError, "year=between(low, None)", "Post.where(year=between(1, None))"),
    ("Post.where(year__lte=1)", TypeError, "year=between(None, high)", "Post.where(year=between(None, 1))"),
    ("Post.where(year__in=[1])", TypeError, "year=[1, 2]", "Post.where(year=[1, 2])"),
    ("Post.where(year__gt=1)", TypeError, 'col("year") > value', "Post.where(col('year') > 1)"),
    ("Post.where(title__year=1)", TypeError, 'col("title").year() == 2026', "col('title').year() == 2026"),
    ("Post.where(title__week_day=1)", TypeError, 'col("title").weekday() == 0', "col('title').weekday() == 0"),
    (
        "Post.where(title__icontains='A')",
        TypeError,
        'col("title").lower().contains(text.lower())',
        "Post.where(col('title').lower().contains('A'.lower()))",
    ),
    (
        "Post.where(title__iexact='A')",
        TypeError,
        'col("title").lower() == text.lower()',
        "Post.where(col('title').lower() == 'A'.lower())",
    ),
    ("Post.where(year__isnull=True)", TypeError, "year=None", "Post.where(year=None)"),
    (
        "Post.where(title__contains='a')",
        TypeError,
        'where(col("title").contains(text))',
        "Post.where(col('title').contains('a'))",
    ),
    ("Tagging.where(post__year=1)", TypeError, "post=Post.where(year=", "Tagging.where(post=Post.where(year=1))"),
    ("Tagging.find_or_create(post_id=1)", TypeError, "post=Post.find(3)", "Tagging.find_or_create(post=post, tag=tag)"),
    ("Post.where(tags=tag)", TypeError, 'col("tags").contains(record)', "Post.where(col('tags').contains(tag))"),
    ("Post.where(tags__name='x')", TypeError, ".through()", "Tag.where(name='x').through('posts')"),
    ("post.save()", AttributeError, "assigning to a field sets it at once", "post.update(year=3)"),
    ("post.refresh_from_db()", AttributeError, "read from the store whenever", "post.year"),
    ("post.pk", AttributeError, ".id", "post.id"),
    ("post.full_clean()", AttributeError, "checked when they are set", "post.update(year=1)"),
    ("posts.filter(year=1)", AttributeError, "many.where(", "posts.where(year=1)"),
    ("posts.exclude(year=1)", AttributeError, "many - many.where(", "posts - posts.where(year=1)"),
    ("posts.get(year=1)", AttributeError, "many.find_by(", "posts.find_by(year=1)"),
    ("posts.first()", AttributeError, "many[0]", "posts[0]"),
    ("posts.last()", AttributeError, "many[-1]", "posts[-1]"),
    ("posts.exists()", AttributeError, "if many:", "bool(posts)"),
    ("posts.count()", TypeError, "len(many)", "len(posts)"),
    ("posts.update(year=1)", AttributeError, "many.update_all(", "posts.update_all(year=1)"),
    ("posts.delete()", AttributeError, "many.delete_all()", "Post.where(year=77).delete_all()"),
    ("posts.values_list('title')", AttributeError, 'many.values("name")', "posts.values('title')"),
    ("posts.select_related('x')", AttributeError, "nothing is loaded", "posts[0].taggings[0].post.title"),
    ("posts.order_by('-year')", TypeError, 'order_by("year", reverse=True)', "posts.order_by('year', reverse=True)"),
    # Rails
    ("Post.find_or_create_by(title='a')", AttributeError, "find_or_create(", "Post.find_or_create(title='a')"),
    ("Post.pluck('title')", AttributeError, 'Post.all().values("name")', "Post.all().values('title')"),
    ("Post.limit(3)", AttributeError, "Post.all()[:10]", "Post.all()[:10]"),
    ("Post.order('year')", AttributeError, 'Post.all().order_by("name")', "Post.all().order_by('year')"),
    ("Post.destroy_all()", AttributeError, "Post.all().delete_all()", "Tag.where(name='?').delete_all()"),
    ("post.destroy()", AttributeError, "delete()", "Tag('y').delete()"),
    ("post.update_attributes(year=1)", AttributeError, "update(name=value)", "post.update(year=1)"),
    ("post.tags.build(name='y')", AttributeError, "many.create(", "post.tags.create(name='y')"),
    ("post.tags.push(tag)", AttributeError, "many.add(record)", "post.tags.add(tag)"),
    # SQLAlchemy
    ("Post.query.all()", AttributeError, "Post.all()", "Post.all()"),
    ("Post.where(Post.year > 1)", TypeError, "year=between(low, high)", "Post.where(year=between(1, 3))"),
    ("Post.where(Post.year > 1)", TypeError, 'where(col("year") > 1)', "Post.where(col('year') > 1)"),
    ("Post.where(Post.year <= Post.id)", TypeError, 'col("year") <= value', "Post.where(col('year') <= 1)"),
    ("Post.where(Post.tags > 1)", TypeError, 'col("tags").count() > 3', "Post.where(col('tags').count() > 3)"),
    ("Post.where(Post.year == 1)", TypeError, "where(title=value)", "Post.where(title='a')"),
    ("Post.where(Post.year == 1)", TypeError, 'col("title") == value', "Post.where(col('title') == 'a')"),
    ("Post.where(Post.title.in_(['a']))", AttributeError, "a list for any of several", "Post.where(title=['a'])"),
    (
        "posts.order_by(Post.year.desc())",
        AttributeError,
        'order_by("year", reverse=True)',
        "posts.order_by('year', reverse=True)",
    ),
    ("posts.order_by(Post.year)", TypeError, 'order_by("name", col("age").desc())', "posts.order_by('year')"),
    ("posts.order_by()", TypeError, 'order_by("name")', "posts.order_by('year')"),
    ("Post.tags.where(name='x')", AttributeError, "record.tags.where", "post.tags.where(name='x')"),
    ("store.add(post)", AttributeError, "as soon as it is made", "Post('z')"),
    ("store.commit()", AttributeError, "with store.transaction():", "store.transaction()"),
    ("store.query(Post)", AttributeError, "X.where(...)", "Post.where(year=1)"),
    ("store.create_all()", AttributeError, "first use of its class", "Post.all()"),
    ("post.tags.append(tag)", AttributeError, "many.add(record)", "post.tags.add(tag)"),
    ("post.tags.extend([tag])", AttributeError, "many.add(records)", "post.tags.add([tag])"),
    ("post.tags.discard(tag)", AttributeError, "many.remove(record)", "post.tags.remove(tag)"),
    ("post.tags.add([[tag]])", TypeError, "in a list, a collection or a generator", "post.tags.add([tag])"),
    ("post.tags.remove([[tag]])", TypeError, "in a list, a collection or a generator", "post.tags.remove([])"),
    ("post.tags.replace()", TypeError, "clear()", "post.tags.clear()"),
    ("post.tags.add(1)", TypeError, "Tag.find(1)", "post.tags.add(Tag.find(1))"),
    # SQL
    ("Post.where('year > 1')", TypeError, "between(low, None)", "Post.where(year=between(1, None))"),
    (
        "posts.order_by('year desc')",
        TypeError,
        'order_by("year", reverse=True)',
        "posts.order_by('year', reverse=True)",
    ),
    ("store.execute('select 1')", AttributeError, "X.where(...)", "Post.where(year=1)"),
    ("Post(id=5, title='x')", TypeError, "given by the store and read as .id", "Post('q').id"),
    ("post.update(id=5)", TypeError, "given by the store", "post.id"),
    ("setattr(post, 'id', 5)", AttributeError, "given by the store and stays", "post.id"),
    # pandas
    ("posts['title']", TypeError, "values(name) and column(name)", "posts.values('title'), posts.column('title')"),
    ("posts.iloc[0]", AttributeError, "many[0]", "posts[0]"),
    ("posts.head()", AttributeError, "many[:5]", "posts[:5]"),
    ("posts.shape", AttributeError, "len(many)", "len(posts)"),
    ("posts.sort_values('year')", AttributeError, 'many.order_by("name")', "posts.order_by('year')"),
    ("posts.groupby('year')", AttributeError, "pl.DataFrame(many)", "posts.top(10, by='tags')"),
    (
        "posts.order_by('year', ascending=False)",
        TypeError,
        'order_by("name", reverse=True)',
        "posts.order_by('year', reverse=True)",
    ),
    ("posts.to_dict()", AttributeError, "many.to_dicts()", "posts.to_dicts()"),
    ("Post.to_dicts()", AttributeError, "Post.all().to_dicts()", "Post.all().to_dicts()"),
    ("Post.to_dict()", TypeError, "Post.all().to_dicts()", "Post.all().to_dicts()"),
    ("post.as_dict()", AttributeError, "record.to_dict()", "post.to_dict()"),
    (
        "post.to_json()",
        AttributeError,
        "json.dumps(record, default=hasmany.jsonable)",
        "json.dumps(post, default=hasmany.jsonable)",
    ),
    (
        "posts.to_json()",
        AttributeError,
        "json.dumps(many, default=hasmany.jsonable)",
        "json.dumps(posts, default=hasmany.jsonable)",
    ),
    # pydantic
    ("post.model_dump()", AttributeError, "record.to_dict()", "post.to_dict()"),
    ("Post.model_validate({'title': 'v'})", AttributeError, "Post(**fields)", "Post(**{'title': 'v'})"),
    # networkx
    ("posts.to_networkx()", AttributeError, "store.to_networkx()", "Tagging.to_networkx('post', 'tag')"),
    ("copy.copy(posts)", TypeError, "many[:]", "posts[:]"),
    ("copy.deepcopy({'posts': posts})", TypeError, "many[:]", "list(posts)"),
    ("pickle.dumps(posts)", TypeError, "many.ids", "posts.ids"),
    # Python
    (
        "Post.where(lambda post: post.year > 1)",
        TypeError,
        "[x for x in Post.all() if",
        "[x for x in Post.all() if x.year > 1]",
    ),
    ("Post.where({'year': 1})", TypeError, "where(**mapping)", "Post.where(**{'year': 1})"),
    ("posts.where(lambda post: True)", TypeError, "[x for x in Post.all() if", "[x for x in Post.all() if True]"),
    (
        "posts.order_by(lambda post: post.year)",
        TypeError,
        "sorted(many, key=...)",
        "sorted(posts, key=lambda post: post.year)",
    ),
    ("Post.find('a')", TypeError, "find(name=value)", "Post.find(title='a')"),
    ("Post.find([1, 2])", TypeError, "where(id=[1, 2])", "Post.where(id=[1, 2])"),
    ("Post.find_by('a')", TypeError, "find_by(title=value)", "Post.find_by(title='a')"),
    ("Post.recommend('tags')", TypeError, "record.recommend(name)", "post.recommend('tags')"),
    ("Post.similar('tags')", TypeError, "Post.all().similar(name)", "Post.all().similar('tags')"),
    ("Post.update(year=3)", TypeError, "Post.all().update_all(name=value)", "Post.all().update_all(year=3)"),
    ("Post.delete()", TypeError, "record.delete()", "Tag('y').delete()"),
    ("Post.top(3, by='tags')", AttributeError, "Post.all()", "Post.all().top(3, by='tags')"),
    ("Post('a')", ValueError, "Post 1 already has this title ('a')", "Post.find_or_create(title='a')"),
    ("setattr(post, 'tags', [tag])", AttributeError, ".tags.replace()", "post.tags.replace([tag])"),
]


@pytest.fixture
def names(store) -> dict[str, Any]:
    for library in ("networkx", "pandas", "polars"):
        pytest.importorskip(library)
    import pandas as pd
    import polars as pl

    post, tag = Post("a", 1), Tag("x")
    post.tags.add(tag)
    Post("b", 2)
    classes = {"Post": Post, "Tag": Tag, "Tagging": Tagging, "between": between, "col": col}
    records = {"post": post, "tag": tag, "posts": Post.all(), "store": store}
    Post("c").tags.add(Tag("y"), tag)
    answers = {"table": Post.all().select("title"), "ranking": post.recommend("tags")}
    libraries = {"copy": copy, "pickle": pickle, "json": json, "hasmany": hasmany, "pd": pd, "pl": pl}
    others = {"rankings": Post.all().recommend("tags"), "collections": collections}
    return {**classes, **records, **answers, **libraries, **others}


@pytest.mark.parametrize(("written", "error", "words", "instead"), HABITS + OF_ANSWERS)
def test_a_habit_is_told_what_to_write(names, written, error, words, instead):
    before = Store.current().stats().rows
    with pytest.raises(error) as caught:
        eval(written, names)
    message = str(caught.value)
    assert words in message
    # No name that is not there yet, and nothing was done.
    assert before == Store.current().stats().rows
    eval(instead, names)


def test_two_classes_of_one_name_are_told_what_to_do(declare_twice):
    with pytest.raises(hasmany.SchemaError, match=r"two classes named Dog.*; give one of them table="):
        [module.Dog.all() for module in declare_twice("class Dog(Model):\n    name: str\n")]


@pytest.fixture
def declare_twice(new_module):
    def run(source: str) -> list[Any]:
        modules = [new_module(), new_module()]
        for module in modules:
            exec(source, module.__dict__)  # noqa: S102 - a source text
        return modules

    return run


# ── what the messages cost ────────────────────────────────────────────────────────────────────────


def test_names_that_exist_pay_nothing_for_those_that_do_not():
    # An own __getattribute__ or __getattr__ would make each call of a method slower. A record's has always been there.
    for cls in (Many, Store, Expr, Table, Ranking, Rankings, type(Post)):
        assert not any(name in vars(cls) for name in ("__getattr__", "__getattribute__"))


def test_habits_are_in_no_dir_of_a_model_a_record_a_collection_or_a_store(names):
    for shown in (names["post"], names["posts"], names["store"], Post):
        assert not {"filter", "objects", "query", "append", "commit", "first"} & set(dir(shown))
    assert {"where", "add", "count"} <= set(dir(names["posts"]))
    for name, unknown in (("table", "head"), ("ranking", "values"), ("rankings", "values")):
        assert unknown not in dir(names[name])
        assert not hasattr(names[name], unknown)
    assert "isin" not in dir(col("year"))
    assert not hasattr(col("year"), "isin")
    assert {"is_in", "count"} <= set(dir(col("year")))
    for unknown in ("filter", "append", "first"):
        assert not hasattr(names["posts"], unknown)
        assert not hasattr(Post, unknown)


def test_habits_reserve_no_name():
    class Query(Model):
        objects: str
        query: int
        filter: bool
        first: str = ""
        save: int = 0
        pk: int = 0

        @classmethod
        def get(cls, query: int) -> "Query":
            return cls.find(query=query)

        def count(self) -> int:
            return self.query

    row = Query("a", 3, filter=True)
    assert (row.objects, row.query, row.filter, row.first, row.save, row.pk) == ("a", 3, True, "", 0, 0)
    assert Query.get(3) == row
    assert Query.all().values("query") == [3]
    assert row.count() == 3


def test_methods_of_records_can_be_passed_about_overridden_and_replaced(monkeypatch):
    class Note(Model):
        text: str

        def update(self, **fields: Any) -> "Note":
            return super().update(**{name: value + "!" for name, value in fields.items()})

    note, post = Note("a"), Post("a")
    assert Note.update(note, text="b").text == "b!"
    assert [Post.update(each, year=7).year for each in [post]] == [7]
    assert list(map(Post.delete, [Post("b")])) == [{"Post": 1}]
    assert Post.recommend.__doc__ == hasmany.Record.recommend.__doc__
    monkeypatch.setattr(Post, "delete", lambda _self: "kept")
    assert post.delete() == "kept"
    monkeypatch.undo()
    assert "delete" not in vars(Post)
    with pytest.raises(TypeError, match=r"record.delete\(\)"):
        Post.delete()
    assert post.delete() == {"Post": 1}


def test_fields_of_a_class_are_still_equal_to_themselves_and_hashable():
    assert Post.year == Post.year
    assert Post.year != Post.title
    assert len({Post.year, Post.title}) == 2


def test_the_seed_s_records_and_collections_teach_too():
    alice = User("alice")
    with pytest.raises(AttributeError, match="sets it at once"):
        alice.save()
    with pytest.raises(AttributeError, match=r"many.where\("):
        alice.tweets.filter(message="x")
    with pytest.raises(
        TypeError, match=r"User: where takes conditions made with col, and fields by name.*username=value"
    ):
        User.where("alice")
    with pytest.raises(TypeError, match=r"Tweet.user takes User, not int; the record of an id is User.find\(1\)"):
        Tweet("x", 1)
