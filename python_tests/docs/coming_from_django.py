"""A program that runs blocks of Django, which it reads as a list in JSON, on an empty database in memory."""

import json
import sys
from typing import Any

import django
from django.apps import AppConfig, apps
from django.conf import settings

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["__main__.Films"],
)


class Films(AppConfig):
    name = "__main__"
    label = "films"
    path = "."


django.setup()

from django.db import connection

names: dict[str, Any] = {"__name__": "__main__"}
for block in json.load(sys.stdin):
    known = set(apps.get_models())
    exec(compile(block, "page", "exec"), names)  # noqa: S102 - the page is ours
    with connection.schema_editor() as editor:
        for model in apps.get_models():
            if model not in known:
                editor.create_model(model)
