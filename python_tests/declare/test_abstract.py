"""Abstract bases: their fields are those of their models, in the order of dataclasses."""
# ruff: noqa: S102 - a cell is a source text

import dataclasses
import inspect
import textwrap
import traceback
import warnings
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from hasmany import DuplicateError, Many, Model, SchemaError, Store, belongs_to, field, has_many


class Stamped(Model, abstract=True, kw_only=True):
    created: datetime = field(default_factory=lambda: datetime(2024, 5, 1, tzinfo=UTC))
    by: "Editor | None" = belongs_to(on_delete="nullify", default=None)

    def is_old(self) -> bool:
        return self.created < datetime(2025, 1, 1, tzinfo=UTC)


class Titled(Stamped, abstract=True, unique=("title",)):
    title: str
    remarks: Many["Remark"] = has_many()


class Page(Titled):
    words: int = 0


class Remark(Stamped):
    page: Page
    text: str


class Editor(Model):
    name: str
    edits: Many[Page] = has_many()


# ── order ─────────────────────────────────────────────────────────────────────────────────────────

BODIES = {
    "one base": [("A", "", "a: int; b: int"), ("Z", "A", "c: int")],
    "a chain": [("A", "", "a: int"), ("B", "A", "b: int"), ("Z", "B", "c: int")],
    "two bases": [("A", "", "a: int"), ("B", "", "b: int"), ("Z", "A, B", "c: int")],
    "a diamond": [
        ("A", "", "a: int; x: int"),
        ("B", "A", "b: int"),
        ("C", "A", "c: int"),
        ("Z", "C, B", "z: int"),
    ],
    "a redeclared field keeps its place": [("A", "", "a: int; b: int"), ("Z", "A", "c: int; a: str")],
    "a redeclared default": [("A", "", "a: int; b: int = 1"), ("Z", "A", "b: int = 2; c: int = 3")],
    "by name in the base": [("A", "kw", "a: int = 1; b: int"), ("Z", "A", "c: int; d: int = 0")],
    "by name in the model": [("A", "", "a: int"), ("Z", "A kw", "c: int = 0; d: int")],
    "redeclared by position": [("A", "kw", "a: int; b: int"), ("Z", "A", "c: int; a: int")],
    "redeclared by name": [("A", "", "a: int; b: int"), ("Z", "A kw", "a: int = 0; c: int")],
}


def bodies(which: str, root: str, decorated: bool) -> str:
    lines = []
    for name, bases, body in BODIES[which]:
        kw_only = bases.endswith("kw")
        bases = bases.removesuffix("kw").strip() or root
        if decorated:
            lines += [f"@dataclass(kw_only={kw_only})", f"class {name}({bases}):" if bases else f"class {name}:"]
        else:
            abstract = f", abstract={name != 'Z'}, kw_only={kw_only}"
            lines.append(f"class {name}({bases}{abstract}):")
        lines += [f"    {line}" for line in body.split("; ")]
    return "\n".join(lines)


@pytest.mark.parametrize("which", list(BODIES))
def test_fields_constructor_and_matching_are_those_of_dataclasses(which, declare):
    like: dict[str, Any] = {"dataclass": dataclasses.dataclass}
    exec(bodies(which, "", decorated=True), like)
    module = declare(bodies(which, "Model", decorated=False))
    fields = dataclasses.fields(like["Z"])
    wanted = inspect.signature(like["Z"]).parameters.values()
    got = inspect.signature(module.Z).parameters.values()
    assert [(each.name, each.kind, each.default) for each in got] == [
        (each.name, each.kind, each.default) for each in wanted
    ]
    assert module.Z.__match_args__ == like["Z"].__match_args__
    values = {each.name: "x" if each.type in (str, "str") else 7 for each in fields}
    # In the order of the fields, as repr shows them.
    assert repr(module.Z(**values)).partition(", ")[2] == repr(like["Z"](**values)).partition("(")[2]
    positions = [values[each.name] for each in wanted if each.kind is each.POSITIONAL_OR_KEYWORD]
    by_name = {each.name: values[each.name] for each in wanted if each.kind is each.KEYWORD_ONLY}
    assert repr(module.Z(*positions, **by_name)).partition(", ")[2] == repr(like["Z"](**values)).partition("(")[2]
    with pytest.raises(TypeError, match=f"takes {len(positions)} positional"):
        module.Z(*positions, 1, **by_name)


def test_fields_collections_references_and_methods_of_a_base_are_the_models(store):
    ann = Editor("ann")
    page, later = Page("Moss"), datetime(2026, 1, 1, tzinfo=UTC)
    remark = page.remarks.create("nice", by=ann, created=later)
    assert remark.page == page
    assert (page.is_old(), remark.is_old(), remark.by, page.by) == (True, False, ann, None)
    assert Page.where(created=page.created) == [page]
    assert Page.insert_all(title=["a", "b"], words=[1, 2]).values("title") == ["a", "b"]
    ann.delete()
    assert remark.by is None
    assert isinstance(page, Titled)
    assert issubclass(Remark, Stamped)


def test_a_field_passed_by_name_is_not_taken_by_position():
    with pytest.raises(TypeError, match="takes 2 positional"):
        Page("Moss", 1, datetime.now(UTC))
    with pytest.raises(TypeError, match="takes 1 positional"):
        Page("Moss").remarks.create("nice", None)


def test_the_unique_tuples_of_a_base_hold_in_each_model():
    class Leaflet(Titled):
        pass

    Page("Moss"), Leaflet("Moss")
    for model in (Page, Leaflet):
        with pytest.raises(DuplicateError):
            model("Moss")


def test_an_abstract_base_has_no_rows():
    for use in (Stamped, Stamped.all, lambda: Stamped.find(1), lambda: Stamped.where(), lambda: Stamped.insert_all([])):
        with pytest.raises(SchemaError, match="Stamped is abstract and has no rows"):
            use()


def test_a_reference_to_an_abstract_base_is_refused_at_the_class_where_it_is_known(declare):
    with pytest.raises(SchemaError, match=r"Odd.what: Base is abstract"):
        declare("class Base(Model, abstract=True):\n    a: int\nclass Odd(Model):\n    what: Base\n")


def test_names_in_a_base_mean_what_they_mean_where_it_stands(declare):
    library = declare(
        """
        class Owner(Model):
            name: str

        class Owned(Model, abstract=True):
            owner: "Owner"
        """
    )
    module = declare("class Owner(Model, table='others'):\n    x: int\n")
    module.Owned = library.Owned
    declare("class Dog(Owned):\n    pass\n", module)
    ann = library.Owner("ann")
    assert module.Dog(ann).owner == ann


def test_a_model_with_abstract_bases_lives_in_a_file(tmp_path):
    with Store(tmp_path / "s.db"):
        Page("Moss", words=3).remarks.create("nice")
    with Store(tmp_path / "s.db") as again:
        assert Page.find(title="Moss").remarks.values("text") == ["nice"]
        again.check()


# ── what does not go together ─────────────────────────────────────────────────────────────────────


def test_a_required_field_after_an_inherited_default_says_kw_only(declare):
    with pytest.raises(SchemaError, match=r"X.name is required .* class Base\(Model, abstract=True, kw_only=True\)"):
        declare("class Base(Model, abstract=True):\n    at: int = 0\nclass X(Base):\n    name: str\n")
    with pytest.raises(SchemaError, match=r"X.name is required .* move it up, or write class X\(Model, kw_only=True\)"):
        declare("class X(Model):\n    at: int = 0\n    name: str\n")


@pytest.mark.parametrize("base", ["class Plain:\n    created: int = 7", "class Plain:\n    created: 'int'"])
@pytest.mark.parametrize("bases", ["Plain, Model", "Model, Plain"])
def test_an_annotated_plain_base_is_refused(declare, base, bases):
    with pytest.raises(SchemaError, match=r"X: its base Plain annotates created.*class Plain\(Model, abstract=True\)"):
        declare(f"{base}\nclass X({bases}):\n    name: str\n")


def test_a_plain_base_may_annotate_what_the_model_or_an_abstract_base_declares(declare):
    module = declare(
        """
        class Greets:
            name: str
            def greet(self): return "hi " + self.name

        class Named(Model, abstract=True):
            name: str

        class X(Greets, Model):
            name: str

        class Y(Greets, Named):
            pass

        class Z(Named, Greets):
            pass
        """
    )
    assert [module.X("a").greet(), module.Y("b").greet(), module.Z("c").greet()] == ["hi a", "hi b", "hi c"]


def test_class_variables_and_names_without_annotation_stay_the_plain_base_s():
    class Plain:
        limit: ClassVar[int] = 3
        unit = "kg"

    class Weight(Plain, Model):
        value: int

    assert (Weight(1).limit, Weight.limit, Weight(2).unit) == (3, 3, "kg")


@pytest.mark.parametrize("line", ["created = 5", "def created(self): pass", "created: ClassVar[int] = 5"])
@pytest.mark.parametrize("where", ["model", "base", "plain base"])
def test_what_hides_an_inherited_field_is_refused(declare, line, where):
    sources = {
        "model": f"class X(Base):\n    {line}\n",
        "base": f"class Mid(Model, abstract=True):\n    {line}\nclass X(Mid, Base):\n    pass\n",
        "plain base": f"class Mid:\n    {line}\nclass X(Mid, Base):\n    pass\n",
    }
    with pytest.raises(SchemaError, match=r"X.created is a field of Base and something else in"):
        declare(
            "from typing import ClassVar\nclass Base(Model, abstract=True):\n    created: int = 7\n" + sources[where]
        )


def test_a_redeclared_field_that_had_a_default_has_one(declare):
    for default in ("1", "field(default_factory=int)"):
        base = f"class Base(Model, abstract=True):\n    a: int = {default}\n"
        with pytest.raises(SchemaError, match=r"X.a has a default in Base: write one here"):
            declare(base + "class X(Base):\n    a: int\n")


def test_a_field_that_two_sides_of_a_diamond_declare_is_declared_again(declare):
    sides = (
        "class A(Model, abstract=True):\n    x: int\n"
        "class B(A, abstract=True):\n    pass\n"
        "class C(A, abstract=True):\n    x: str\n"
    )
    with pytest.raises(SchemaError, match=r"Z.x is declared by A and C.*declare it in Z"):
        declare(sides + "class Z(B, C):\n    pass\n")
    assert declare(sides + "class Z(B, C):\n    x: str\n").Z("a").x == "a"


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ("abstract=True, table='x'", "abstract and has no rows, so table="),
        ("abstract=1", "abstract is True or False, not 1"),
        ("kw_only='yes'", "kw_only is True or False"),
        ("abstract=True, unique=('nmae',)", "did you mean 'name'"),
        ("uniqe=('name',)", "the class keywords are unique, key, table, was, abstract, kw_only"),
    ],
)
def test_class_keywords_that_cannot_work(declare, keywords, message):
    with pytest.raises(SchemaError, match=message):
        declare(f"class X(Model, {keywords}):\n    name: str\n")


def test_a_model_as_a_base_says_abstract(declare):
    with pytest.raises(SchemaError, match=r"class AnimalBase\(Model, abstract=True\)"):
        declare("class Animal(Model):\n    name: str\nclass Dog(Animal):\n    pass\n")


# ── redefining ────────────────────────────────────────────────────────────────────────────────────

BASE = "class Base(Model, abstract=True, kw_only=True):\n    created: int = 7\n"
MODELS = "class Mid(Base, abstract=True):\n    pass\nclass X(Mid):\n    name: str\nclass Y(Base):\n    size: int\n"


def test_redefining_an_abstract_base_redefines_its_models(declare):
    module = declare(BASE + MODELS)
    base, x, y = module.Base, module.X("a"), module.Y(1, created=2)
    declare(BASE + "    changed: int = 0\n    def age(self): return 10 - self.created\n", module)
    assert module.Base is base
    assert (x.changed, y.changed, x.age(), y.age()) == (0, 0, 3, 8)
    assert module.X("b", changed=4).changed == 4
    assert repr(module.Y(5)) == "Y(2, created=7, changed=0, size=5)"
    with pytest.warns(UserWarning, match="changed and the values in it are gone"):
        declare(BASE, module)
    assert not hasattr(x, "changed")
    assert (x.name, y.size, y.created) == ("a", 1, 2)


def test_redefining_an_abstract_base_redefines_its_models_in_files(declare, tmp_path):
    module = declare(BASE + MODELS)
    with Store(tmp_path / "s.db"):
        module.X("a"), module.Y(1)
        declare(BASE + "    changed: int = 3\n", module)
    with Store(tmp_path / "s.db") as again:
        assert (module.X.find(1).changed, module.Y.find(1).changed) == (3, 3)
        again.check()


def test_where_one_model_refuses_none_is_redefined(declare, store):
    module = declare(BASE + MODELS)
    module.X("a")
    before = {name: vars(getattr(module, name))["__hasmany__"] for name in ("Base", "Mid", "X", "Y")}
    y = module.Y(1)
    with pytest.raises(SchemaError, match=r"changed.* has no default"):
        declare(BASE + "    changed: int\n", module)
    declare("class W(Base):\n    def width(self): return 'w'\n", module)
    with pytest.raises(SchemaError, match=r"W.width is a field of Base and something else in W"):
        declare(BASE + "    width: int = 0\n", module)
    assert {name: vars(getattr(module, name))["__hasmany__"] for name in before} == before
    assert (y.created, module.X("b").created) == (7, 7)
    store.check()


def test_the_bases_of_a_base_can_change(declare):
    module = declare("class Other(Model, abstract=True):\n    other: int = 1\n" + BASE + MODELS)
    x = module.X("a")
    declare("class Base(Other, abstract=True, kw_only=True):\n    created: int = 7\n    other: int = 5\n", module)
    assert (x.other, x.created, isinstance(x, module.Other)) == (5, 7, True)


def test_values_that_a_redefined_base_loses_are_warned_of_at_the_class_statement(declare):
    module = declare(BASE + MODELS)
    x = module.X("a")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        exec(compile(BASE.replace("created", "made"), "<this cell>", "exec"), module.__dict__)
    assert [(str(each.message), each.filename) for each in caught] == [
        ("X: created and the values in it are gone", "<this cell>")
    ]
    assert x.made == 7


def test_a_model_with_rows_does_not_become_abstract_nor_a_base_with_models_a_model(declare):
    module = declare("class A(Model):\n    a: int\nclass B(Model, abstract=True):\n    b: int\nclass C(B):\n    pass\n")
    module.A(1)
    with pytest.raises(SchemaError, match="A is a model and has rows"):
        declare("class A(Model, abstract=True):\n    a: int\n", module)
    with pytest.raises(SchemaError, match="B is abstract and the base of C"):
        declare("class B(Model):\n    b: int\n", module)


def test_a_forgotten_abstract_can_be_added_before_there_are_rows(declare):
    module = declare("class A(Model):\n    a: int\n")
    declare("class A(Model, abstract=True):\n    a: int\nclass B(A):\n    pass\n", module)
    assert module.B(1).a == 1


# ── the line that is wrong ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "source",
    ["class X(Model):\n    id: int\n", "class X(Model):\n    a: int = 'x'\n", "class X(Model, uniq=1):\n    a: int\n"],
)
def test_the_traceback_of_a_class_mistake_ends_in_the_user_s_line(new_module, source):
    code = compile(textwrap.dedent(source), "<user>", "exec")
    with pytest.raises(SchemaError) as caught:
        exec(code, new_module().__dict__)
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (last.filename, last.lineno) == ("<user>", 1)


def test_what_the_users_own_code_raises_in_a_class_keeps_its_traceback(declare):
    with pytest.raises(ZeroDivisionError) as caught:
        declare(
            """
            class Base(Model, abstract=True):
                def __init_subclass__(cls, **keywords):
                    1 / 0

            class X(Base):
                a: int
            """
        )
    assert traceback.extract_tb(caught.value.__traceback__)[-1].name == "__init_subclass__"
