"""A program that answers with Django what it reads: a store's file and expressions by name, as JSON; it writes the answers."""

import ast
import json
import sys
from typing import Any

import django
from django.apps import AppConfig
from django.conf import settings

path, forms = json.load(sys.stdin)
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": path}}, INSTALLED_APPS=["__main__.Films"]
)


class Films(AppConfig):
    name = "__main__"
    label = "films"
    path = "."


django.setup()

from django.db import models


class Director(models.Model):
    name = models.TextField()
    country = models.TextField(null=True)
    teacher = models.ForeignKey("self", models.RESTRICT, null=True)

    class Meta:
        app_label, db_table, managed = "films", "directors", False


class Film(models.Model):
    title = models.TextField()
    director = models.ForeignKey(Director, models.RESTRICT, null=True, related_name="films")
    fans = models.ManyToManyField("Person", through="Rating", related_name="films")

    class Meta:
        app_label, db_table, managed = "films", "films", False


class Person(models.Model):
    name = models.TextField(unique=True)

    class Meta:
        app_label, db_table, managed = "films", "persons", False


class Rating(models.Model):
    person = models.ForeignKey(Person, models.RESTRICT, related_name="ratings")
    film = models.ForeignKey(Film, models.RESTRICT, related_name="ratings")
    stars = models.IntegerField(null=True)

    class Meta:
        app_label, db_table, managed = "films", "ratings", False


NAMES: dict[str, Any] = {
    name: getattr(models, name) for name in ["Avg", "Count", "Exists", "F", "Max", "OuterRef", "Q", "Sum"]
}
NAMES |= {"Coalesce": models.functions.Coalesce, "Director": Director, "Film": Film, "Person": Person, "Rating": Rating}


def answer(form: str) -> list[Any]:
    """The value of the last expression of some code."""
    code = ast.parse(form)
    last = code.body.pop()
    assert isinstance(last, ast.Expr)
    names = dict(NAMES)
    exec(compile(code, "page", "exec"), names)  # noqa: S102 - the page is ours
    return list(eval(compile(ast.Expression(last.value), "page", "eval"), names))


json.dump({name: answer(form) for name, form in forms.items()}, sys.stdout)
