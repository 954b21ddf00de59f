"""Each test has a store of its own, current in all of its threads."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hasmany import Store

from .clinic import Appointment, Busy, Doctor, Patient, book, move

pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture
def meredith() -> Doctor:
    return Doctor("Meredith")


def test_booking_links_both_ends(meredith: Doctor) -> None:
    book(meredith, "Joe", 9)
    book(meredith, "Ann", 10)
    joe = Patient.find(name="Joe")
    assert joe.doctors == [meredith]
    assert meredith.patients.values("name") == ["Joe", "Ann"]


def test_a_patient_who_comes_twice_is_one_patient(meredith: Doctor) -> None:
    first, second = book(meredith, "Joe", 9), book(meredith, "Joe", 10)
    assert meredith.patients == [first.patient]
    assert meredith.appointments == [first, second]


def test_nothing_is_there_of_other_tests() -> None:
    assert Patient.all() == [] and Doctor("Derek").id == 1


def test_an_hour_is_booked_once(meredith: Doctor) -> None:
    book(meredith, "Joe", 9)
    with pytest.raises(Busy):
        book(meredith, "Ann", 9)
    assert Patient.find_by(name="Ann") is None


def test_appointments_are_moved_all_or_none(meredith: Doctor) -> None:
    derek = Doctor("Derek")
    mine = [book(meredith, "Joe", 9), book(meredith, "Ann", 10)]
    theirs = book(derek, "Zoe", 10)
    with pytest.raises(Busy):
        move(meredith, derek)
    assert meredith.appointments == mine and derek.appointments == [theirs]


def test_threads_see_the_store_of_the_test(meredith: Doctor) -> None:
    def one(hour: int) -> Appointment:
        return book(meredith, f"patient {hour}", hour)

    with ThreadPoolExecutor(8) as pool:
        booked = list(pool.map(one, range(40)))
    assert meredith.appointments == set(booked)
    assert len(Appointment.all()) == 40


def test_tasks_see_it_too(meredith: Doctor) -> None:
    async def one(hour: int) -> Appointment:
        await asyncio.sleep(0)
        return book(meredith, "Joe", hour)

    async def all_of_them() -> list[Appointment]:
        return await asyncio.gather(*map(one, range(3)))

    assert meredith.appointments == asyncio.run(all_of_them())


@pytest.fixture
def in_a_file(tmp_path: Path) -> Iterator[Path]:
    """A store in a file, current instead of the one in memory, until the test is over."""
    path = tmp_path / "clinic.db"
    Store(path).use()
    yield path
    Store.current().close()


def test_what_was_booked_is_in_the_file(in_a_file: Path) -> None:
    book(Doctor("Meredith"), "Joe", 9)
    with Store(in_a_file, read_only=True):
        assert Patient.find(name="Joe").doctors.values("name") == ["Meredith"]
