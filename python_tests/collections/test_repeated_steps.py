"""`through(name, repeat=True)`: trees, graphs and cycles, each record once, the nearest first; beside a naive search in breadth."""

import threading
from collections.abc import Callable, Iterable

import pytest
from hasmany import DeletedError, Many, Model, SchemaError, Store, Tweet, User, belongs_to, has_many
from hypothesis import given
from hypothesis import strategies as st


class Staff(Model):
    name: str
    manager: "Staff | None" = belongs_to(on_delete="nullify")
    reports: Many["Staff"] = has_many()
    follows: Many["Tie"] = has_many(by="who")
    fans: Many["Tie"] = has_many(by="whom")
    following: Many["Staff"] = has_many(through="follows", source="whom")
    followers: Many["Staff"] = has_many(through="fans", source="who")
    second: Many["Staff"] = has_many(through="following", source="following")


class Tie(Model):
    """Who follows whom, as often as they like."""

    who: Staff = belongs_to(on_delete="cascade")
    whom: Staff = belongs_to(on_delete="cascade")


STEPS: dict[str, Callable[[Staff], Iterable[Staff]]] = {
    "manager": lambda one: [one.manager] if one.manager else [],
    "reports": lambda one: [other for other in Staff.all() if other.manager == one],
    "following": lambda one: [tie.whom for tie in Tie.all() if tie.who == one],
    "followers": lambda one: [tie.who for tie in Tie.all() if tie.whom == one],
    "second": lambda one: [far for near in STEPS["following"](one) for far in STEPS["following"](near)],
}


def naive(start: Iterable[Staff], step: Callable[[Staff], Iterable[Staff]]) -> list[Staff]:
    """What a step leads to, distance by distance."""
    found: list[Staff] = []
    ring = list(start)
    while ring:
        farther: list[Staff] = []
        for one in ring:
            farther += [other for other in step(one) if other not in found + farther]
        # A step may name a record twice.
        ring = list(dict.fromkeys(farther))
        found += ring
    return found


@pytest.fixture
def staff(store) -> dict[str, Staff]:
    """Ada over Bob and Cid; Bob over Dan and Eve; Cid over Fay; Gus under nobody."""
    of: dict[str, Staff] = {}
    for name, manager in [("Ada", ""), ("Bob", "Ada"), ("Cid", "Ada"), ("Dan", "Bob"), ("Eve", "Bob"), ("Fay", "Cid")]:
        of[name] = Staff(name, of.get(manager))
    return of | {"Gus": Staff("Gus", None)}


def names(many: Many[Staff]) -> str:
    return " ".join(many.values("name"))


def test_a_tree_is_read_level_by_level(staff):
    assert names(Staff.where(name="Ada").through("reports", repeat=True)) == "Bob Cid Dan Eve Fay"
    assert names(staff["Ada"].reports.through("reports", repeat=True)) == "Dan Eve Fay"
    assert names(Staff.where(name="Gus").through("reports", repeat=True)) == ""
    assert names(Staff.where(name=["Fay", "Dan"]).through("manager", repeat=True)) == "Bob Cid Ada"


def test_of_all_there_are_those_that_something_leads_to(staff):
    assert names(Staff.all().through("reports", repeat=True)) == "Bob Cid Dan Eve Fay"
    assert names(Staff.all().through("manager", repeat=True)) == "Ada Bob Cid"


def test_within_a_distance_the_order_is_that_of_those_before(staff):
    cid, bob = staff["Cid"], staff["Bob"]
    backwards = Staff.all().order_by("id", reverse=True)
    assert names((backwards & [bob, cid]).through("reports", repeat=True)) == "Fay Dan Eve"


def test_who_starts_is_there_only_if_something_leads_back(staff):
    ada, bob, cid = staff["Ada"], staff["Bob"], staff["Cid"]
    ada.following.add(bob)
    bob.following.add(cid)
    start = Staff.where(name="Ada")
    assert names(start.through("following", repeat=True)) == "Bob Cid"
    cid.following.add(ada)
    assert names(start.through("following", repeat=True)) == "Bob Cid Ada"
    bob.following.add(bob)
    assert names(Staff.where(name="Bob").through("following", repeat=True)) == "Cid Bob Ada"
    ada.following.clear()
    ada.following.add(ada)
    assert names(start.through("following", repeat=True)) == "Ada"


def test_without_repeat_it_is_one_step(staff):
    assert names(Staff.where(name="Ada").through("reports", repeat=False)) == "Bob Cid"


def test_it_is_fixed_on_live_collections_too(staff):
    below = staff["Ada"].reports.through("reports", repeat=True)
    Staff("Hal", staff["Bob"])
    assert names(below) == "Dan Eve Fay"
    staff["Eve"].delete()
    assert names(below) == "Dan Fay"
    assert below.where(name="Fay") == [staff["Fay"]] and len(below[:1]) == 1


def test_the_step_must_lead_to_the_same_model(staff, alice):
    with pytest.raises(SchemaError, match=r"Tweet\.user leads to User, so it cannot be repeated.*from Tweet to Tweet"):
        Tweet.all().through("user", repeat=True)
    with pytest.raises(SchemaError, match=r"User\.liked_tweets leads to Tweet"):
        User.all()[:1].through("liked_tweets", repeat=True)
    with pytest.raises(SchemaError, match=r"did you mean 'manager'"):
        Staff.all().through("manger", repeat=True)
    with pytest.raises(SchemaError, match=r"plain field"):
        Staff.all().through("name", repeat=True)
    with pytest.raises(TypeError):
        Staff.all().through("reports", True)  # type: ignore[misc]


def test_a_collection_of_a_deleted_record_says_so(staff):
    reports = staff["Gus"].reports
    staff["Gus"].delete()
    with pytest.raises(DeletedError):
        reports.through("reports", repeat=True)


def test_a_long_chain_and_a_wide_star(store):
    first = Staff("first", None)
    star = Staff.insert_all(name=["x"] * 20_000, manager=[first] * 20_000)
    assert Staff.where(id=1).through("reports", repeat=True) == star
    assert star.through("manager", repeat=True) == [first]
    ids = Staff.all().ids
    Tie.insert_all(who=ids[:-1], whom=ids[1:])
    assert Staff.where(id=1).through("following", repeat=True) == star
    assert star[-1:].through("followers", repeat=True).ids.tolist() == ids[-2::-1].tolist()


@given(st.data())
def test_it_finds_what_a_naive_search_finds(data):
    places = st.integers(0, 9)
    with Store() as store:
        everybody = [Staff(str(n), None) for n in range(10)]
        for at, manager in enumerate(data.draw(st.lists(st.none() | places, max_size=10), "managers")):
            everybody[at].manager = None if manager is None else everybody[manager]
        for who, whom in data.draw(st.lists(st.tuples(places, places), max_size=25), "ties"):
            Tie(everybody[who], everybody[whom])
        if data.draw(st.booleans(), "undone"):
            with pytest.raises(KeyError), store.transaction():
                everybody[0].following.replace(everybody)
                everybody[1].delete()
                raise KeyError
        for at in data.draw(st.sets(places, max_size=4), "deleted"):
            everybody[at].delete()
        if data.draw(st.booleans(), "packed"):
            store.compact()
        left = [one for one in everybody if one in store]
        start = data.draw(st.lists(st.sampled_from(left), unique=True), "start")
        for name, step in STEPS.items():
            wanted = naive(start, step)
            assert list((Staff.all()[:0] | start).through(name, repeat=True)) == wanted, name
            assert list(Staff.all().through(name, repeat=True)) == naive(left, step), name
        for one in left[:3]:
            assert list(one.following.through("reports", repeat=True)) == naive(one.following, STEPS["reports"])


def test_threads_read_while_others_write(store):
    ring = Staff.insert_all(name=["x"] * 300, manager=[None] * 300)
    for one, other in zip(ring, [*ring[1:], ring[0]], strict=True):
        one.following.add(other)
    start, read_so_far, wrong = ring[:1], [], []

    def read() -> None:
        for _ in range(200):
            found = start.through("following", repeat=True).ids.tolist()
            # The ring, or the part of it before the gap.
            if found not in ([*range(2, 301), 1], list(range(2, 151))):
                wrong.append(found)
            read_so_far.append(len(found))

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    gap = ring[149]
    while any(thread.is_alive() for thread in threads):
        gap.following.clear()
        gap.following.add(ring[150])
    for thread in threads:
        thread.join()
    assert not wrong and len(read_so_far) == 600
