"""What `insert_all` does with rows that refer to each other, the naive way: dicts, and again from the start as long as a row
is left out."""

from typing import Any

Row = dict[str, Any]


def rows_of(many: Any, *fields: str) -> list[tuple]:
    """The values of several fields, a tuple a row."""
    return list(zip(*(many.values(field) for field in fields), strict=True))


class Refused(Exception):
    """The name of the error that is raised."""


class Naive:
    """People by name, in the order of their creation, each with a boss and a town; towns by name."""

    def __init__(self, towns: list[str]) -> None:
        self.people: dict[str, Row] = {}
        self.towns = towns

    def insert(self, rows: list[Row], conflict: str, fates: dict[str, str]) -> tuple[list[str], int]:
        """The names of the result, and how many rows are left out. Where it raises, nothing is changed."""
        out = self.left_out(rows, fates)
        left = [row for at, row in enumerate(rows) if at not in out]
        towns = self.towns + self.created("town", left, fates, self.towns)
        names = [row["name"] for row in left]
        created = self.created("boss", left, fates, [*self.people, *names])
        people = {name: dict(person) for name, person in self.people.items()}
        people |= {name: {"boss": None, "town": None} for name in created}
        there = {"town": towns, "boss": [*people, *names]}
        for name, known in there.items():
            if fates[name] == "error" and any(row[name] is not None and row[name] not in known for row in left):
                raise Refused("NotFoundError")
        result: list[str] = []
        for row in left:
            name = row["name"]
            is_there = name in people
            if is_there and conflict == "error":
                raise Refused("DuplicateError")
            if not is_there or conflict == "update":
                people[name] = {of: row[of] if row[of] in known else None for of, known in there.items()}
                result += [] if name in result else [name]
        self.people, self.towns = people, towns
        return result, len(out)

    def created(self, field: str, rows: list[Row], fates: dict[str, str], known: list[str]) -> list[str]:
        if fates[field] != "create":
            return []
        return [name for name in dict.fromkeys(row[field] for row in rows) if name is not None and name not in known]

    def left_out(self, rows: list[Row], fates: dict[str, str]) -> set[int]:
        out: set[int] = set()
        while True:
            names = [row["name"] for at, row in enumerate(rows) if at not in out]
            known = {"town": self.towns, "boss": [*self.people, *names]}
            fallen = {
                at
                for at, row in enumerate(rows)
                for name in known
                if at not in out and fates[name] == "skip" and row[name] is not None and row[name] not in known[name]
            }
            if not fallen:
                return out
            out |= fallen
