"""A store as dicts, by the rules as they are written down: slow, and so short that it can be read."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from .school import MODELS, Version

Row = dict[str, Any]  # a reference is an id or None
GIVEN = object()  # a value that the store's program makes: it is learned when it is first looked at


class Refused(Exception):
    """What the store is to raise, by the name of its class."""

    def __init__(self, kind: str, rows: Any = None) -> None:
        super().__init__(kind)
        self.kind, self.rows = kind, rows


class Naive:
    """Rows by model and id, oldest first. Rows are never changed in place, so a copy of the dicts is a snapshot."""

    def __init__(self, version: Version) -> None:
        self.version = version
        self.tables: dict[str, dict[int, Row]] = {model: {} for model in MODELS}
        self.put_away: dict[str, dict[int, Any]] = {}  # of fields that are taken out: values by course
        self.top = dict.fromkeys(MODELS, 0)  # the largest id that there ever was

    def snapshot(self) -> Any:
        return {model: dict(rows) for model, rows in self.tables.items()}

    def restore(self, snapshot: Any) -> None:
        """Ids that were given stay given."""
        self.tables = snapshot

    # ── asking ────────────────────────────────────────────────────────────────────────────────────

    def ids(self, model: str, **fields: Any) -> list[int]:
        rows = self.tables[model].items()
        return [key for key, row in rows if all(row[name] == value for name, value in fields.items())]

    def through(self, model: str, of: str, key: int, to: str) -> list[int]:
        """Each once, at its first link."""
        return list(dict.fromkeys(row[to] for row in self.tables[model].values() if row[of] == key))

    def taken(self, model: str, row: Row, but: int | None = None) -> int | None:
        """The row that has a unique key of this one already."""
        keys = {"Course": [("code",)], "Student": [("name",)], "Enrolment": [("student", "course", "term")]}
        for names in keys.get(model, []):
            for key, there in self.tables[model].items():
                if key != but and all(there[name] == row[name] for name in names):
                    return key
        return None

    # ── writing ───────────────────────────────────────────────────────────────────────────────────

    def filled(self, model: str, fields: Row) -> Row:
        row: Row = {"teacher": None, "title": None, "number": GIVEN, "mentor": None, "term": "2024", "grade": 0}
        return {name: fields[name] if name in fields else row[name] for name in self.version.fields()[model]}

    def create(self, model: str, key: int, **fields: Any) -> None:
        assert key > self.top[model], f"{model} {key} was given before"
        self.top[model] = key
        self.tables[model][key] = self.filled(model, fields)

    def may_create(self, model: str, **fields: Any) -> None:
        if there := self.taken(model, self.filled(model, fields)):
            raise Refused("DuplicateError", there)

    def set(self, model: str, key: int, **fields: Any) -> None:
        row = {**self.tables[model][key], **fields}
        if there := self.taken(model, row, key):
            raise Refused("DuplicateError", there)
        self.tables[model][key] = row

    def delete(self, model: str, keys: Iterable[int]) -> dict[str, int]:
        """How many rows of each model went."""
        going = dict.fromkeys((model, key) for key in keys)
        waiting, restricting, nullified = list(going), set(), set()
        while waiting:
            target, key = waiting.pop()
            for child, field, refers_to, rule in self.version.references():
                if refers_to != target:
                    continue
                for row in self.ids(child, **{field: key}):
                    if rule == "cascade" and (child, row) not in going:
                        going[child, row] = None
                        waiting.append((child, row))
                    elif rule == "restrict":
                        restricting.add((child, row))
                    elif rule == "nullify":
                        nullified.add((child, row, field))
        if blocking := restricting - going.keys():
            raise Refused("RestrictError", dict(Counter(child for child, _ in blocking)))
        for child, row, field in nullified:
            self.tables[child][row] = {**self.tables[child][row], field: None}
        for target, row in going:
            del self.tables[target][row]
        return dict(Counter(target for target, _ in going))

    # ── linking ───────────────────────────────────────────────────────────────────────────────────

    def link(self, pairs: list[tuple[int, int]], fields: Row) -> list[Row]:
        """The enrolments that `add` makes for these pairs of student and course, or what it raises."""
        made: list[Row] = []
        for student, course in dict.fromkeys(pairs):
            pair = {"student": student, "course": course}
            linked = self.ids("Enrolment", **pair)
            if not linked:
                made.append({**pair, **fields})
            elif fields and not self.ids("Enrolment", **pair, **fields):
                taken = self.ids("Enrolment", **pair, term=fields["term"]) if "term" in fields else linked
                if taken:
                    raise Refused("DuplicateError", taken[0])
                made.append({**pair, **fields})
        return made

    # ── versions ──────────────────────────────────────────────────────────────────────────────────

    def redefine(self, new: Version, keeps: bool) -> None:
        """What a field that is taken out held is kept in a file, and is back with it."""
        defaults = {"teacher": None, "title": None, "number": GIVEN}
        courses = self.tables["Course"]
        for name, default in defaults.items():
            had, has = getattr(self.version, name), getattr(new, name)
            if had and not has:
                values = {key: row[name] for key, row in courses.items()} if keeps else {}
                self.put_away[name] = values
            elif has and not had:
                held = self.put_away.pop(name, {})
                teachers = self.tables["Teacher"]
                for key, row in courses.items():
                    value = held.get(key, default)
                    if name == "teacher" and value not in teachers:
                        value = None  # deleted meanwhile
                    courses[key] = {**row, name: value}
            if had and not has:
                for key, row in courses.items():
                    courses[key] = {field: value for field, value in row.items() if field != name}
        self.version = new
