"""What random work writes: each act does it in the current store and by the rules of `naive.py`, and compares."""

from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
from hasmany import DeletedError, FieldError, Store

from .naive import Naive, Refused, Row
from .school import MODELS, TERMS, School

NAMES = [f"{letter}{number}" for letter in "abcdé" for number in range(12)]
MOST = {"Teacher": 12, "Course": 30, "Student": 30, "Enrolment": 250}  # rows; what is more is deleted


class NoRows(Exception):
    """There is no row that an act could be about, so nothing was done."""


class World:
    """The classes, and a naive copy of the store that is current."""

    def __init__(self, school: School) -> None:
        self.school = school
        self.naive = Naive(school.version)

    def model(self, name: str) -> Any:
        return getattr(self.school.models, name)

    def record(self, model: str, key: int | None) -> Any:
        return None if key is None else self.model(model).find(key)

    def pick(self, random: Random, model: str) -> int:
        """Any row; raises `NoRows` where there is none."""
        keys = list(self.naive.tables[model])
        if not keys:
            raise NoRows
        return random.choice(keys)

    def maybe(self, random: Random, model: str) -> int | None:
        return self.pick(random, model) if self.naive.tables[model] and random.random() < 0.7 else None

    def several(self, random: Random, model: str, most: int = 5) -> list[int]:
        keys = list(self.naive.tables[model])
        return random.choices(keys, k=random.randint(0, most)) if keys else []

    def records(self, model: str, keys: list[int]) -> list[Any]:
        return [self.record(model, key) for key in keys]

    def newest(self, model: str, fields: list[Row]) -> None:
        """The store has as many new rows at its end, which are these."""
        keys = self.model(model).all().ids.tolist()
        for key, row in zip(keys[len(keys) - len(fields) :], fields, strict=True):
            self.naive.create(model, key, **row)


def attempt(call: Callable[[], Any], rule: Callable[[], Any]) -> tuple[Any, Any]:
    """What both give, if the rule allows it; else the store refuses it, for the same reason, and both are None."""
    try:
        expected = rule()
    except Refused as refused:
        try:
            given = call()
        except Exception as error:  # noqa: BLE001 - compared with what is expected
            assert type(error).__name__ == refused.kind, f"{type(error).__name__}, not {refused.kind}: {error}"
            said = getattr(error, "blockers", None) or getattr(getattr(error, "existing", None), "id", None)
            assert said == refused.rows or refused.rows is None, f"{said}, not {refused.rows}: {error}"
            return None, None
        raise AssertionError(f"{given!r}, and no {refused.kind}") from None
    return call(), expected


def create(world: World, random: Random) -> None:
    model = random.choice(MODELS[:3])
    fields: Row = {"code" if model == "Course" else "name": random.choice(NAMES)}
    if model == "Student":
        fields["mentor"] = world.maybe(random, "Student")
    elif model == "Course" and world.school.version.teacher:
        fields["teacher"] = world.maybe(random, "Teacher")
    make(world, model, fields)


def enrol(world: World, random: Random) -> None:
    make(world, "Enrolment", {**pair(world, random), **details(random)})


def make(world: World, model: str, fields: Row) -> None:
    given = {name: given_as(world, name, value) for name, value in fields.items()}
    made, _ = attempt(lambda: world.model(model)(**given), lambda: world.naive.may_create(model, **fields))
    if made is not None:
        world.naive.create(model, made.id, **fields)


def given_as(world: World, name: str, value: Any) -> Any:
    """A reference as its record."""
    of = {"mentor": "Student", "teacher": "Teacher", "student": "Student", "course": "Course"}.get(name)
    return value if of is None else world.record(of, value)


def pair(world: World, random: Random) -> Row:
    return {"student": world.pick(random, "Student"), "course": world.pick(random, "Course")}


def details(random: Random) -> Row:
    fields = {"term": random.choice(TERMS), "grade": random.randint(0, 3)}
    return {name: value for name, value in fields.items() if random.random() < 0.6}


def change(world: World, random: Random) -> None:
    model = random.choice(MODELS)
    key = world.pick(random, model)
    options: Row = {"name": random.choice(NAMES), "code": random.choice(NAMES), "title": random.choice((None, "é", ""))}
    options |= {"mentor": world.maybe(random, "Student"), "teacher": world.maybe(random, "Teacher")}
    options |= {"term": random.choice(TERMS), "grade": random.randint(0, 3)}
    if model == "Enrolment" and world.naive.tables["Student"] and world.naive.tables["Course"]:
        options |= pair(world, random)
    names = [name for name in world.school.version.fields()[model] if name in options]
    fields = {name: options[name] for name in random.sample(names, random.randint(1, min(2, len(names))))}
    record = world.record(model, key)
    given = {name: given_as(world, name, value) for name, value in fields.items()}

    def call() -> None:
        if len(given) == 1:
            setattr(record, *next(iter(given.items())))
        else:
            record.update(**given)

    attempt(call, lambda: world.naive.set(model, key, **fields))


def change_many(world: World, random: Random) -> None:
    keys = list(dict.fromkeys(world.several(random, "Enrolment", 20)))
    grade = random.randint(0, 3)
    course = world.pick(random, "Course")
    of_course = world.record("Course", course).enrolments.where(grade=grade)
    expected = world.naive.ids("Enrolment", course=course, grade=grade)
    assert of_course.update_all(grade=grade + 1) == len(expected)
    for key in expected:
        world.naive.set("Enrolment", key, grade=grade + 1)
    picked = world.model("Enrolment").all() & world.records("Enrolment", keys)
    assert picked.update_all(grade=9) == len(keys)
    for key in keys:
        world.naive.set("Enrolment", key, grade=9)


def delete(world: World, random: Random) -> None:
    model = random.choice(MODELS)
    gone(world, model, [world.pick(random, model)], many=False)


def gone(world: World, model: str, keys: list[int], many: bool = True) -> None:
    records = world.records(model, keys)
    rows = world.model(model).all() & records
    got, expected = attempt(rows.delete_all if many else records[0].delete, lambda: world.naive.delete(model, keys))
    if got is not None:
        got = {model: count for model, count in got.items() if count}
        assert got == expected, f"{got}, not {expected}"
    for record, key in zip(records, keys, strict=True):
        assert (record in Store.current()) == (key in world.naive.tables[model])
        if got is not None:
            try:
                raise AssertionError(f"{record} is deleted, and can be changed: {record.update()}")
            except DeletedError:
                pass


def make_room(world: World, random: Random) -> None:
    """Where there are too many rows of a model, some go."""
    for model in ("Enrolment", "Student", "Course", "Teacher"):
        keys = list(world.naive.tables[model])
        if len(keys) > MOST[model]:
            gone(world, model, random.sample(keys, MOST[model] // 2))


# ── collections that are written ──────────────────────────────────────────────────────────────────


def link(world: World, random: Random) -> None:
    """`add` from either end, with fields or without."""
    owner, member = random.choice((("student", "course"), ("course", "student")))
    key, keys = world.pick(random, owner.title()), world.several(random, member.title(), 3)
    fields = details(random)
    pairs = [(key, other) if owner == "student" else (other, key) for other in keys]
    collection = getattr(world.record(owner.title(), key), f"{member}s")
    members = world.records(member.title(), keys)
    _, made = attempt(lambda: collection.add(*members, **fields), lambda: world.naive.link(pairs, fields))
    world.newest("Enrolment", made or [])


def replace(world: World, random: Random) -> None:
    key, keys = world.pick(random, "Student"), world.several(random, "Course", 4)
    fields = details(random)
    student, courses = world.record("Student", key), world.records("Course", keys)

    def rule() -> list[Row]:
        made = world.naive.link([(key, course) for course in keys], fields)
        going = world.naive.ids("Enrolment", student=key)
        world.naive.delete("Enrolment", [row for row in going if course_of(world, row) not in keys])
        return made

    _, made = attempt(lambda: student.courses.replace(courses, **fields), rule)
    world.newest("Enrolment", made or [])


def course_of(world: World, enrolment: int) -> Any:
    return world.naive.tables["Enrolment"][enrolment]["course"]


def unlink(world: World, random: Random) -> None:
    key, keys = world.pick(random, "Course"), world.several(random, "Student", 3)
    students = world.record("Course", key).students
    if random.random() < 0.1:
        keys = world.naive.through("Enrolment", "course", key, "student")
        students.clear()
    else:
        students.remove(*world.records("Student", keys))
    for student in keys:
        world.naive.delete("Enrolment", world.naive.ids("Enrolment", student=student, course=key))


def mentor(world: World, random: Random) -> None:
    """An inverse: what it takes in leaves the others, what it lets go refers to nobody."""
    key, keys = world.pick(random, "Student"), world.several(random, "Student", 3)
    mentees, students = world.record("Student", key).mentees, world.records("Student", keys)
    let_go = [] if random.random() < 0.5 else world.naive.ids("Student", mentor=key)
    if let_go:
        mentees.replace(students)
    else:
        mentees.add(*students)
    for each in let_go:
        world.naive.set("Student", each, mentor=None)
    for each in keys:
        world.naive.set("Student", each, mentor=key)


def find_or_create(world: World, random: Random) -> None:
    fields: Row = {**pair(world, random), "term": random.choice(TERMS)}
    given = {name: given_as(world, name, value) for name, value in fields.items()}
    there = world.naive.ids("Enrolment", **fields)
    found = world.model("Enrolment").find_or_create(**given, defaults={"grade": 7})
    if there:
        assert found.id == there[0]
    else:
        world.naive.create("Enrolment", found.id, **fields, grade=7)


# ── many at once ──────────────────────────────────────────────────────────────────────────────────


def insert(world: World, random: Random) -> None:
    """`insert_all`, by ids in any kind of column or by names of students, some of which there may not be."""
    count = random.choice((0, 1, 5, 40))
    rows = [{**pair(world, random), "term": random.choice(TERMS), "grade": random.randint(0, 3)} for _ in range(count)]
    skip, by_name = random.random() < 0.6, random.random() < 0.5
    names = [random.choice(NAMES) for _ in rows]
    missing = random.random() < 0.7
    column = random.choice((list, np.array, pa.array))
    columns: dict[str, Any] = {name: column([row[name] for row in rows]) for name in ("course", "term", "grade")}
    columns["student.name" if by_name else "student"] = names if by_name else column([row["student"] for row in rows])
    if not rows:
        columns |= {name: list(values) for name, values in columns.items()}
    options = {"on_conflict": "skip" if skip else "error", "create_missing": by_name and missing}

    def rule() -> tuple[list[Row], list[str]]:
        new: list[str] = []
        if by_name:
            known = {row["name"]: key for key, row in world.naive.tables["Student"].items()}
            new = [name for name in dict.fromkeys(names) if name not in known]
            if new and not missing:
                raise Refused("NotFoundError")
            for row, name in zip(rows, names, strict=True):
                row["student"] = known.get(name, name)
        return without_conflicts(world, rows, skip), new

    got, expected = attempt(lambda: world.model("Enrolment").insert_all(columns, **options), rule)
    if got is not None:
        made, new = expected
        world.newest("Student", [{"name": name} for name in new])
        known = {row["name"]: key for key, row in world.naive.tables["Student"].items()}
        world.newest("Enrolment", [{**row, "student": known.get(row["student"], row["student"])} for row in made])
        assert len(got) == len(made), f"{len(got)} rows, not {len(made)}"


def without_conflicts(world: World, rows: list[Row], skip: bool) -> list[Row]:
    there = {(row["student"], row["course"], row["term"]) for row in world.naive.tables["Enrolment"].values()}
    kept = []
    for row in rows:
        key = row["student"], row["course"], row["term"]
        if key in there and not skip:
            raise Refused("DuplicateError")
        if key not in there:
            kept.append(row)
        there.add(key)
    return kept


# ── what is refused whole ─────────────────────────────────────────────────────────────────────────


def fail(world: World, random: Random) -> None:
    """A mistake in the last place: nothing before it is done."""
    student, course = world.record("Student", world.pick(random, "Student")), world.pick(random, "Course")
    calls: list[Callable[[], Any]] = [
        lambda: student.courses.add(world.record("Course", course), student, term="2099"),
        lambda: student.courses.replace([world.record("Course", course), None]),
        lambda: student.update(name="a name nobody has", mentor=world.record("Course", course)),
        lambda: world.model("Enrolment").insert_all(student=[student.id] * 2, course=[course, None], term=["8", "9"]),
        lambda: world.model("Teacher").insert_all(name=["a", 5]),
    ]
    try:
        random.choice(calls)()
    except (TypeError, FieldError):
        return
    raise AssertionError("not refused")


def swap(world: World, random: Random) -> None:
    """Two students change names by way of a third."""
    one, other = world.pick(random, "Student"), world.pick(random, "Student")
    if one == other:
        return
    first, second = world.record("Student", one), world.record("Student", other)
    a, b = first.name, second.name
    with Store.current().transaction():
        first.name, second.name, first.name = "between", a, b
    world.naive.tables["Student"][one] = {**world.naive.tables["Student"][one], "name": b}
    world.naive.tables["Student"][other] = {**world.naive.tables["Student"][other], "name": a}


ACTS: list[Callable[[World, Random], None]] = [
    *[create] * 3,
    *[enrol] * 3,
    *[change] * 4,
    change_many,
    *[delete] * 2,
    *[link] * 3,
    *[replace] * 2,
    unlink,
    mentor,
    find_or_create,
    insert,
    fail,
    swap,
]
