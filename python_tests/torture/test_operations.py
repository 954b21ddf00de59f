"""Random work in several stores, redefined meanwhile, is at any moment what a naive copy says."""

import pytest

from .naive import Naive, Refused
from .programs import run
from .school import Version


@pytest.mark.parametrize("options", [(), ("--file",)], ids=["memory", "files"])
@pytest.mark.parametrize("seed", [1, 2])
def test_random_work_is_what_a_naive_copy_says(options, seed):
    assert "operations; " in run("operations", "--operations", 4000, "--every", 500, "--seed", seed, *options)


# ── the naive copy itself ─────────────────────────────────────────────────────────────────────────


@pytest.fixture
def naive():
    """Student 1 is the mentor of 2; both are enrolled in course 1, which teacher 1 gives."""
    made = Naive(Version())
    made.create("Teacher", 1, name="t")
    made.create("Course", 1, code="c", teacher=1)
    for key, mentor in ((1, None), (2, 1)):
        made.create("Student", key, name=f"s{key}", mentor=mentor)
        made.create("Enrolment", key, student=key, course=1)
    return made


def test_a_delete_cascades_nullifies_and_restricts(naive):
    with pytest.raises(Refused, match="RestrictError") as caught:
        naive.delete("Course", [1])
    assert caught.value.rows == {"Enrolment": 2}
    assert naive.delete("Student", [1]) == {"Student": 1, "Enrolment": 1}
    assert naive.ids("Student", mentor=None) == [2]
    naive.redefine(naive.version._replace(course="cascade", teacher="cascade"), keeps=True)
    assert naive.delete("Teacher", [1]) == {"Teacher": 1, "Course": 1, "Enrolment": 1}


def test_a_reference_that_is_back_is_what_it_was_and_none_where_its_row_is_gone(naive):
    naive.create("Teacher", 2, name="u")
    naive.create("Course", 2, code="d", teacher=2)
    out = naive.version._replace(teacher=None)
    naive.redefine(out, keeps=True)
    naive.create("Course", 3, code="e")
    assert naive.delete("Teacher", [2]) == {"Teacher": 1}
    naive.redefine(Version(), keeps=True)
    assert [row["teacher"] for row in naive.tables["Course"].values()] == [1, None, None]


def test_add_with_fields_makes_a_row_where_the_wider_tuple_is_free(naive):
    assert naive.link([(1, 1)], {}) == naive.link([(1, 1)], {"term": "2024"}) == []
    assert naive.link([(1, 1)], {"term": "2025"}) == [{"student": 1, "course": 1, "term": "2025"}]
    for fields in ({"grade": 4}, {"term": "2024", "grade": 4}):
        with pytest.raises(Refused, match="DuplicateError"):
            naive.link([(1, 1)], fields)
