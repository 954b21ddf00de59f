"""A new program's on_delete holds from its first delete, whichever of its classes it has used by then."""

import textwrap
from itertools import permutations

import pytest
from hasmany import Model, RestrictError, SchemaError, Store, User, belongs_to

from .files import assert_sound, rows, run_python

RULES = ("restrict", "cascade", "nullify")
CHANGES = list(permutations(RULES, 2))
SHOP = """
    from hasmany import Many, Model, Store, belongs_to, has_many
    class Author(Model):
        name: str
        books: Many["Book"] = has_many()
    class Book(Model):
        title: str
        author: Author | None = belongs_to(on_delete="{rule}", default=None)
    class Review(Model):
        text: str
        book: Book | None = belongs_to(on_delete="{review}", default=None)
    class Prize(Model):
        author: Author
"""
WAYS = {
    "record": "author = Author.find(1); deleting = author.delete",
    "all": "Author.all(); deleting = Author.where(name='ann').delete_all",
    "reference of another": "author = Prize.find(1).author; Prize.find(1).delete(); deleting = author.delete",
    "child first": "author = Book.find(1).author; deleting = author.delete",
    "collection read": "author = Author.find(1); len(author.books); deleting = author.delete",
}


def shop(rule: str, review: str = "restrict") -> str:
    return textwrap.dedent(SHOP.format(rule=rule, review=review))


def write(path, rule: str, review: str = "restrict", prize: bool = False) -> None:
    done = run_python(
        shop(rule, review)
        + f"with Store({str(path)!r}):\n"
        + "    ann = Author('ann'); Author('ben')\n"
        + "    Review('fine', Book('one', ann)) if "
        + f"{review != 'restrict'} else Book('one', ann)\n"
        + "    Book('two', ann); Review.all()\n"
        + ("    Prize(ann)\n" if prize else "")
    )
    assert done.returncode == 0, done.stderr


def delete(path, program: str, way: str) -> str:
    """What a new process says that does nothing but to delete the author."""
    done = run_python(
        program
        + f"with Store({str(path)!r}) as store:\n"
        + f"    {WAYS[way]}\n"
        + "    try: print(dict(deleting()))\n"
        + "    except Exception as error: print(type(error).__name__, getattr(error, 'blockers', ''))\n"
        + "    store.check()\n"
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("before", "after"), CHANGES)
def test_every_change_of_rule_holds_in_a_fresh_process_from_either_end(path, before, after, way):
    write(path, before, prize=way == "reference of another")
    said = delete(path, shop(after), way)
    books = rows(path, "select author_id from books")
    match after:
        case "restrict":
            assert (said, books) == ("RestrictError {'Book': 2}", [(1,), (1,)])
        case "cascade":
            assert (said, books) == ("{'Author': 1, 'Book': 2}", [])
        case "nullify":
            assert (said, books) == ("{'Author': 1}", [(None,), (None,)])
    assert_sound(path)


@pytest.mark.parametrize(("before", "after"), [("cascade", "nullify"), ("nullify", "cascade")])
def test_rules_of_classes_that_refer_to_what_goes_along_hold_too(path, before, after):
    write(path, "restrict", before)
    said = delete(path, shop("cascade", after), "record")
    reviews = rows(path, "select book_id from reviews")
    assert (said, reviews) == {
        "nullify": ("{'Author': 1, 'Book': 2}", [(None,)]),
        "cascade": ("{'Author': 1, 'Book': 2, 'Review': 1}", []),
    }[after]


def test_a_restricting_class_behind_a_cascading_one_forbids(path):
    write(path, "cascade", "nullify")
    assert delete(path, shop("cascade", "restrict"), "record") == "RestrictError {'Review': 1}"
    assert rows(path, "select count(*) from books") == [(2,)]


def test_a_table_that_no_class_has_keeps_the_rule_of_its_file(path):
    write(path, "cascade")
    lonely = "from hasmany import Model, Store\nclass Author(Model):\n    name: str\n"
    assert delete(path, lonely, "record") == "{'Author': 1, 'Book': 2}"


def test_a_reference_that_is_back_is_taken_up_before_what_it_refers_to_goes(path):
    write(path, "restrict")
    out = shop("restrict").replace('    author: Author | None = belongs_to(on_delete="restrict", default=None)\n', "")
    out = out.replace('    books: Many["Book"] = has_many()\n', "")
    done = run_python(out + f"with Store({str(path)!r}): Book('three')\n")
    assert done.returncode == 0, done.stderr
    assert delete(path, shop("restrict"), "record") == "RestrictError {'Book': 2}"


# ── in one process ────────────────────────────────────────────────────────────────────────────────

PLAIN = "class Owner(Model):\n    name: str\nclass Pet(Model):\n    owner: Owner = belongs_to(on_delete='{}')\n"


@pytest.fixture
def pets(path, declare):
    """The pet of owner 1, which goes with it."""
    with Store(path):
        module = declare(PLAIN.format("cascade"))
        module.Pet(module.Owner("ann"))
    return path


def test_deletes_by_unlinking_obey_it_as_well(path, declare):
    source = (
        "class A(Model):\n    links: Many['L'] = has_many()\n    bs: Many['B'] = has_many(through='links')\n"
        "class B(Model):\n    name: str = ''\n"
        "class L(Model):\n    a: A\n    b: B\n"
        "class Note(Model):\n    link: L = belongs_to(on_delete='{}')\n"
    )
    with Store(path):
        module = declare(source.format("cascade"))
        module.Note(module.L(module.A(), module.B()))
    for write in (lambda a: a.bs.remove(*a.bs), lambda a: a.bs.clear(), lambda a: a.links.delete_all()):
        with Store(path) as store:
            a = declare(source.format("restrict")).A.find(1)
            with pytest.raises(RestrictError):
                write(a)
            store.check()
    assert rows(path, "select count(*) from notes") == [(1,)]


def test_two_classes_with_one_table_are_an_error_that_names_both_and_nothing_goes(pets, declare):
    with Store(pets) as store:
        module = declare(PLAIN.format("restrict"))
        module.Owner.find(1)
        second = "class Animal(Model, table='pets'):\n    owner: Owner = belongs_to(on_delete='cascade')\n"
        exec(second, module.__dict__)  # noqa: S102
        with pytest.raises(SchemaError, match=r"(Pet and .*Animal|Animal and .*Pet) both have the table 'pets'"):
            module.Owner.find(1).delete()
        assert len(module.Owner.all()) == 1
        module.Pet.all()  # the one that is meant
        with pytest.raises(RestrictError):
            module.Owner.find(1).delete()
        store.check()


def test_only_references_to_the_very_class_count(pets, declare):
    with Store(pets):
        declare(PLAIN.format("restrict"))  # another program's classes, of the same names and tables
        module = declare(PLAIN.format("cascade"))
        assert module.Owner.find(1).delete() == {"Owner": 1, "Pet": 1}


def test_a_class_that_does_not_fit_its_table_refuses_the_delete(pets, declare):
    with Store(pets) as store:
        module = declare(PLAIN.format("cascade") + "    age: int\n")
        owner = module.Owner.find(1)
        with pytest.raises(SchemaError, match=r"Pet\.age does not fit"):
            owner.delete()
        assert owner.name == "ann"
        store.check()


def test_a_class_that_comes_later_or_is_redefined_is_looked_for_again(pets, declare):
    with Store(pets):
        owner_only = declare("class Owner(Model):\n    name: str\n")
        owner_only.Owner("ben").delete()
        exec("class Pet(Model):\n    owner: Owner = belongs_to(on_delete='cascade')\n", owner_only.__dict__)  # noqa: S102
        exec("class Pet(Model):\n    owner: Owner = belongs_to(on_delete='restrict')\n", owner_only.__dict__)  # noqa: S102
        with pytest.raises(RestrictError):
            owner_only.Owner.find(1).delete()


def test_a_class_whose_names_are_not_known_yet_stands_in_nobodys_way(pets, declare):
    with Store(pets):
        module = declare(PLAIN.format("cascade") + "class Odd(Model):\n    what: 'Nowhere'\n")
        assert module.Owner.find(1).delete() == {"Owner": 1, "Pet": 1}


def test_it_holds_inside_a_transaction(pets, declare):
    with Store(pets) as store:
        module = declare(PLAIN.format("restrict"))
        with store.transaction():
            module.Owner("ben").delete()
            with pytest.raises(RestrictError):
                module.Owner.find(1).delete()
        store.check()


class Ribbon(Model):
    user: User = belongs_to(on_delete="cascade")


def test_references_to_the_seed_world_count(path):
    with Store(path):
        Ribbon(User("ann"))
    done = run_python(
        "from hasmany import *\nfrom hasmany import belongs_to\n"
        "class Ribbon(Model):\n    user: User = belongs_to(on_delete='restrict')\n"
        f"with Store({str(path)!r}):\n"
        "    try: User.find(1).delete()\n"
        "    except RestrictError: print('restricted')\n"
    )
    assert done.stdout.strip() == "restricted", done.stderr


def test_readers_refuse_to_delete_and_bind_nothing(pets, declare):
    with Store(pets, read_only=True) as store:
        module = declare(PLAIN.format("restrict"))
        owner = module.Owner.find(1)
        with pytest.raises(Exception, match="read_only"):
            owner.delete()
        assert "Pet" not in store.stats().rows or store.schema.models == (module.Owner,)
