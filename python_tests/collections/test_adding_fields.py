"""`add` and `replace` with fields: what is given is on a join row afterwards, or an error says what is in the way."""

from itertools import count

import pytest
from hasmany import DuplicateError, FieldError, Many, Model, SchemaError, Store, field, has_many

ticket = count(1)


class Student(Model):
    name: str
    enrollments: Many["Enrollment"] = has_many()
    courses: Many["Course"] = has_many(through="enrollments")
    desks: Many["Desk"] = has_many()
    rooms: Many["Course"] = has_many(through="desks", source="course")


class Course(Model):
    title: str
    enrollments: Many["Enrollment"] = has_many()
    students: Many[Student] = has_many(through="enrollments")


class Enrollment(Model, unique=("student", "course", "term")):
    student: Student
    course: Course
    term: str
    grade: int = 0
    ticket: int = field(default_factory=lambda: next(ticket))


class Desk(Model, unique=("student", "course")):
    student: Student
    course: Course
    number: int = 0
    window: bool = False


@pytest.fixture
def ann() -> Student:
    return Student("Ann")


@pytest.fixture
def art() -> Course:
    return Course("Art")


def rows() -> list[tuple[str, str, str, int]]:
    return [(row.student.name, row.course.title, row.term, row.grade) for row in Enrollment.all()]


def test_no_row_of_the_pair_makes_one_with_the_fields_and_defaults(ann, art):
    ann.courses.add(art, term="2024")
    assert rows() == [("Ann", "Art", "2024", 0)]


def test_the_pair_is_there_and_no_fields_are_given_does_nothing(ann, art):
    ann.courses.add(art, term="2024", grade=3)
    assert ann.courses.add(art) == [art]
    assert art.students.add(ann) == [ann]
    assert rows() == [("Ann", "Art", "2024", 3)]


def test_a_row_that_has_all_given_fields_does_nothing(ann, art):
    ann.courses.add(art, term="2024", grade=3)
    ann.courses.add(art, term="2025", grade=4)
    before = rows()
    for given in ({"term": "2024"}, {"grade": 4}, {"term": "2025", "grade": 4}):
        ann.courses.add(art, **given)
        art.students.add(ann, **given)
    assert rows() == before


def test_a_free_wider_unique_tuple_given_whole_makes_one_more_row(ann, art):
    ann.courses.add(art, term="2024")
    assert ann.courses.add(art, term="2025") == [art]
    art.students.add(ann, term="2026", grade=2)
    assert rows() == [("Ann", "Art", "2024", 0), ("Ann", "Art", "2025", 0), ("Ann", "Art", "2026", 2)]


def test_a_taken_wider_tuple_is_an_error_that_names_the_row_that_has_it_what_differs_and_update(ann, art):
    ann.courses.add(art, term="2024", grade=1)
    ann.courses.add(art, term="2025", grade=2)
    before = rows()
    with pytest.raises(DuplicateError, match=r"another grade; change it with \.update\(grade=\.\.\.\)") as caught:
        ann.courses.add(art, term="2025", grade=9)
    assert caught.value.existing == Enrollment.find(term="2025")
    assert "term" not in str(caught.value)
    assert rows() == before


def test_a_wider_tuple_not_given_whole_is_an_error_about_the_first_row_of_the_pair(ann, art):
    ann.courses.add(art, term="2024", grade=1)
    ann.courses.add(art, term="2025", grade=2)
    with pytest.raises(DuplicateError, match=r"another grade.*update.*give term, too") as caught:
        ann.courses.add(art, grade=9)
    assert caught.value.existing == Enrollment.find(term="2024")
    assert len(Enrollment.all()) == 2


def test_a_pair_that_is_unique_itself_is_never_doubled(ann, art):
    ann.rooms.add(art, number=3)
    ann.rooms.add(art, number=3)
    ann.rooms.add(art)
    with pytest.raises(
        DuplicateError, match=r"another number, window; .*update\(number=\.\.\., window=\.\.\.\)"
    ) as caught:
        ann.rooms.add(art, number=4, window=True)
    assert caught.value.existing == Desk.find(1)
    assert Desk.all().values("number") == [3]


def test_defaults_are_never_compared(ann, art):
    ann.courses.add(art, term="2024", grade=5)
    ann.courses.add(art, term="2024")
    ann.rooms.add(art, number=7, window=True)
    ann.rooms.add(art, number=7)
    assert (Enrollment.all().values("grade"), Desk.all().values("window")) == ([5], [True])


def test_a_default_does_not_make_a_tuple_given(ann, art):
    class Seat(Model, unique=("person", "hall", "row")):
        person: "Person"
        hall: Course
        row: int = 1
        note: str = ""

    class Person(Model):
        seats: Many[Seat] = has_many()
        halls: Many[Course] = has_many(through="seats")

    person = Person()
    Seat(person, art, 2, "a")
    with pytest.raises(DuplicateError, match="give row, too"):
        person.halls.add(art, note="b")
    assert Seat.all().values("note") == ["a"]


def test_a_member_named_twice_is_linked_once(ann, art):
    ann.courses.add(art, art, term="2024", grade=1)
    assert rows() == [("Ann", "Art", "2024", 1)]


def test_factories_are_called_once_for_each_new_row_and_not_for_others(ann, art):
    bio = Course("Bio")
    ann.courses.add(art, term="2024")
    start = next(ticket)
    ann.courses.add(art, bio, term="2024")
    assert Enrollment.find(course=bio).ticket == start + 1
    assert next(ticket) == start + 2


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_one_call_is_all_or_nothing(kind, tmp_path):
    with Store(tmp_path / "x.db") if kind == "file" else Store() as store:
        ann, art, bio = Student("Ann"), Course("Art"), Course("Bio")
        ann.courses.add(bio, term="2024", grade=1)
        before = rows()
        for write in (
            lambda: ann.courses.add(art, bio, term="2024", grade=2),
            lambda: ann.courses.replace([art, bio], term="2024", grade=2),
            lambda: ann.courses.replace([art], grade=2),  # needs a term
            lambda: ann.courses.replace([art], term=5),
        ):
            with pytest.raises((DuplicateError, TypeError)):
                write()
            assert rows() == before
        store.check()
        with store.transaction():
            with pytest.raises(DuplicateError):
                ann.courses.replace([art, bio], term="2024", grade=2)
            ann.courses.add(art, term="2024")
        assert rows() == [*before, ("Ann", "Art", "2024", 0)]


def test_replace_makes_links_that_stay_have_the_fields(ann, art):
    bio, law = Course("Bio"), Course("Law")
    ann.courses.add(art, bio, term="2024")
    ann.courses.replace([bio, law], term="2024")
    assert rows() == [("Ann", "Bio", "2024", 0), ("Ann", "Law", "2024", 0)]
    ann.courses.replace([law, bio], term="2025")
    assert rows()[2:] == [("Ann", "Law", "2025", 0), ("Ann", "Bio", "2025", 0)]
    before = rows()
    with pytest.raises(DuplicateError, match="grade"):
        ann.courses.replace([law], term="2025", grade=1)
    ann.courses.replace([law, bio])
    assert rows() == before


def test_a_given_none_is_a_value_like_others(ann, art):
    class Visit(Model, unique=("pupil", "school", "year")):
        pupil: "Pupil"
        school: "School"
        year: int | None = None

    class School(Model):
        name: str

    class Pupil(Model):
        name: str
        visits: Many[Visit] = has_many()
        schools: Many[School] = has_many(through="visits")

    pupil, school = Pupil("p"), School("s")
    pupil.schools.add(school, year=1).add(school, year=None).add(school, year=None)
    assert Visit.all().values("year") == [1, None]


def test_a_record_given_as_a_field_is_compared_as_the_record_it_is(ann, art):
    class Trip(Model, unique=("guide", "hiker", "hut")):
        guide: "Guide"
        hiker: Student
        hut: Course

    class Guide(Model):
        name: str
        trips: Many[Trip] = has_many()
        hikers: Many[Student] = has_many(through="trips")

    guide, other = Guide("g"), Course("other")
    guide.hikers.add(ann, hut=art).add(ann, hut=art).add(ann, hut=other)
    assert Trip.all().values("hut") == [art, other]


def test_fields_are_read_even_where_everybody_is_linked(ann, art):
    ann.courses.add(art, term="2024")
    for given, error in (({"term": 5}, TypeError), ({"grade": 2**70}, FieldError), ({"tern": "x"}, SchemaError)):
        with pytest.raises(error):
            ann.courses.add(art, **given)
    with pytest.raises(SchemaError, match="what the collection itself sets"):
        ann.courses.add(art, student=ann)


def test_another_unique_field_of_the_join_model_is_its_own_error(ann, art):
    class Card(Model, unique=("owner", "club", "year")):
        owner: "Owner"
        club: Course
        year: int
        number: int = field(unique=True)

    class Owner(Model):
        cards: Many[Card] = has_many()
        clubs: Many[Course] = has_many(through="cards")

    owner = Owner()
    owner.clubs.add(art, year=1, number=5)
    with pytest.raises(DuplicateError, match="already has this number"):
        owner.clubs.add(art, year=2, number=5)
    assert len(Card.all()) == 1
