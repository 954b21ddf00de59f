"""Rows and files, as columns that `insert_all` reads."""

import csv
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

from .errors import FieldError

SEPARATORS = {".csv": ",", ".tsv": "\t"}
PARQUET = (".parquet", ".pq")
SUFFIXES = ", ".join([*SEPARATORS, *PARQUET])

AT_ONCE = 1 << 14
"""Rows that are held as rows at once."""

LONGEST_ROW = 1 << 24
"""Bytes of the longest row of a CSV file; so much of it is read at once."""


def read(data: Any, what: str) -> tuple[Any, bool]:
    """Columns by name, or what hands over an Arrow stream, and whether they are a CSV file's, all text. No columns: no rows.
    Raises TypeError for what is neither rows nor the path of a file."""
    given: Any = data  # as a type checker is to see it where a class would tell it what it does not know
    if isinstance(data, os.PathLike) or (isinstance(data, str) and _suffix(data) in (*SEPARATORS, *PARQUET)):
        return _file(Path(os.fsdecode(given)), what)
    if isinstance(data, csv.DictReader):
        return _csv_rows(given, what), True
    if (names := _names_of_cursor(given)) is not None:
        return _columns(_chunks(lambda: given.fetchmany(AT_ONCE)), what, names) or _empty(names), False
    if isinstance(data, str | bytes | bytearray | type) or not isinstance(data, Iterable):
        raise TypeError(
            f"{what} takes columns (a mapping of names to arrays), a table, rows (mappings) or the path of a file "
            f"({SUFFIXES}), not {type(given).__name__}"
        )
    rows: Iterator[Any] = iter(given)
    return _columns(_chunks(lambda: list(islice(rows, AT_ONCE))), what, None), False


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────


def _names_of_cursor(data: Any) -> list[str] | None:
    """The columns of what a database's cursor gives, by the interface that all of them have (PEP 249)."""
    described: Any = getattr(data, "description", None)
    is_cursor = _is_sequence(described) and hasattr(data, "fetchmany")
    return [str(column[0]) for column in described] if is_cursor else None


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _chunks(more: Callable[[], Sequence[Any]]) -> Iterator[Sequence[Any]]:
    while chunk := more():
        yield chunk


def _columns(chunks: Iterable[Sequence[Any]], what: str, of_cursor: list[str] | None) -> dict[str, list[Any]]:
    """Rows, which come some at a time, as columns. `of_cursor`: the names of rows that have none."""
    columns: dict[str, list[Any]] = {}
    names: list[str] = []
    at = 0
    for chunk in chunks:
        is_plain = of_cursor is not None and not hasattr(chunk[0], "keys")
        for row in chunk:
            own = of_cursor if is_plain and of_cursor is not None else _names(row, at, what)
            if at == 0:
                names = own
                _check_names(names, what)
                columns = {name: [] for name in names}
            elif own != names and set(own) != set(names):
                raise FieldError(f"row {at} {_difference(own, names)}")
            at += 1
        for place, (name, column) in enumerate(columns.items()):
            column += [row[place if is_plain else name] for row in chunk]
    return columns


def _empty(names: Sequence[str]) -> dict[str, list[Any]]:
    return {name: [] for name in names}


def _names(row: Any, at: int, what: str) -> list[str]:
    try:
        return list(row.keys())
    except (AttributeError, TypeError):
        raise TypeError(
            f"{what} takes columns (a mapping of names to arrays), a table, rows or a path; row {at} is no mapping of "
            f"names to values but {type(row).__name__}"
        ) from None


def _check_names(names: Sequence[Any], what: str) -> None:
    if not names:
        raise TypeError(f"{what} got no columns")
    for at, name in enumerate(names):
        if name in names[:at]:
            raise TypeError(f"{what} got {name} twice")


def _difference(own: list[Any], first: list[Any]) -> str:
    """What a row has otherwise than the first. It may be a slip or stand for None or a default, so nothing is guessed."""
    way = "give all rows the same names, and None for nothing"
    for name in first:
        if name not in own:
            return f"has no {name!r}, which row 0 has; {way}"
    return f"has {next(name for name in own if name not in first)!r}, which row 0 has not; {way}"


def _csv_rows(reader: "csv.DictReader[Any]", what: str) -> dict[str, list[Any]]:
    names = list(reader.fieldnames or ())
    _check_names(names, what)
    fills_none = reader.restval is None

    def rows() -> Iterator[Any]:
        for at, row in enumerate(reader):
            if len(row) != len(names):
                raise FieldError(f"row {at} (line {reader.line_num}) has more values than the {len(names)} columns")
            if fills_none and None in row.values():
                raise FieldError(f"row {at} (line {reader.line_num}) has fewer values than the {len(names)} columns")
            yield row

    read = rows()
    return _columns(_chunks(lambda: list(islice(read, AT_ONCE))), what, None) or _empty(names)


# ── files ─────────────────────────────────────────────────────────────────────────────────────────


def _suffix(path: str) -> str:
    return Path(path).suffix.lower()


def _file(path: Path, what: str) -> tuple[Any, bool]:
    suffix = path.suffix.lower()
    if suffix in PARQUET:
        return _parquet(path, what), False
    if suffix in SEPARATORS:
        return _csv(path, SEPARATORS[suffix], what), True
    raise TypeError(f"{what}: {path} does not end in {SUFFIXES}, so it is not known what it is")


def _csv(path: Path, separator: str, what: str) -> Any:
    """A stream of pyarrow's, which reads a piece at a time, or all columns, where it is not installed."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file, _named(path, csv.Error):
        names = next(csv.reader(file, delimiter=separator), None)
    if not names:
        raise FieldError(f"{path} has no line with the names of columns")
    _check_names(names, what)
    try:
        pyarrow: Any = import_module("pyarrow")
        arrow: Any = import_module("pyarrow.csv")
    except ImportError:
        with path.open(encoding="utf-8-sig", newline="") as file, _named(path, csv.Error, UnicodeError, FieldError):
            return _csv_rows(csv.DictReader(file, delimiter=separator), what)
    as_text = arrow.ConvertOptions(column_types=dict.fromkeys(names, pyarrow.large_string()), strings_can_be_null=False)
    with _named(path, pyarrow.ArrowException):
        return arrow.open_csv(
            path,
            read_options=arrow.ReadOptions(block_size=LONGEST_ROW),
            parse_options=arrow.ParseOptions(delimiter=separator, newlines_in_values=True),
            convert_options=as_text,
        )


def _parquet(path: Path, what: str) -> Any:
    """A stream of pyarrow's, which reads a piece at a time, or a frame of polars."""
    with path.open("rb"):  # it is there
        pass
    try:
        pyarrow: Any = import_module("pyarrow")
        arrow: Any = import_module("pyarrow.parquet")
    except ImportError:
        try:
            polars: Any = import_module("polars")
        except ImportError as error:
            needs = f"{what}: a Parquet file needs pyarrow or polars: pip install pyarrow"
            raise ImportError(needs) from error
        with _named(path, polars.exceptions.PolarsError):
            return polars.read_parquet(path)
    with _named(path, pyarrow.ArrowException):
        file = arrow.ParquetFile(path)
        return pyarrow.RecordBatchReader.from_batches(file.schema_arrow, file.iter_batches())


@contextmanager
def _named(path: Path, *errors: type[Exception]) -> Generator[None]:
    """What reading the file raises, with its name."""
    try:
        yield
    except errors as error:
        raise FieldError(f"{path}: {error}") from error
