"""Writing through a collection with a condition or an order: what is given, what is refused, and that nothing is revived."""

import pytest
from hasmany import DuplicateError, Many, Model, SchemaError, belongs_to, between, col, has_many

from .library import Book, Film, Loan, Member, Reader, Rental


class Team(Model):
    name: str
    players: Many["Player"] = has_many()
    captains: Many["Player"] = has_many(where={"role": "captain", "left": None}, order_by="name")
    strong: Many["Player"] = has_many(where={"score": between(10, None)})
    veterans: Many["Player"] = has_many(where=col("score") > 100)
    exact: Many["Player"] = has_many(where={"weight": 70})


class Player(Model):
    name: str
    team: Team | None = None
    role: str | None = None
    left: int | None = None
    score: int = 0
    weight: float = 0.0


@pytest.fixture
def team(store) -> Team:
    return Team("t")


def test_create_gives_what_the_condition_says(team):
    player = team.captains.create("ann")
    assert (player.team, player.role, player.left) == (team, "captain", None)
    assert team.captains.create("bob", role="captain").role == "captain"
    assert team.captains.create("cid", "captain") in team.captains
    assert team.captains.values("name") == ["ann", "bob", "cid"]
    assert team.exact.create("eve").weight == 70.0


def test_what_contradicts_the_condition_is_refused(team):
    for refused in (lambda: team.captains.create("x", role="goalie"), lambda: team.captains.create("x", "goalie")):
        with pytest.raises(SchemaError, match=r"Player.role: .?goalie.? was given, and .* it is .?captain"):
            refused()
    with pytest.raises(SchemaError, match=r"Player \d+ would be no member .*between\(10"):
        team.strong.create("x", score=9)
    assert team.strong.create("y", score=10) in team.strong
    assert len(Player.all()) == 1


def test_add_gives_what_the_condition_says(team):
    player = Player("ann", role="goalie")
    team.captains.add(player)
    assert (player.team, player.role) == (team, "captain")
    with pytest.raises(SchemaError, match="would be no member"):
        team.strong.add(Player("weak"))
    assert Player.find_by(name="weak").team is None


def test_an_expression_does_not_say(team):
    player = Player("ann", score=200)
    for refused in (
        lambda: team.veterans.add(player),
        lambda: team.veterans.create("x", score=200),
        lambda: team.veterans.replace([player]),
    ):
        with pytest.raises(SchemaError, match=r'col\("score"\) > 100, an expression.* where='):
            refused()
    assert len(Player.all()) == 1
    player.team = team
    assert team.veterans.remove(player) == []
    assert player.team is None


def test_remove_touches_only_members(team):
    captain, other = team.captains.create("c"), Player("o", team, "goalie")
    team.captains.remove(captain, other)
    assert (captain.team, other.team) == (None, team)
    captain.team = team
    team.captains.clear()
    assert team.players == [other]


def test_replace_leaves_others_alone(team):
    one, two, other = team.captains.create("b"), Player("a"), Player("o", team, "goalie")
    team.captains.replace([two])
    assert team.captains == [two]
    assert team.players == [two, other]
    assert (one.team, two.role) == (None, "captain")


def test_a_join_row_is_given_what_the_condition_says(store):
    reader, book = Reader("r"), Book("b")
    reader.late.add(book)
    rental = Rental.find(1)
    assert (rental.late, rental.ended) == (True, None)
    assert reader.late == reader.active_books == [book]
    novel = reader.late_novels.create("n")
    assert (novel.kind, novel.rentals[0].late) == ("novel", True)
    with pytest.raises(SchemaError, match=r"Book 1 would be no member"):
        Reader("q").late_novels.add(book)
    assert len(Rental.all()) == 2


def test_a_row_that_does_not_meet_the_condition_is_not_revived(store):
    reader, book = Reader("r"), Book("b")
    rental = Rental(reader, book, ended=1999)
    for add in (lambda: reader.active_books.add(book), lambda: reader.active_books.replace([book])):
        with pytest.raises(
            DuplicateError, match=r"Rental 1 links these two already.*\.update\(ended=\.\.\.\)"
        ) as refused:
            add()
        assert refused.value.existing == rental
    assert rental.ended == 1999
    rental.update(ended=None)
    assert reader.active_books.add(book) == [book]
    assert len(Rental.all()) == 1


def test_given_fields_and_conditions(store):
    reader, book = Reader("r"), Book("b")
    with pytest.raises(SchemaError, match=r"Rental.ended: 4 was given, and .* it is None"):
        reader.active_books.add(book, ended=4)
    assert reader.active_books.add(book, ended=None, late=True) == [book]
    assert Rental.find(1).late is True
    with pytest.raises(DuplicateError, match=r"late"):
        reader.active_books.add(book, late=False)


def test_pairs_that_may_repeat_get_one_more_row(store):
    member, film = Member("m"), Film("f")
    old = Loan(member, film, ended=3)
    member.open_films.add(film)
    assert [loan.ended for loan in member.loans] == [3, None]
    member.open_films.remove(film)
    assert member.loans == [old]
    assert member.open_films.create("g").loans[0].ended is None
    member.open_films.clear()
    assert member.loans == [old]


def test_an_order_changes_nothing_about_writing(store):
    member = Member("m")
    films = [member.by_title.create(title) for title in ("a", "c", None, "b")]
    assert member.by_title == [films[1], films[3], films[0], films[2]]
    member.by_title.remove(films[1])
    assert member.films == [films[0], films[2], films[3]]
    member.by_title.replace([films[1], films[0]])
    assert member.by_title == [films[1], films[0]]


def test_longer_ways_cannot_be_written(store):
    member = Member("m")
    with pytest.raises(SchemaError, match="more than one join row"):
        member.close.add(member)


class Account(Model):
    name: str
    memberships: Many["Membership"] = has_many()
    owned: Many["Group"] = has_many(through="memberships", source="group", where={"memberships.role": "owner"})


class Group(Model):
    name: str


class Membership(Model, unique=("account", "group", "role")):
    account: Account = belongs_to(on_delete="cascade")
    group: Group
    role: str
    note: str = ""


def test_a_required_field_that_the_condition_says_need_not_be_given(store):
    account, group = Account("a"), Group("g")
    guest = Membership(account, group, "guest")
    account.owned.add(group, note="n")
    assert [one.role for one in account.memberships] == ["guest", "owner"]
    assert account.owned.add(group) == [group]
    assert len(account.memberships) == 2
    account.owned.remove(group)
    assert account.memberships == [guest]


def test_a_rollback_takes_everything_back(team, store):
    team.captains.create("a")
    with pytest.raises(KeyError), store.transaction():
        team.captains.create("b"), team.captains.add(Player("c")), team.captains.remove(Player.find(1))
        raise KeyError
    assert team.captains.values("name") == ["a"]
    store.check()
