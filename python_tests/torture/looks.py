"""What random work reads: each look asks the current store and the naive copy, and compares."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from sqlite3 import connect
from typing import Any

import pyarrow as pa
from hasmany import Record, Store

from .acts import World
from .naive import GIVEN
from .school import MODELS


def same(got: Any, expected: Any, what: str) -> None:
    assert got == expected, f"{what}: {got}, not {expected}"


def plain(value: Any) -> Any:
    return value.id if isinstance(value, Record) else value


def learn(world: World) -> None:
    """The numbers that the program made: each course has its own."""
    courses = world.naive.tables["Course"]
    if not world.school.version.number or all(row["number"] is not GIVEN for row in courses.values()):
        return
    for course in world.model("Course").all():
        if courses[course.id]["number"] is GIVEN:
            courses[course.id] = {**courses[course.id], "number": course.number}
    numbers = [row["number"] for row in courses.values()]
    assert len(set(numbers)) == len(numbers), f"a number twice: {numbers}"


def everything(world: World) -> None:
    """All rows, from both ends, whichever way they are asked; and the store agrees with itself."""
    Store.current().check()
    learn(world)
    for model, names in world.school.version.fields().items():
        rows = world.naive.tables[model]
        found = world.model(model).all()
        same(found.ids.tolist(), list(rows), model)
        for name in names:
            same(
                [plain(value) for value in found.values(name)], [row[name] for row in rows.values()], f"{model}.{name}"
            )
    naive = world.naive
    for key in naive.tables["Student"]:
        student = world.record("Student", key)
        same(student.enrolments.ids.tolist(), naive.ids("Enrolment", student=key), f"enrolments of {student}")
        same(
            student.courses.ids.tolist(), naive.through("Enrolment", "student", key, "course"), f"courses of {student}"
        )
        same(student.mentees.ids.tolist(), naive.ids("Student", mentor=key), f"mentees of {student}")
        same(world.model("Student").find_by(name=student.name), student, "the name's index")
    for key in naive.tables["Course"]:
        course = world.record("Course", key)
        same(course.enrolments.ids.tolist(), naive.ids("Enrolment", course=key), f"enrolments of {course}")
        same(
            course.students.ids.tolist(), naive.through("Enrolment", "course", key, "student"), f"students of {course}"
        )
    if world.school.version.teacher:
        for key in naive.tables["Teacher"]:
            same(world.record("Teacher", key).courses.ids.tolist(), naive.ids("Course", teacher=key), "courses")


def in_sql(world: World, path: Path) -> None:
    """The file holds what the store holds, for everybody."""
    references = {(model, field) for model, field, _, _ in world.school.version.references()}
    with closing(connect(path)) as connection:
        for model, names in world.school.version.fields().items():
            columns = ", ".join(f"{name}_id" if (model, name) in references else name for name in names)
            found = connection.execute(f"select id, {columns} from {model}s order by id").fetchall()
            rows = world.naive.tables[model].items()
            same(found, [(key, *(row[name] for name in names)) for key, row in rows], f"{model} in SQL")


def read_beside(world: World, path: Path) -> None:
    """A reader of its own sees what is committed."""
    with Store(path, read_only=True) as reader:
        for model in MODELS:
            same(world.model(model).all().ids.tolist(), list(world.naive.tables[model]), f"{model} for a reader")
        reader.check()


# ── one question ──────────────────────────────────────────────────────────────────────────────────


def sets(world: World, random: Random) -> None:
    """Set algebra of two live collections, a fixed one and a list."""
    one, other = world.pick(random, "Student"), world.pick(random, "Student")
    a, b = (world.naive.through("Enrolment", "student", key, "course") for key in (one, other))
    left, right = world.record("Student", one).courses, world.record("Student", other).courses
    right = random.choice((right, right[:], list(right)))
    same((left & right).ids.tolist(), [key for key in a if key in b], "&")
    same((left | right).ids.tolist(), a + [key for key in b if key not in a], "|")
    same((left - right).ids.tolist(), [key for key in a if key not in b], "-")
    same((left ^ right).ids.tolist(), [k for k in a if k not in b] + [k for k in b if k not in a], "^")
    same((left <= right, left > right), (set(a) <= set(b), set(a) > set(b)), "<= and >")
    same(left.isdisjoint(right), not set(a) & set(b), "isdisjoint")


def pages(world: World, random: Random) -> None:
    """All pages of a live collection, while rows go between them: what stays is seen once, in order."""
    key, limit, reverse = world.pick(random, "Course"), random.randint(1, 4), random.random() < 0.5
    rows = world.record("Course", key).enrolments
    left = world.naive.ids("Enrolment", course=key)
    seen: list[int] = []
    token, first = None, True
    while first or token:
        page = rows.page(limit, token, reverse=reverse)
        seen += page.items.ids.tolist()
        token, first = page.next, False
        if left and random.random() < 0.1:
            gone = left.pop(random.randrange(len(left)))
            world.naive.delete("Enrolment", [gone])
            world.record("Enrolment", gone).delete()
    stayed = world.naive.ids("Enrolment", course=key)[:: -1 if reverse else 1]
    same([row for row in seen if row in stayed], stayed, "pages")
    assert seen == sorted(seen, reverse=reverse), "pages are in order"


def fixed(world: World, random: Random) -> None:
    """A computed collection stays, less what is deleted."""
    keys = random.sample(list(world.naive.tables["Enrolment"]), min(9, len(world.naive.tables["Enrolment"])))
    rows = world.model("Enrolment").all().where(grade=0) | world.records("Enrolment", keys)
    before = rows.ids.tolist()
    zero = world.naive.ids("Enrolment", grade=0)
    same(before, zero + [key for key in keys if key not in zero], "where, and others")
    if before:
        gone = random.choice(before)
        world.naive.delete("Enrolment", [gone])
        world.record("Enrolment", gone).delete()
        same(rows.ids.tolist(), [key for key in before if key != gone], "a fixed collection")


def asked(world: World, random: Random) -> None:
    """where, order_by, through, values by a path, a slice, Arrow."""
    grade, key = random.randint(0, 3), world.pick(random, "Course")
    naive, enrolments = world.naive, world.record("Course", key).enrolments
    rows = naive.tables["Enrolment"]
    mine = naive.ids("Enrolment", course=key)
    same(enrolments.where(grade=grade).ids.tolist(), [row for row in mine if rows[row]["grade"] == grade], "where")
    reverse = random.random() < 0.5
    ordered = sorted(mine, key=lambda row: rows[row]["term"], reverse=reverse)
    same(enrolments.order_by("term", reverse=reverse).ids.tolist(), ordered, "order_by")
    students = list(dict.fromkeys(rows[row]["student"] for row in mine))
    same(enrolments.through("student").ids.tolist(), students, "through")
    names = [naive.tables["Student"][rows[row]["student"]]["name"] for row in mine]
    same(enrolments.values("student.name"), names, "values")
    start, stop, stride = random.randint(-9, 9), random.randint(-9, 9), random.choice((1, 2, -1, -3))
    same(enrolments[start:stop:stride].ids.tolist(), mine[start:stop:stride], "a slice")
    table = pa.table(enrolments)
    same(table["id"].to_pylist(), mine, "Arrow")
    same(table["student"].to_pylist(), [rows[row]["student"] for row in mine], "Arrow")


LOOKS: list[Callable[[World, Random], None]] = [sets, pages, fixed, asked]
