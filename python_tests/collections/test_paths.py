"""Paths: through a join model, through a through, round the same model, and through names that had to be picked."""

import pytest
from hasmany import Many, Model, SchemaError, belongs_to, has_many

from .refusing import WRITERS


class Author(Model):
    name: str
    books: Many["Book"] = has_many()
    reviews: Many["Review"] = has_many(through="books")
    critics: Many["Critic"] = has_many(through="reviews")
    papers: Many["Paper"] = has_many(through="critics")


class Book(Model):
    title: str
    author: Author
    reviews: Many["Review"] = has_many()
    critics: Many["Critic"] = has_many(through="reviews")


class Paper(Model):
    name: str
    critics: Many["Critic"] = has_many()
    reviews: Many["Review"] = has_many(through="critics")
    books: Many["Book"] = has_many(through="reviews")
    authors: Many["Author"] = has_many(through="books")


class Critic(Model):
    name: str
    paper: Paper
    reviews: Many["Review"] = has_many()


class Review(Model):
    book: Book
    critic: Critic
    stars: int = 3


class Person(Model):
    name: str
    posts: Many["Post"] = has_many()
    follows: Many["Follow"] = has_many(by="follower")
    fans: Many["Follow"] = has_many(by="followed")
    following: Many["Person"] = has_many(through="follows")
    followers: Many["Person"] = has_many(through="fans")
    idols: Many["Person"] = has_many(through="follows", source="followed")
    feed: Many["Post"] = has_many(through="following", source="posts")
    friends_of_friends: Many["Person"] = has_many(through="following", source="following")


class Follow(Model, unique=("follower", "followed")):
    follower: Person = belongs_to(on_delete="cascade")
    followed: Person = belongs_to(on_delete="cascade")
    close: bool = False


class Post(Model):
    text: str
    person: Person


class City(Model):
    name: str
    starts: Many["Flight"] = has_many(by="origin")
    ends: Many["Flight"] = has_many(by="target")
    destinations: Many["City"] = has_many(through="starts", source="target")
    origins: Many["City"] = has_many(through="ends", source="origin")
    stopovers: Many["City"] = has_many(through="starts", source="via")


class Flight(Model):
    origin: City
    target: City
    via: City | None = belongs_to(on_delete="nullify", default=None)


# ── nested ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def library() -> dict[str, object]:
    ann = Author("Ann")
    first, second = Book("first", ann), Book("second", ann)
    times, post = Paper("Times"), Paper("Post")
    max_, nia, oz = Critic("Max", times), Critic("Nia", post), Critic("Oz", times)
    Review(second, nia)
    Review(first, oz)
    Review(second, max_)
    Review(first, nia)
    return {
        "ann": ann,
        "first": first,
        "second": second,
        "times": times,
        "post": post,
        "max": max_,
        "nia": nia,
        "oz": oz,
    }


def test_a_path_down_two_inverses(library):
    assert library["ann"].reviews.ids.tolist() == [2, 4, 1, 3]


def test_a_path_through_a_through_lists_each_member_once_at_its_first_appearance(library):
    ann, max_, nia, oz = (library[name] for name in ("ann", "max", "nia", "oz"))
    assert ann.critics == [oz, nia, max_]
    assert len(ann.critics) == 3
    assert library["second"].critics == [nia, max_]


def test_a_path_through_a_through_through_a_through(library):
    assert library["ann"].papers == [library["times"], library["post"]]
    assert library["times"].authors == [library["ann"]]
    assert library["times"].books.values("title") == ["second", "first"]


def test_nested_paths_are_live(library):
    ann = library["ann"]
    critics = ann.critics
    Review.where(critic=library["oz"]).delete_all()
    assert critics == [library["nia"], library["max"]]
    pia = Critic("Pia", Paper("Star"))
    Review(library["first"], pia)
    assert critics == [library["nia"], pia, library["max"]]
    assert ann.papers.values("name") == ["Post", "Star", "Times"]


def test_nested_membership_agrees_with_the_list(library):
    bob = Author("Bob")
    Review(Book("other", bob), library["oz"])
    for author in (library["ann"], bob):
        members = list(author.critics)
        assert len(author.critics) == len(members)
        assert [critic for critic in Critic.all() if critic in author.critics] == sorted(
            members, key=lambda critic: critic.id
        )


@pytest.mark.parametrize("write", WRITERS)
def test_a_path_that_is_not_one_join_row_is_read_only(library, write):
    ann = library["ann"]
    for collection in (ann.reviews, ann.critics, ann.papers, library["times"].authors):
        before = list(collection)
        with pytest.raises(SchemaError) as caught:
            write(collection, before[0])
        assert str(caught.value)
        assert collection == before


def test_read_only_paths_still_delete_and_update_their_members(library):
    ann = library["ann"]
    assert ann.reviews.update_all(stars=5) == 4
    assert ann.reviews.values("stars") == [5, 5, 5, 5]
    assert ann.reviews.delete_all() == {"Review": 4}
    assert ann.critics == []
    assert len(Critic.all()) == 3


def test_a_path_of_one_join_row_is_written(library):
    first, max_ = library["first"], library["max"]
    first.critics.add(max_, stars=1)
    assert first.reviews.values("stars") == [3, 3, 1]
    first.critics.remove(library["oz"])
    assert first.critics == [library["nia"], max_]


# ── self-referential ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def people() -> list[Person]:
    return [Person(name) for name in ("Ann", "Ben", "Cid", "Dee")]


def test_followers_and_following_read_one_row_from_both_ends(people):
    ann, ben, cid, _ = people
    follow = Follow(ann, ben)
    assert ann.following == ann.idols == [ben]
    assert ben.followers == [ann]
    assert (ann.followers, ben.following) == ([], [])
    assert ann.follows == ben.fans == [follow]
    cid.following.add(ben, close=True)
    assert ben.followers == [ann, cid]
    assert ben.fans.values("close") == [False, True]


def test_both_ends_can_be_written(people):
    ann, ben, cid, dee = people
    ann.followers.add(cid, ben)
    assert cid.following == [ann]
    dee.following.replace([ann, cid])
    assert ann.followers == [cid, ben, dee]
    ann.followers.remove(ben, dee)
    assert dee.following == [cid]
    eve = ann.following.create("Eve")
    assert eve.followers == [ann]


def test_a_record_may_be_linked_with_itself(people):
    ann = people[0]
    follow = Follow(ann, ann)
    assert ann.following == ann.followers == [ann]
    assert ann.follows == ann.fans == [follow]
    assert ann.delete() == {"Person": 1, "Follow": 1}


def test_mutual_links_are_two_rows(people):
    ann, ben, *_ = people
    ann.following.add(ben)
    ben.following.add(ann)
    assert len(Follow.all()) == 2
    ann.following.remove(ben)
    assert ann.followers == [ben]


def test_nested_paths_round_the_same_model(people):
    ann, ben, cid, dee = people
    ann.following.add(cid, ben)
    ben.following.add(dee, ann)
    cid.following.add(ben, dee)
    assert ann.friends_of_friends == [ben, dee, ann]
    for person in (dee, ben, cid, ben):
        Post(f"by {person.name}", person)
    assert ann.feed.values("text") == ["by Cid", "by Ben", "by Ben"]
    assert ann.following.through("posts") == ann.feed
    with pytest.raises(SchemaError):
        ann.feed.create("no")


# ── picked by name ────────────────────────────────────────────────────────────────────────────────


def test_by_and_source_pick_among_several_references():
    rome, oslo, riga = City("Rome"), City("Oslo"), City("Riga")
    direct, around = Flight(rome, oslo), Flight(rome, riga, oslo)
    back = Flight(oslo, rome)
    assert rome.starts == [direct, around]
    assert rome.ends == [back]
    assert rome.destinations == [oslo, riga]
    assert oslo.destinations == [rome]
    assert rome.origins == [oslo]
    assert riga.origins == [rome]


def test_a_path_passes_over_empty_references():
    rome, oslo, riga = City("Rome"), City("Oslo"), City("Riga")
    Flight(rome, oslo)
    flight = Flight(rome, riga, oslo)
    assert rome.stopovers == [oslo]
    assert len(rome.stopovers) == 1
    flight.via = None
    assert rome.stopovers == []
    assert oslo not in rome.stopovers


# ── declared later ────────────────────────────────────────────────────────────────────────────────


def test_a_row_needs_only_its_own_references_and_a_collection_the_models_on_its_path():
    class Surgeon(Model):
        name: str
        operations: Many["Operation"] = has_many()
        wards: Many["Ward"] = has_many(through="operations")

    grey = Surgeon("Grey")
    assert Surgeon.all() == [grey]
    assert grey.name == "Grey"
    for name, missing in (("operations", "Operation"), ("wards", "Operation|Ward")):
        with pytest.raises(SchemaError, match=missing):
            getattr(grey, name)

    class Ward(Model):
        name: str

    class Operation(Model):
        surgeon: Surgeon
        ward: Ward

    assert grey.operations == []
    operation = Operation(grey, Ward("North"))
    assert grey.operations == [operation]
    assert grey.wards.values("name") == ["North"]
