"""Teachers, courses, students and enrolments, as versions of a program that differ in what goes along with a delete and
in which fields there are."""

import sys
from collections.abc import Iterator
from itertools import count
from random import Random
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple

MODELS = ("Teacher", "Course", "Student", "Enrolment")
TERMS = ("2024", "2025", "2026", "2027")
RULES = ("restrict", "cascade", "nullify")

SOURCE = """
from hasmany import Many, Model, belongs_to, field, has_many

class Teacher(Model):
    name: str
    {courses}

class Course(Model):
    code: str = field(unique=True)
    {teacher}
    {title}
    {number}
    enrolments: Many["Enrolment"] = has_many()
    students: Many["Student"] = has_many(through="enrolments")

class Student(Model):
    name: str = field(unique=True)
    mentor: "Student | None" = belongs_to(on_delete="{mentor}", default=None)
    mentees: Many["Student"] = has_many()
    enrolments: Many["Enrolment"] = has_many()
    courses: Many[Course] = has_many(through="enrolments")

class Enrolment(Model, unique=("student", "course", "term")):
    student: Student = belongs_to(on_delete="{student}")
    course: Course = belongs_to(on_delete="{course}")
    term: str = "2024"
    grade: int = 0
"""


class Version(NamedTuple):
    """What one version of the program says."""

    teacher: str | None = "nullify"  # the rule of a course's reference; None: it has none
    mentor: str = "nullify"
    student: str = "cascade"
    course: str = "restrict"
    title: bool = True
    number: bool = False

    def references(self) -> Iterator[tuple[str, str, str, str]]:
        """Model, field, what it refers to, rule."""
        if self.teacher:
            yield "Course", "teacher", "Teacher", self.teacher
        yield "Student", "mentor", "Student", self.mentor
        yield "Enrolment", "student", "Student", self.student
        yield "Enrolment", "course", "Course", self.course

    def fields(self) -> dict[str, tuple[str, ...]]:
        optional = [name for name in ("teacher", "title", "number") if getattr(self, name)]
        return {
            "Teacher": ("name",),
            "Course": ("code", *optional),
            "Student": ("name", "mentor"),
            "Enrolment": ("student", "course", "term", "grade"),
        }


def other(random: Random, before: Version, fields_too: bool) -> Version:
    """Another version, which may have other fields only where that is said."""
    new = before._replace(
        mentor=random.choice(RULES), student=random.choice(RULES[:2]), course=random.choice(RULES[:2])
    )
    if before.teacher:
        new = new._replace(teacher=random.choice(RULES))
    if fields_too:
        teacher = random.choice((None, "nullify" if before.teacher is None else new.teacher))
        new = new._replace(teacher=teacher, title=random.random() < 0.7, number=random.random() < 0.7)
    return new


numbering = count(1)  # of courses: no number is given twice


class School:
    """The classes, which are redefined in place."""

    def __init__(self, name: str = "made_for_torture") -> None:
        self.module = ModuleType(name)
        self.module.next_number = lambda: next(numbering)  # type: ignore[attr-defined]
        sys.modules[name] = self.module
        self.declare(Version())

    def declare(self, version: Version) -> None:
        said: dict[str, Any] = {
            "courses": "courses: Many['Course'] = has_many()" if version.teacher else "",
            "teacher": f"teacher: Teacher | None = belongs_to(on_delete='{version.teacher}', default=None)"
            if version.teacher
            else "",
            "title": "title: str | None = None" if version.title else "",
            "number": "number: int = field(unique=True, default_factory=next_number)" if version.number else "",
        }
        exec(SOURCE.format(**said, **{k: v for k, v in version._asdict().items() if k not in said}), vars(self.module))  # noqa: S102
        self.version = version
        self.models = SimpleNamespace(**{name: getattr(self.module, name) for name in MODELS})
