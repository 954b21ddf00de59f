"""has_one: a unique reference read from the other side, and as one step of every path."""

import pytest
from hasmany import DeletedError, Many, Model, SchemaError, Store, belongs_to, col, field, has_many, has_one

from .library import Card, Member


class Club(Model):
    name: str
    seat: "Seat | None" = has_one()
    members: Many["Guest"] = has_many(through="seats", source="guest")
    seats: Many["Seat"] = has_many(by="club")


class Guest(Model):
    name: str
    seat: "Seat | None" = has_one(by="guest")
    host: "Seat | None" = has_one(by="host")
    notes: Many["Note"] = has_many(through="seat", source="notes")


class Seat(Model):
    number: int
    guest: Guest | None = field(default=None, unique=True)
    host: Guest | None = belongs_to(default=None)
    club: Club | None = None
    notes: Many["Note"] = has_many()


class Note(Model):
    text: str
    seat: Seat


@pytest.fixture
def members(store) -> list[Member]:
    members = [Member(name) for name in ("ann", "bob", "cid")]
    Card(7, members[0]), Card(9, members[2]), Card(11)
    return members


def test_it_is_the_row_or_none(members):
    ann, bob, _ = members
    assert ann.card == Card.find(1)
    assert bob.card is None
    Card.find(1).member = bob
    assert (ann.card, bob.card) == (None, Card.find(1))
    Card.find(1).delete()
    assert bob.card is None


def test_it_follows_transactions(members, store):
    ann = members[0]
    with pytest.raises(KeyError), store.transaction():
        Card.find(1).member = None
        assert ann.card is None
        raise KeyError
    assert ann.card == Card.find(1)


def test_it_is_one_step_of_a_path(members):
    ann, bob, cid = members
    assert Member.all().values("card.number") == [7, None, 9]
    assert Member.all().values("card") == [Card.find(1), None, Card.find(2)]
    assert Member.all().column("card.number").tolist() == [7, None, 9]
    assert Member.all().column("card").tolist() == [1, None, 2]
    assert Member.all().values("name", "card.member.name") == [("ann", "ann"), ("bob", None), ("cid", "cid")]
    assert Member.where(card=None) == [bob]
    assert Member.where(card=Card.find(2)) == [cid]
    assert Member.where(card=Card.where(number=7)) == [ann]
    assert Member.where(card=2) == [cid]
    assert Member.where(**{"card.number": [7, 8]}) == [ann]
    assert Member.find_by(**{"card.number": 9}) == cid
    assert Member.where(col("card.number") > 7) == [cid]
    assert Member.where(col("card").is_none()) == [bob]
    assert Member.all().order_by(col("card.number").desc()) == [cid, ann, bob]
    assert Member.all().select("card", n=col("card.number") + 1).to_dicts() == [
        {"card": 1, "n": 8},
        {"card": None, "n": None},
        {"card": 2, "n": 10},
    ]
    assert ann.to_dict("card.number", "card") == {"card.number": 7, "card": 1}
    assert "card" not in ann.to_dict()
    assert Card.where(col("member.card.number") == 7) == [Card.find(1)]
    assert Card.all().values("member.card.number") == [7, 9, None]
    assert Member.all().through("card") == [Card.find(1), Card.find(2)]
    with pytest.raises(SchemaError, match="one value for each row"):
        Member.where(col("card").count() > 0)
    with pytest.raises(SchemaError, match=r"no field or collection 'numbr'.*step 2 of 2.*'number'"):
        Member.all().values("card.numbr")


def test_collections_go_through_it(store):
    guest = Guest("g")
    seat = Seat(1, guest)
    note = Note("n", seat)
    assert guest.notes == [note]
    assert Guest.all().values(col("seat.notes.text").list()) == [["n"]]


def test_a_reference_that_is_not_unique_is_refused(store):
    club, guest = Club("c"), Guest("g")
    with pytest.raises(SchemaError, match=r"Club.seat: Seat.club is not unique, so a Club may have several Seat"):
        _ = club.seat
    with pytest.raises(SchemaError, match=r"Guest.host: Seat.host is not unique"):
        _ = guest.host
    assert guest.seat is None


def test_it_cannot_be_assigned(members):
    with pytest.raises(AttributeError, match=r"Member.card cannot be assigned.*Card.member"):
        members[0].card = None
    for refused in (lambda: members[0].update(card=None), lambda: Member("x", card=None)):  # type: ignore[call-arg]
        with pytest.raises(SchemaError, match=r"Member.card is no field"):
            refused()


def test_the_class_says_one_or_none(store):
    with pytest.raises(SchemaError, match=r'Keeper.card is one Card or None; write card: "Card \| None" = has_one\(\)'):

        class Keeper(Model):
            card: "Card" = has_one()

    with pytest.raises(SchemaError, match="is one Card or None"):

        class Keepers(Model):
            card: Many["Card"] = has_one()

    with pytest.raises(SchemaError, match="no annotation"):

        class Kept(Model):
            card = has_one()


def test_a_deleted_record_has_none(members):
    ann = members[0]
    Card.find(1).member = None
    ann.delete()
    with pytest.raises(DeletedError):
        _ = ann.card


def test_schema_knows_it(members, store):
    described = store.schema.describe()["models"][0]["collections"][0]
    assert (described["name"], described["one"], described["of"]) == ("card", True, "Card")
    assert "card: one Card" in str(store.schema)
    assert "card: Card | None = has_one()" in store.schema.to_python()


def test_abstract_bases_and_redefining(store):
    class Owned(Model, abstract=True):
        pet: "Pet | None" = has_one()

    class Owner(Owned):
        name: str

    class Pet(Model):
        name: str
        owner: Owner = field(unique=True)

    owner = Owner("o")
    pet = Pet("p", owner)
    assert owner.pet == pet

    class Pet(Model):  # type: ignore[no-redef]
        name: str
        owner: Owner

    with pytest.raises(SchemaError, match="not unique"):
        _ = owner.pet


def test_several_stores_and_files(tmp_path):
    for path in (None, tmp_path / "members.db"):
        with Store(path):
            ann = Member("ann")
            assert ann.card is None
            assert Card(3, ann) == ann.card
    with Store(tmp_path / "members.db"):
        assert Member.all().values("card.number") == [3]
