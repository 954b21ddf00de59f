"""A lake of a folder: whole exports open, with classes or without; what is broken, or of other models, does not."""

import importlib
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from hasmany import CorruptStoreError, Many, Model, SchemaError, Store, User, col, has_many
from hasmany.lake import Lake

from ..asking.cinema import Country, Film, Person, Rating, Studio
from .conftest import MODELS


@pytest.fixture
def folder(cinema, store, tmp_path) -> Path:
    place = tmp_path / "export"
    store.to_parquet(place)
    return place


def manifest(folder: Path) -> Any:
    return json.loads((folder / "manifest.json").read_text())


def write(folder: Path, changed: Any) -> None:
    (folder / "manifest.json").write_text(json.dumps(changed))


def test_without_classes_it_has_classes_of_what_the_folder_says(folder):
    with Lake(folder) as lake:
        assert sorted(lake.models()) == ["Country", "Film", "Follow", "Person", "Rating", "Studio"]
        films = lake[lake.models()["Film"]]
        assert sorted(films.where(col("fans").count() > 1).values("title")) == ["Breaking the Waves"]
        assert len(lake["Rating"]) == 5
        with pytest.raises(SchemaError, match=r"Film is no model of this lake.*models=\[\.\.\.\]"):
            lake[Film]


def test_the_seed_world_has_its_classes(tmp_path):
    with Store() as store:
        ann, bea = User("ann"), User("bea")
        ann.like_tweet(bea.post_tweet("hello"))
        store.to_parquet(tmp_path / "seed")
    with Lake(tmp_path / "seed") as lake:
        assert lake[User].where(col("liked_tweets").count() == 1).values("username") == ["ann"]


def test_a_class_may_leave_fields_out(folder):
    class Short(Model, table="films"):
        title: str | None = None

    with Lake(folder, models=[Short]) as lake:
        assert sorted(lake[Short].to_dicts(), key=lambda row: row["id"])[1] == {"id": 2, "title": "The Seventh Seal"}


def test_a_class_that_says_something_else_is_refused(folder):
    class Kinds(Model, table="films"):
        title: int | None = None

    class Sure(Model, table="persons"):
        age: int

    class More(Model, table="films"):
        length: int | None = None

    class Elsewhere(Model, table="nowhere"):
        name: str

    for model, message in (
        (Kinds, "Kinds.title is int, and in .* str"),
        (Sure, "Sure.age may be None"),
        (More, "More.length: .* has no such column"),
        (Elsewhere, "has no table 'nowhere'"),
    ):
        with pytest.raises(SchemaError, match=message):
            Lake(folder, models=[model])


def test_a_folder_that_is_no_whole_export_is_refused(folder, tmp_path):
    with pytest.raises(FileNotFoundError):
        Lake(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorruptStoreError, match="no export, or one that did not come to its end"):
        Lake(tmp_path / "empty")
    half = tmp_path / "half"
    shutil.copytree(folder, half)
    (half / "manifest.json").unlink()
    with pytest.raises(CorruptStoreError, match="did not come to its end"):
        Lake(half)
    for text in ("", "[]", "{}", '{"format": "hasmany"}'):
        (half / "manifest.json").write_text(text)
        with pytest.raises(CorruptStoreError):
            Lake(half)


def test_another_version_is_refused(folder):
    write(folder, {**manifest(folder), "version": 99})
    with pytest.raises(CorruptStoreError, match="version 99"):
        Lake(folder)


@pytest.mark.parametrize("models", [None, MODELS])
def test_a_file_that_is_gone_or_another_is_refused(folder, models):
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    path = folder / "films" / "00000.parquet"
    table = parquet.read_table(path)
    for changed, message in (
        (table.slice(1), "has 2 rows"),
        (table.drop_columns("title"), "has the columns"),
        (table.set_column(1, "title", pyarrow.array([1, 2, 3])), "title is int64"),
    ):
        parquet.write_table(changed, path)
        with pytest.raises(CorruptStoreError, match=message):
            Lake(folder, models=models)
    path.write_bytes(b"PAR1 and no more")
    with pytest.raises(CorruptStoreError, match="cannot be read"):
        Lake(folder, models=models)
    path.unlink()
    with pytest.raises(CorruptStoreError, match="missing"):
        Lake(folder, models=models)


def test_a_file_that_goes_while_it_is_open_is_an_error(folder):
    with Lake(folder, models=MODELS) as lake:
        shutil.rmtree(folder / "ratings")
        with pytest.raises(OSError):
            lake[Rating].to_dicts()
        assert len(lake[Film]) == 3


def test_empty_models_have_no_rows(tmp_path):
    with Store() as store:
        Country("DK")
        Film.all(), Person.all(), Rating.all()
        store.to_parquet(tmp_path / "export")
    with Lake(tmp_path / "export", models=[Country, Studio]) as lake:
        assert lake[Studio].to_dicts() == []
        assert lake[Country].select("name", n=col("studios").count()).to_dicts() == [{"name": "DK", "n": 0}]


def test_a_closed_lake_says_so(folder):
    lake = Lake(folder, models=MODELS)
    films = lake[Film]
    lake.close()
    lake.close()
    with pytest.raises(ValueError, match="closed"):
        len(films)


def test_arguments_that_do_not_go_together(folder):
    with pytest.raises(TypeError):
        Lake()
    with pytest.raises(TypeError):
        Lake(folder, tables={})
    with pytest.raises(TypeError):
        Lake(tables={})
    with pytest.raises(ValueError, match="engine"):
        Lake(folder, engine="spark")
    with pytest.raises(ValueError, match="memory_limit"):
        Lake(folder, memory_limit="much")
    with pytest.raises(ValueError, match="dangling"):
        Lake(folder, dangling="ignore")


def test_class_level_calls_do_not_mistake_it_for_a_store(folder):
    """A lake's models are those of a store that nobody may mean."""
    with Lake(folder, models=MODELS):

        class Loose(Model):
            name: str
            others: Many["Loose"] = has_many()

        assert len(Film.all()) == 3  # of the store of the test


def test_without_ibis_it_says_what_to_install(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("hasmany.lake")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "ibis", None)
    with pytest.raises(ImportError, match=r'pip install "hasmany\[lake\]"'):
        importlib.import_module("hasmany.lake")
