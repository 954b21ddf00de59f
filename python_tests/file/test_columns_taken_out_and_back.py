"""A field or reference that was taken out of its class and is back is taken up again, with what its column holds."""

import pytest
from hasmany import DuplicateError, RestrictError, SchemaError, Store

from .files import assert_sound, rows

OUT = "class Thing(Model):\n    name: str\n"
VALUES = {
    "int": (-(2**40), 7),
    "float": (1.25, -0.5),
    "bool": (True, False),
    "str": ("é\0'", ""),
    "bytes": (b"\0\xff", b""),
    "date": ("date(1999, 2, 3)", "date(2020, 1, 1)"),
    "datetime": ("datetime(1999, 2, 3, 4, 5, 6, 7, UTC)", "datetime(2020, 1, 1, tzinfo=UTC)"),
}


def value(of: str, place: int):
    from datetime import UTC, date, datetime

    made = VALUES[of][place]
    return eval(made, {"date": date, "datetime": datetime, "UTC": UTC}) if of.startswith("date") else made


def shown(of: str, place: int) -> str:
    return VALUES[of][place] if of.startswith("date") else repr(VALUES[of][place])


@pytest.mark.parametrize("added", [0, 2])
@pytest.mark.parametrize("kind", ["required", "default", "factory", "optional"])
@pytest.mark.parametrize("of", VALUES)
def test_a_field_of_every_type_out_rows_added_and_back(path, declare, of, kind, added):
    of_field = {
        "required": of,
        "default": f"{of} = {shown(of, 1)}",
        "factory": f"{of} = field(default_factory=lambda: {shown(of, 1)})",
        "optional": f"{of} | None = None",
    }[kind]
    whole = OUT + f"    extra: {of_field}\n"
    with Store(path):
        declare(whole).Thing("a", value(of, 0))
    with Store(path) as store:
        thing = declare(OUT).Thing
        assert len(thing.all()) == 1
        for name in "bc"[:added]:
            thing(name)
        store.check()
    with Store(path) as store:
        thing = declare(whole).Thing
        if kind == "required" and added:
            with pytest.raises(SchemaError, match=r"extra does not fit the 3 existing rows: 2 of them lack a value"):
                thing.all()
            store.check()
        else:
            new = None if kind == "optional" else value(of, 1)
            assert thing.all().values("extra") == [value(of, 0), *[new] * added]
            store.check()
    if kind == "required" and added:
        with Store(path) as store:
            thing = declare(OUT + f"    extra: {of} | None\n").Thing
            assert thing.all().values("extra") == [value(of, 0), None, None]
            store.check()
    assert_sound(path)


OWNERS = "class Owner(Model):\n    name: str\n"
PET = OWNERS + "class Pet(Model):\n    name: str\n    owner: {}\n"
BARE = OWNERS + "class Pet(Model):\n    name: str\n"
OPTIONAL = PET.format("Owner | None = belongs_to(on_delete='{}', default=None)")
REQUIRED = PET.format("Owner = belongs_to(on_delete='{}')")


@pytest.fixture
def pets(path, declare):
    """Rex and Fido of owner 2."""

    def make(source: str) -> None:
        with Store(path):
            module = declare(source)
            _, owner = module.Owner("x"), module.Owner("ann")
            module.Pet("rex", owner), module.Pet("fido", owner)

    return make


def take_out(path, declare, *names: str) -> None:
    with Store(path) as store:
        module = declare(BARE)
        assert len(module.Pet.all()) >= 2
        for name in names:
            module.Pet(name)
        store.check()


@pytest.mark.parametrize("on_delete", ["restrict", "cascade", "nullify"])
def test_an_optional_reference_is_taken_up_again_and_kept_right_from_then_on(path, declare, pets, on_delete):
    source = OPTIONAL.format(on_delete)
    pets(source)
    take_out(path, declare, "stray")
    for _ in range(2):
        with Store(path) as store:
            module = declare(source)
            owner = module.Owner.find(2)
            assert module.Pet.all().values("owner") == [owner, owner, None]
            assert module.Pet.where(owner=owner).values("name") == ["rex", "fido"]
            store.check()
    assert rows(path, "select owner_id from pets order by id") == [(2,), (2,), (None,)]
    (key,) = rows(path, "pragma foreign_key_list(pets)")
    assert key[2:4] == ("owners", "owner_id")
    with Store(path) as store:
        module = declare(source)
        module.Pet.all()
        if on_delete == "restrict":
            with pytest.raises(RestrictError):
                module.Owner.find(2).delete()
        else:
            module.Owner.find(2).delete()
            assert len(module.Pet.all()) == (1 if on_delete == "cascade" else 3)
        store.check()
    assert_sound(path)


def test_a_required_reference_is_taken_up_again(path, declare, pets):
    source = REQUIRED.format("cascade")
    pets(source)
    take_out(path, declare)
    with Store(path) as store:
        module = declare(source)
        owner = module.Owner.find(2)
        assert module.Pet.all().values("owner") == [owner, owner]
        store.check()
        assert owner.delete() == {"Owner": 1, "Pet": 2}
        store.check()


def test_a_required_reference_that_rows_lack_names_how_many_and_nothing_is_lost(path, declare, pets):
    source = REQUIRED.format("restrict")
    pets(source)
    take_out(path, declare, "stray")
    take_out(path, declare, "lost")
    with Store(path) as store:
        with pytest.raises(SchemaError, match=r"owner does not fit the 4 existing rows: 2 of them lack a value"):
            declare(source).Pet.all()
        store.check()
    assert rows(path, "select owner_id from pets order by id") == [(2,), (2,), (None,), (None,)]
    with Store(path) as store:
        module = declare(OPTIONAL.format("restrict"))
        for pet in module.Pet.where(owner=None):
            pet.owner = module.Owner.find(1)
        store.check()
    with Store(path) as store:
        module = declare(source)
        assert module.Pet.all().values("owner.name") == ["ann", "ann", "x", "x"]
        store.check()


def test_a_row_deleted_meanwhile_is_none_where_the_reference_says_nullify(path, declare, pets):
    source = OPTIONAL.format("nullify")
    pets(source)
    with Store(path) as store:
        module = declare(BARE)
        module.Pet.all()
        module.Owner.find(2).delete()
        store.check()
    with Store(path) as store:
        assert declare(source).Pet.all().values("owner") == [None, None]
        store.check()
    assert rows(path, "select owner_id from pets order by id") == [(None,), (None,)]


@pytest.mark.parametrize(
    "source", [OPTIONAL.format("restrict"), OPTIONAL.format("cascade"), REQUIRED.format("cascade")]
)
def test_a_row_deleted_meanwhile_is_an_error_that_names_it_elsewhere_and_nothing_is_lost(path, declare, pets, source):
    pets(source)
    with Store(path):
        module = declare(BARE)
        module.Pet.all()
        module.Owner.find(2).delete()
    with Store(path) as store:
        with pytest.raises(SchemaError, match=r"Pet 1 refers to 2, which was deleted while"):
            declare(source).Pet.all()
        store.check()
    assert rows(path, "select owner_id from pets order by id") == [(2,), (2,)]


def test_a_reference_to_its_own_model_is_taken_up_again(path, declare):
    whole = OUT + "    up: 'Thing | None' = None\n"
    with Store(path):
        thing = declare(whole).Thing
        thing("b", thing("a"))
    with Store(path):
        declare(OUT).Thing("c")
    with Store(path) as store:
        thing = declare(whole).Thing
        assert thing.all().values("up") == [None, thing.find(1), None]
        store.check()


def test_a_reader_takes_up_a_reference_that_the_file_has_only_as_numbers(path, declare, pets):
    source = OPTIONAL.format("restrict")
    pets(source)
    take_out(path, declare, "stray")
    before = rows(path, "select * from pets")
    with Store(path, read_only=True) as store:
        module = declare(source)
        assert module.Pet.all().values("owner.name") == ["ann", "ann", None]
        store.check()
    assert rows(path, "select * from pets") == before


def test_the_numbers_of_a_reference_can_be_read_as_a_field(path, declare, pets):
    pets(OPTIONAL.format("restrict"))
    take_out(path, declare)
    with Store(path) as store:
        module = declare(OWNERS + "class Pet(Model):\n    name: str\n    owner_id: int | None\n")
        assert module.Pet.all().values("owner_id") == [2, 2]
        store.check()
    with Store(path) as store:
        # It is a field like others now, which no reference takes over unless it is taken out first.
        with pytest.raises(SchemaError, match="would take the column of the field owner_id"):
            declare(OPTIONAL.format("restrict")).Pet.all()
        store.check()
    take_out(path, declare)
    with Store(path) as store:
        assert declare(OPTIONAL.format("restrict")).Pet.all().values("owner.name") == ["ann", "ann"]
        store.check()


def test_a_unique_tuple_comes_back_with_its_reference(path, declare):
    def like(reference: str, unique: str) -> str:
        return OWNERS + f"class Pet(Model{unique}):\n    name: str\n" + reference

    whole = like("    owner: Owner | None = None\n", ", unique=('owner', 'name')")
    with Store(path):
        module = declare(whole)
        module.Pet("rex", module.Owner("ann"))
    with Store(path):
        declare(like("", "")).Pet("rex")
    with Store(path) as store:
        module = declare(whole)
        ann = module.Owner.find(1)
        with pytest.raises(DuplicateError):
            module.Pet("rex", ann)
        assert module.Pet.all().values("owner") == [ann, None]
        store.check()
    assert_sound(path)


def test_a_field_that_was_taken_out_and_was_unique_refuses_what_is_twice(path, declare):
    unique = OUT + "    code: int = field(default=5, unique=True)\n"
    with Store(path):
        declare(unique).Thing("a", 5)
    with Store(path):
        declare(OUT).Thing("b")
    with Store(path) as store:
        with pytest.raises(SchemaError, match="unique code does not fit"):
            declare(unique).Thing.all()
        store.check()
    assert rows(path, "select code from things") == [(5,), (None,)]


def test_a_factory_makes_a_value_for_each_row_that_was_created_meanwhile(path, declare):
    made = "    code: int = field(default_factory=lambda numbers=iter(range(7, 99)): next(numbers), unique=True)\n"
    with Store(path):
        declare(OUT + made).Thing("a", 1)
    with Store(path):
        thing = declare(OUT).Thing
        thing("b"), thing("c")
    for _ in range(2):
        with Store(path) as store:
            assert declare(OUT + made).Thing.all().values("code") == [1, 7, 8]
            store.check()


def test_none_that_a_class_allowed_is_no_value_that_was_never_given(path, declare):
    with Store(path):
        declare(OUT + "    size: int | None = None\n").Thing("a")
    with Store(path) as store:
        with pytest.raises(SchemaError, match="some have None"):
            declare(OUT + "    size: int = 3\n").Thing.all()
        store.check()


def test_a_field_that_is_back_as_another_type_is_refused(path, declare):
    with Store(path):
        declare(OUT + "    size: int = 3\n").Thing("a")
    with Store(path):
        declare(OUT).Thing("b")
    with Store(path) as store:
        with pytest.raises(SchemaError, match="they hold int"):
            declare(OUT + "    size: str = ''\n").Thing.all()
        store.check()


def test_out_and_back_while_the_file_is_open_says_to_open_it_again(path, declare, pets):
    source = OPTIONAL.format("restrict")
    pets(source)
    with Store(path) as store:
        module = declare(BARE)
        module.Pet.all()
        with pytest.raises(SchemaError, match="close the store and open it again"):
            exec("class Pet(Model):\n    name: str\n    owner: Owner | None = None\n", module.__dict__)  # noqa: S102
        store.check()
    with Store(path) as store:
        module = declare(source)
        assert module.Pet.all().values("owner.name") == ["ann", "ann"]
        store.check()


def test_out_and_back_in_memory_names_how_many_rows_lack_a_value(declare):
    with Store() as store:
        module = declare(REQUIRED.format("restrict"))
        module.Pet("rex", module.Owner("ann"))
        with pytest.warns(UserWarning, match="owner and the values in it are gone"):
            exec("class Pet(Model):\n    name: str\n", module.__dict__)  # noqa: S102
        module.Pet("stray")
        with pytest.raises(SchemaError, match="owner does not fit the 2 existing rows"):
            exec("class Pet(Model):\n    name: str\n    owner: Owner\n", module.__dict__)  # noqa: S102
        exec("class Pet(Model):\n    name: str\n    owner: Owner | None = None\n", module.__dict__)  # noqa: S102
        assert module.Pet.all().values("owner") == [None, None]
        store.check()


# ── a reader whose class has what the writer took out ─────────────────────────────────────────────


@pytest.mark.parametrize("before", [True, False])
def test_a_reader_goes_on_reading_a_reference_that_its_writer_took_out(path, declare, pets, before):
    source = OPTIONAL.format("nullify")
    pets(source)
    if not before:
        take_out(path, declare)
    with Store(path, read_only=True) as reader:
        module = declare(source)
        assert module.Pet.all().values("owner.name") == ["ann", "ann"]
        with Store(path):
            writers = declare(BARE)
            writers.Pet("stray")
        assert reader.refresh()
        assert module.Pet.all().values("owner.name") == ["ann", "ann", None]
        with Store(path):
            writers = declare(BARE)
            writers.Pet.all(), writers.Owner.find(2).delete()
        assert reader.refresh()
        assert module.Pet.all().values("owner") == [None, None, None]
        reader.check()


@pytest.mark.parametrize(
    "of", ["int = 9", "int = field(default_factory=lambda numbers=iter(range(7, 99)): next(numbers))"]
)
def test_a_reader_gives_rows_its_default_where_its_writer_took_the_field_out(path, declare, of):
    whole = OUT + f"    size: {of}\n"
    with Store(path):
        declare(whole).Thing("a", 1)
    first, second = (9, 9) if of == "int = 9" else (7, 8)
    with Store(path, read_only=True) as reader:
        thing = declare(whole).Thing
        assert thing.all().values("size") == [1]
        for name, sizes in (("b", [1, first]), ("c", [1, first, second])):
            with Store(path):
                declare(OUT).Thing(name)
            assert reader.refresh()
            assert thing.all().values("size") == sizes
        reader.check()
