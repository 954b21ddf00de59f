"""A file knows the keys of its models."""

import pytest
from hasmany import CorruptStoreError, Store

from .files import assert_sound, digest, forked, raw, rows

LIBRARY = """
from hasmany import Model, field
class Author(Model, key="name"):
    name: str
class Book(Model, key=("author", "title")):
    author: Author
    title: str
    isbn: str | None = field(unique=True, default=None)
class Note(Model):
    book: Book
    text: str
"""


def declared(source):
    space = {"__name__": "gone"}
    exec(source, space)  # noqa: S102
    return space


@pytest.fixture
def library(path):
    """Made by a program that is gone."""

    def make():
        space = declared(LIBRARY)
        with Store(path):
            space["Author"]("Ann"), space["Author"]("Ben")
            space["Book"].insert_all({"author": ["Ben", "Ann"], "title": ["One", "Two"], "isbn": ["1", None]})
            space["Note"].insert_all({"book.author": ["Ann"], "book.title": ["Two"], "text": ["dull"]})

    forked(make)
    return path


def keys(store):
    return {model["name"]: model["key"] for model in store.schema.describe()["models"]}


KEYS = {"Author": ["name"], "Book": ["author", "title"], "Note": []}


@pytest.mark.parametrize("read_only", [False, True])
def test_made_classes_have_the_keys(library, read_only):
    before = digest(library)
    with Store(library, read_only=read_only) as store:
        assert keys(store) == KEYS
        models = store.models()
        assert models["Book"].find(("Ann", "Two")).author == models["Author"].find("Ann")
        assert models["Note"].where(book=("Ann", "Two")).values("text") == ["dull"]
        assert keys(store) == KEYS
        assert 'class Book(Model, key=("author", "title"))' in store.schema.to_python().replace("'", '"')
    assert digest(library) == before


def test_the_program_itself_changes_no_byte(library):
    def read():
        space = declared(LIBRARY)
        with Store(library):
            return space["Book"].find(("Ben", "One")).isbn

    before = digest(library)
    assert forked(read) == "1"
    assert digest(library) == before


def test_a_file_without_keys_has_no_column_for_them(path):
    def make():
        with Store(path):
            declared(LIBRARY.replace(', key="name"', "").replace(', key=("author", "title")', ""))["Author"]("Ann")

    forked(make)
    assert [name for _, name, *_ in rows(path, "pragma table_info(hasmany_models)")] == ["table", "class", "next_id"]
    with Store(path) as store:
        assert set(map(tuple, keys(store).values())) == {()}


def test_a_key_comes_and_goes_with_the_class(library):
    def run(source):
        with Store(library) as store:
            space = declared(source)
            assert len(space["Book"].all()) == 2 and len(space["Note"].all()) == 1
            store.check()

    forked(lambda: run(LIBRARY.replace(', key="name"', ', unique=("name",)')))
    with Store(library) as store:
        assert keys(store) == KEYS | {"Author": []}
        store.check()
    forked(lambda: run(LIBRARY))
    with Store(library) as store:
        assert keys(store) == KEYS
    assert_sound(library)


def test_a_key_is_renamed_with_its_field(library):
    def rename():
        source = LIBRARY.replace('key="name"', 'key="called"').replace("name: str", 'called: str = field(was="name")')
        with Store(library):
            assert declared(source)["Author"].find("Ben").id == 2

    forked(rename)
    with Store(library) as store:
        assert keys(store) == KEYS | {"Author": ["called"]}


def test_a_copy_has_them(library, tmp_path):
    with Store(library) as store:
        store.save(tmp_path / "copy.db")
    with Store(tmp_path / "copy.db") as store:
        store.models()
        assert keys(store) == KEYS


@pytest.mark.parametrize(
    "damage",
    [
        "update hasmany_models set key = 'name,name' where class = 'Author'",
        "update hasmany_models set key = 'nothing' where class = 'Author'",
        "update hasmany_models set key = '' where class = 'Author'",
        "update hasmany_models set key = null where class = 'Author'",
        'drop index "hasmany_authors(name)"',
    ],
)
def test_what_is_no_key_any_more_is_none(library, damage):
    """A program that does not know of keys may have taken the field out."""
    with raw(library) as connection:
        connection.execute(damage)
    with Store(library) as store:
        assert keys(store)["Author"] == []
        assert store.models()["Author"].find(1).name == "Ann"
        store.check()


def test_a_program_without_keys_leaves_them_to_others(library):
    """The column is not in its statements, nor in its seal."""
    with raw(library) as connection:
        connection.execute("delete from hasmany_seal where \"table\" = 'hasmany_models.key'")
        connection.execute("update hasmany_seal set counter = counter + 1")  # with this very change
    with Store(library) as store:
        assert keys(store) == KEYS
        assert store.stats().changed_elsewhere is False


def test_a_key_that_the_disk_changed_is_refused(library):
    library.write_bytes(library.read_bytes().replace(b"author,title", b"title,author"))
    with pytest.raises(CorruptStoreError, match="books"):
        Store(library)


def test_a_reader_whose_class_has_another_key_reads_on(library):
    def read():
        with Store(library, read_only=True) as store:
            space = declared(LIBRARY.replace('key="name"', 'unique=("name",)'))
            assert len(space["Author"].all()) == 2
            assert store.refresh() is False

    forked(read)


def test_a_key_of_which_two_rows_have_one_is_refused(path):
    def make(source, names):
        space = declared(source)
        with Store(path):
            space["Author"].insert_all(name=names)

    forked(lambda: make("from hasmany import Model\nclass Author(Model):\n    name: str", ["x", "x"]))
    with pytest.raises(AssertionError, match="SchemaError: Author: unique name does not fit"):
        forked(lambda: make("from hasmany import Model\nclass Author(Model, key='name'):\n    name: str", []))
    with Store(path) as store:
        assert keys(store) == {"Author": []}
