"""The indexes and foreign keys of a table."""

from pathlib import Path

from .files import raw, rows


def foreign_keys(path: Path, table: str) -> dict[str, tuple[str, str, str]]:
    found = rows(path, f"pragma foreign_key_list({table})")
    return {column: (parent, to, on_delete) for _, _, parent, column, to, _, on_delete, _ in found}


def indexes(path: Path, table: str) -> list[tuple[bool, tuple[str, ...]]]:
    """The indexes of a table: whether unique, and their columns."""
    with raw(path) as connection:
        found = connection.execute(f'pragma index_list("{table}")').fetchall()
        inside = [connection.execute(f'pragma index_info("{name}")').fetchall() for _, name, *_ in found]
    return [
        (bool(unique), tuple(column for _, _, column in info))
        for (_, _, unique, *_), info in zip(found, inside, strict=True)
    ]
