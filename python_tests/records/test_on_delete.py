"""A delete is all or nothing: it restricts, cascades or nullifies, and says how many rows of each model went."""

import pytest
from hasmany import DeletedError, Many, Model, RestrictError, belongs_to, has_many


class Team(Model):
    name: str
    members: Many["Member"] = has_many()
    notes: Many["Note"] = has_many()


class Member(Model):
    name: str
    team: Team
    badges: Many["Badge"] = has_many()


class Note(Model):
    text: str
    team: Team = belongs_to(on_delete="cascade")


class Badge(Model):
    code: int
    member: Member | None = belongs_to(on_delete="nullify", default=None)


class Pin(Model):
    note: Note


class Project(Model):
    name: str
    tasks: Many["Task"] = has_many()


class Task(Model):
    project: Project = belongs_to(on_delete="cascade")


class Remark(Model):
    """Goes with its project; alone it keeps its task from being deleted."""

    project: Project = belongs_to(on_delete="cascade")
    task: Task


class Node(Model):
    parent: "Node | None" = belongs_to(on_delete="cascade", default=None)
    children: Many["Node"] = has_many()


class Employee(Model):
    manager: "Employee | None" = belongs_to(default=None)
    reports: Many["Employee"] = has_many()


class Bulb(Model):
    """Nullified and cascaded from one model."""

    name: str
    spare_for: "Bulb | None" = belongs_to(on_delete="nullify", default=None)
    wired_to: "Bulb | None" = belongs_to(on_delete="cascade", default=None)


# ── restrict ──────────────────────────────────────────────────────────────────────────────────────


def test_a_reference_restricts_unless_said_otherwise():
    team = Team("A")
    members = [Member("Ann", team), Member("Ben", team)]
    with pytest.raises(RestrictError) as caught:
        team.delete()
    assert caught.value.blockers == {"Member": 2}
    assert "Member" in str(caught.value)
    assert "2" in str(caught.value)
    assert team.members == members


def test_a_restricted_row_can_go_when_its_blockers_went():
    team = Team("A")
    member = Member("Ann", team)
    assert member.delete() == {"Member": 1}
    assert team.delete() == {"Team": 1}


def test_a_restricted_row_can_go_when_its_blockers_moved():
    team, other = Team("A"), Team("B")
    member = Member("Ann", team)
    member.team = other
    assert team.delete() == {"Team": 1}
    assert other.members == [member]


def test_a_blocker_at_the_end_of_a_cascade_stops_all_of_it():
    team = Team("A")
    notes = [Note("one", team), Note("two", team)]
    pin = Pin(notes[1])
    with pytest.raises(RestrictError) as caught:
        team.delete()
    assert caught.value.blockers == {"Pin": 1}
    assert team.notes == notes
    assert pin.note == notes[1]


def test_every_model_that_blocks_is_named():
    team = Team("A")
    Member("Ann", team)
    Pin(Note("one", team))
    with pytest.raises(RestrictError) as caught:
        team.delete()
    assert caught.value.blockers == {"Member": 1, "Pin": 1}


def test_rows_the_same_delete_removes_by_another_way_do_not_block():
    project = Project("P")
    tasks = [Task(project), Task(project)]
    Remark(project, tasks[0])
    assert project.delete() == {"Project": 1, "Task": 2, "Remark": 1}
    assert (Task.all(), Remark.all()) == ([], [])


def test_a_row_that_goes_elsewhere_by_cascade_still_blocks_here():
    project, other = Project("P"), Project("Q")
    task = Task(project)
    Remark(other, task)
    with pytest.raises(RestrictError) as caught:
        project.delete()
    assert caught.value.blockers == {"Remark": 1}
    assert project.tasks == [task]


def test_a_row_does_not_block_itself():
    boss = Employee()
    boss.manager = boss
    assert boss.reports == [boss]
    assert boss.delete() == {"Employee": 1}


def test_rows_in_a_circle_block_each_other():
    one = Employee()
    other = Employee(one)
    one.manager = other
    with pytest.raises(RestrictError) as caught:
        one.delete()
    assert caught.value.blockers == {"Employee": 1}
    assert (one.manager, other.manager) == (other, one)


# ── cascade ───────────────────────────────────────────────────────────────────────────────────────


def test_a_cascade_takes_the_rows_along_and_counts_them():
    team, other = Team("A"), Team("B")
    gone = [Note("one", team), Note("two", team)]
    kept = Note("three", other)
    assert team.delete() == {"Team": 1, "Note": 2}
    assert Note.all() == [kept]
    for note in gone:
        with pytest.raises(DeletedError):
            _ = note.text


def test_a_cascade_goes_down_a_tree():
    root = Node()
    child = root.children.create()
    child.children.create()
    kept = Node()
    assert root.delete() == {"Node": 3}
    assert Node.all() == [kept]


def test_a_cascade_goes_round_a_circle():
    one = Node()
    other = Node(one)
    one.parent = other
    assert one.delete() == {"Node": 2}
    assert Node.all() == []


def test_a_cascade_may_be_very_deep():
    last = root = Node()
    for _ in range(20_000):
        last = Node(last)
    assert root.delete() == {"Node": 20_001}


# ── nullify ───────────────────────────────────────────────────────────────────────────────────────


def test_nullify_sets_the_reference_to_none_and_is_not_counted():
    ann, ben = Member("Ann", Team("A")), Member("Ben", Team("B"))
    badges = [Badge(1, ann), Badge(2, ann), Badge(3, ben)]
    assert ann.delete() == {"Member": 1}
    assert [badge.member for badge in badges] == [None, None, ben]
    assert Badge.all() == badges
    assert Badge.where(member=None) == badges[:2]


def test_a_row_that_is_nullified_and_cascaded_goes():
    old = Bulb("old")
    spare, wired, both = Bulb("spare", spare_for=old), Bulb("wired", wired_to=old), Bulb("both", old, old)
    assert old.delete() == {"Bulb": 3}
    assert Bulb.all() == [spare]
    assert spare.spare_for is None
    for gone in (wired, both):
        with pytest.raises(DeletedError):
            _ = gone.name


def test_nullify_is_undone_with_a_delete_that_fails():
    team = Team("A")
    ann = Member("Ann", team)
    badge = Badge(1, ann)
    Pin(Note("one", team))
    with pytest.raises(RestrictError):
        team.delete()
    assert badge.member == ann
    assert ann.badges == [badge]


def test_nullify_is_undone_by_a_rollback(store):
    ann = Member("Ann", Team("A"))
    badges = [Badge(1, ann), Badge(2), Badge(3, ann)]
    with pytest.raises(ZeroDivisionError), store.transaction():
        ann.delete()
        assert [badge.member for badge in badges] == [None, None, None]
        raise ZeroDivisionError
    assert ann.badges == [badges[0], badges[2]]


def test_a_failed_delete_leaves_every_record_alive(store):
    team = Team("A")
    notes = [Note(str(n), team) for n in range(5)]
    Pin(notes[-1])
    for _ in range(3):
        with pytest.raises(RestrictError):
            team.delete()
    assert team in store
    assert [note.text for note in notes] == ["0", "1", "2", "3", "4"]
    assert team.notes == notes
