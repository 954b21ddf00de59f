"""What does not fit is refused at the class as far as its names are known there, else at first use."""

import sys

import pytest
from hasmany import SchemaError, Store


@pytest.fixture(params=["objects", "text", "future"])
def declared(request, declare):
    """Declares a class with one line, whose annotation is an object, text, or text by a future import."""

    def run(name: str, annotation: str, given: str = "", before: str = ""):
        annotation = repr(annotation) if request.param == "text" else annotation
        future = "from __future__ import annotations\n" if request.param == "future" else ""
        return declare(
            f"{future}import datetime, decimal\n{before}\nclass X(Model):\n    {name}: {annotation} {given}\n"
        )

    return run


@pytest.mark.parametrize(
    ("annotation", "default", "message"),
    [
        ("int", "'x'", r"X.a takes int, not str, and the default is 'x'"),
        ("int", "1.5", r"X.a takes int, not float"),
        ("int", "True", r"X.a takes int, not bool"),
        ("int", "2**63", r"X.a: 9223372036854775808 is over 64 bits"),
        ("int | None", "'x'", r"X.a takes int, not str"),
        ("str", "0", r"X.a takes str, not int"),
        ("bool", "1", r"X.a takes bool, not int"),
        ("bytes", "'x'", r"X.a takes bytes, not str"),
        ("float", "'1'", r"X.a takes float, not str"),
        ("float", "float('nan')", r"X.a: nan is no number"),
        ("datetime.datetime", "datetime.datetime(2024, 5, 1)", r"X.a: datetime.datetime\(.*\) has no time zone"),
        ("datetime.date", "'2024-05-01'", r"X.a takes date, not str"),
        ("datetime.date", "datetime.datetime(2024, 5, 1)", r"X.a takes date, not datetime"),
        ("int", "field(default='x')", r"X.a takes int, not str"),
        ("User", "5", r"X.a refers to User, and the only default of a reference is None"),
        ("User", "field(default_factory=int)", r"X.a refers to User, and the only default"),
        ("int", "[]", r"X.a takes int, not list"),
        ("list", "[]", r"X.a: list is neither a model nor a type of a field \(int, float, bool"),
    ],
)
def test_a_default_that_does_not_fit_is_refused_at_the_class(declared, annotation, default, message):
    with pytest.raises(SchemaError, match=message):
        declared("a", annotation, f"= {default}")


@pytest.mark.parametrize("default", ["3", "None", "-(2**63)"])
def test_a_default_that_fits_is_taken(declared, default):
    assert declared("a", "int | None", f"= {default}").X().a == eval(default)


def test_an_int_fits_a_float_and_a_numpy_number_an_int(declared):
    assert type(declared("a", "float", "= 3").X().a) is float
    with Store():
        assert declared("a", "int", "= numpy.int64(3)", "import numpy").X().a == 3


@pytest.mark.parametrize("annotation", ["complex", "object", "decimal.Context", "datetime.tzinfo"])
def test_an_unknown_type_is_refused_at_the_class(declared, annotation):
    with pytest.raises(SchemaError, match=rf"X.a: {annotation.rpartition('.')[2]} is neither a model nor a type"):
        declared("a", annotation)


def test_a_class_that_is_no_model_is_refused_at_the_class(declared):
    with pytest.raises(SchemaError, match=r"X.a: Plain is neither a model nor a type"):
        declared("a", "Plain", before="class Plain: pass\n")


@pytest.mark.parametrize("annotation", ["'Missing'", "'Missing | None'", "'decimals.Context'"])
def test_a_name_that_is_not_known_yet_is_refused_at_first_use(declare, annotation):
    module = declare(f"class X(Model):\n    a: {annotation}\n")
    with pytest.raises(SchemaError, match=r"X.a: no model named '(Missing|Context)' is declared"):
        module.X.all()


def test_a_default_of_a_type_that_is_named_later_is_refused_at_first_use(declare):
    module = declare("class X(Model):\n    a: 'Number' = 'x'\n")
    module.Number = int
    with pytest.raises(SchemaError, match=r"X.a takes int, not str"):
        module.X.all()
    module.Number = str
    assert module.X().a == "x"


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="there, an annotation that is no text is the builtin")
def test_a_model_may_have_the_name_of_a_builtin_and_come_later(declare):
    module = declare("class X(Model):\n    a: 'Warning'\nclass Warning(Model):\n    text: str\n")
    assert module.X(module.Warning("rain")).a.text == "rain"
