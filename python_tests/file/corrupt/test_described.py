"""What a file has and does not describe is not taken for absent; what is not of our form is refused."""

import pytest
from hasmany import HasManyError, Model, SchemaError, Store, User

from ..files import raw, rows
from .entries import Entry, refused


class Note(Model):
    text: str
    stars: int = 0
    user: User | None = None


@pytest.fixture
def notes(path):
    with Store(path):
        Note("one", 42, User.find(1))
    return path


def tamper(path, *statements: str) -> None:
    with raw(path) as connection:
        for statement in statements:
            connection.execute(statement)


# A reference is not asked for in a store that writes: there it is taken up again as one that came back.
@pytest.mark.parametrize(
    ("read_only", "field", "column"),
    [
        (True, "stars", "stars"),
        (True, "text", "text"),
        (True, "user", "user_id"),
        (False, "stars", "stars"),
        (False, "text", "text"),
    ],
)
def test_a_column_that_is_not_described_is_not_read_as_the_default(notes, read_only, field, column):
    tamper(notes, f"delete from hasmany_fields where \"table\" = 'notes' and field = '{field}'")
    with Store(notes, read_only=read_only), pytest.raises(SchemaError, match=column):
        Note.all().values("stars")
    assert rows(notes, "select text, stars, user_id from notes") == [("one", 42, 1)]


def test_a_column_that_is_not_described_up_to_capital_letters_is_not_read_as_the_default(notes):
    tamper(
        notes,
        "delete from hasmany_fields where \"table\" = 'notes' and field = 'stars'",
        "alter table notes rename column stars to STARS",
    )
    with Store(notes, read_only=True), pytest.raises(SchemaError, match="stars"):
        Note.all().values("stars")


@pytest.mark.parametrize("read_only", [True, False])
def test_a_table_that_is_not_described_is_not_read_as_empty(notes, read_only):
    tamper(
        notes,
        "delete from hasmany_models where \"table\" = 'notes'",
        "delete from hasmany_fields where \"table\" = 'notes'",
    )
    with Store(notes, read_only=read_only) as store:
        assert User.all().values("username") == ["alice", "bob"]
        with pytest.raises(SchemaError, match="notes"):
            len(Note.all())
        store.check()


def test_a_table_whose_fields_alone_are_described_is_refused(notes):
    tamper(notes, "delete from hasmany_models where \"table\" = 'notes'")
    refused(notes, "notes")


@pytest.mark.parametrize(
    "statement",
    [
        "delete from hasmany_fields where \"table\" = 'notes' and field = 'stars'",
        "delete from hasmany_fields where \"table\" = 'notes'",
        "delete from hasmany_models where \"table\" = 'notes'",
    ],
)
def test_a_reader_that_goes_on_does_not_lose_what_is_no_longer_described(notes, statement):
    with Store(notes, read_only=True) as store:
        assert Note.all().values("stars") == [42]
        tamper(notes, statement)
        with pytest.raises((SchemaError, OSError), match="notes"):
            store.refresh()
        assert Note.all().values("stars") == [42]


def test_a_model_that_the_file_does_not_have_is_still_empty_to_a_reader(path):
    with Store(path, read_only=True) as store:
        assert Note.all() == []
        with Store(path):
            Note("one", 42)
        assert Note.all() == []
        assert store.refresh()
        assert Note.all().values("stars") == [42]


def test_the_tables_of_others_are_nobodys_business(path):
    tamper(path, "create table mine (notes text)", "create view notes_view as select * from no_such_table")
    for read_only in (True, False):
        with Store(path, read_only=read_only) as store:
            assert len(Entry.all()) == 3
            store.check()


# ── tables that are not of our form ───────────────────────────────────────────────────────────────

COLUMNS = "username TEXT NOT NULL"


@pytest.mark.parametrize(
    "table",
    [
        f"create table users (id integer primary key, {COLUMNS})",
        f"create table users (id integer primary key desc, {COLUMNS}) strict",
        f"create table users (id integer primary key, {COLUMNS}) strict, without rowid",
        f"create table users (id integer not null, {COLUMNS}) strict",
        f"create table users (id integer not null unique, {COLUMNS}) strict",
        f"create table users (id integer, {COLUMNS}, primary key (id, username)) strict",
        f"create table users (id text primary key, {COLUMNS}) strict",
        f"create table users (id int primary key, {COLUMNS}) strict",
        f"create table users (id any primary key, {COLUMNS}) strict",
        f"create table users (nr integer primary key, id integer, {COLUMNS}) strict",
        f"create table users (id integer primary key, {COLUMNS} unique on conflict replace) strict",
        "create table users (id integer primary key, username text not null as ('x')) strict",
        "create table users (id integer primary key, username any not null) strict",
        "create view users as select id, username from users_before",
        "create virtual table users using fts5(username)",
    ],
)
def test_a_table_that_is_not_of_our_form_is_refused(path, table):
    tamper(path, "pragma legacy_alter_table = on", "alter table users rename to users_before", table)
    refused(path, "table users: ")


@pytest.mark.parametrize("table", ["hasmany_models", "hasmany_fields"])
@pytest.mark.parametrize("kind", ["view", "endless view", "table"])
def test_a_description_that_is_not_of_our_form_is_refused(path, table, kind):
    names = ", ".join(f'"{name}"' for _, name, *_ in rows(path, f"pragma table_info({table})"))
    tamper(
        path,
        f"alter table {table} rename to before",
        {
            "view": f"create view {table} as select rowid, {names} from before",
            "endless view": f"create view {table} as with recursive c(x) as (select 1 union all select x + 1 from c) "
            f"select x as rowid, {names} from before, c",
            "table": f"create table {table} as select * from before",
        }[kind],
    )
    refused(path, f"table {table}: ")


def test_rows_that_are_counted_and_not_read_are_missed(path):
    """`count(*)` walks the smallest index, rows are read from the table."""
    with raw(path) as connection:
        page = connection.execute("select rootpage from sqlite_schema where name = 'users'").fetchone()[0]
        size = connection.execute("pragma page_size").fetchone()[0]
        connection.execute("create index theirs on users (username)")
    with path.open("r+b") as file:  # one row fewer on the only page of the table
        at = (page - 1) * size
        file.seek(at + 3)
        count = int.from_bytes(file.read(2), "big")
        file.seek(at + 3)
        file.write((count - 1).to_bytes(2, "big"))
    with pytest.raises(HasManyError, match=r"likes\.db"):
        Store(path, read_only=True)
