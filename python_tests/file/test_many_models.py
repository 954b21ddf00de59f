"""Opening a file costs what its tables and rows cost, however many tables there are."""

import sys
from pathlib import Path

import pytest
from hasmany import Store

from .files import raw, run_python

COUNT = """
import sys
from hasmany import Store
def reads():
    return int(next(line for line in open("/proc/self/io") if line.startswith("syscr")).split()[1])
before = reads()
Store(sys.argv[1], read_only=sys.argv[2] == "True").close()
print(reads() - before)
"""


def with_models(path: Path, count: int) -> Path:
    """A file of so many models, each with a unique field, a reference to the one before, and a row."""
    with Store(path):
        pass
    with raw(path) as connection:
        for n in range(count):
            to = f"t{max(n - 1, 0)}"
            connection.execute(
                f"create table t{n} (id INTEGER PRIMARY KEY, name TEXT NOT NULL, "
                f'to_id INTEGER REFERENCES "{to}" ("id") ON DELETE RESTRICT) strict'
            )
            connection.execute(f'create unique index "hasmany_t{n}(name)" on t{n} (name)')
            connection.execute(f'create index "hasmany_t{n}(to_id)" on t{n} (to_id)')
            connection.execute("insert into hasmany_models values (?, ?, 1)", (f"t{n}", f"T{n}"))
            for field, of in (("name", "str"), ("to", "reference")):
                connection.execute("insert into hasmany_fields values (?, ?, ?)", (f"t{n}", field, of))
            connection.execute(f"insert into t{n} values (1, 'x', 1)")
    return path


@pytest.mark.skipif(sys.platform != "linux", reason="reads are counted by Linux")
@pytest.mark.parametrize("read_only", [False, True])
def test_opening_reads_a_file_a_few_times_whatever_its_tables(tmp_path, read_only):
    """A connection a table read the whole schema for each: sixteen times as much for four times the tables."""

    def reads(count: int) -> int:
        path = with_models(tmp_path / f"{count}.db", count)
        run = run_python(COUNT, path, read_only)
        assert run.returncode == 0, run.stderr
        return int(run.stdout)

    few, many = reads(50), reads(200)
    assert many < 6 * few, (few, many)


def test_many_models_are_all_there(tmp_path):
    with Store(with_models(tmp_path / "many.db", 100)) as store:
        store.check()
        assert str(store.schema).count("which no class declares") == 100
