"""What an expression is, as far as its names tell: nothing of it is run."""

import ast
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from .._hasmany import Many, Ranking, Record, Table, class_of
from ..tuples import Page
from .names import found

Form = Literal["class", "record", "many", "ranking", "page", "plot"]


class Kind(NamedTuple):
    """A class, or what there is of it."""

    form: Form
    cls: type[Any]


_MADE: dict[Form, dict[str, Form]] = {
    "class": {
        **dict.fromkeys(("all", "where", "find_all", "insert_all"), "many"),
        **dict.fromkeys(("find", "find_by", "find_or_create"), "record"),
    },
    "record": {"update": "record", "similar": "ranking"},
    "many": {
        **dict.fromkeys(("where", "order_by", "sample", "add", "remove", "replace", "clear"), "many"),
        **dict.fromkeys(("find_by", "create", "find_or_create"), "record"),
        "top": "ranking",
        "page": "page",
    },
}
"""By what is asked and the method: what of the same class it gives."""

_PARTS: dict[tuple[Form, str], Form] = {
    ("ranking", "records"): "many",
    ("page", "items"): "many",
    ("many", "plot"): "plot",
}


def kind_of(source: str, names: Mapping[str, Any]) -> Kind | Table | None:
    """Of an expression, with the user's names; None where nothing is known of it."""
    try:
        tree = ast.parse(f"({source})", mode="eval")  # which may go over several lines
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return _kind(tree.body, names)


def of_object(item: Any) -> Kind | Table | None:
    """Of what a name stands for."""
    it: Any = item  # whatever it holds
    if isinstance(item, type):
        return Kind("class", item) if issubclass(item, Record) else None
    if isinstance(item, Record):
        return Kind("record", type(item))
    if isinstance(item, Many):
        return Kind("many", class_of(it))
    if isinstance(item, Ranking):
        return Kind("ranking", class_of(it.records))
    if isinstance(item, Page):
        return Kind("page", class_of(it.items))
    return item if isinstance(item, Table) else None


def _kind(node: ast.expr, names: Mapping[str, Any]) -> Kind | Table | None:
    if isinstance(node, ast.Name):
        return of_object(names.get(node.id))
    if isinstance(node, ast.Attribute):
        return _attribute(node, names)
    if isinstance(node, ast.Call):
        return _call(node, names)
    if isinstance(node, ast.Subscript):
        of = _kind(node.value, names)
        if not isinstance(of, Kind) or of.form not in ("many", "ranking"):
            return None
        if isinstance(node.slice, ast.Slice):
            return of
        return Kind("record", of.cls) if of.form == "many" else None
    if isinstance(node, ast.BinOp):
        return _kind(node.left, names)
    return None


def _attribute(node: ast.Attribute, names: Mapping[str, Any]) -> Kind | Table | None:
    of = _kind(node.value, names)
    if of is None:  # of a module that the user imported
        module = names.get(node.value.id) if isinstance(node.value, ast.Name) else None
        is_module = type(module).__name__ == "module"
        return of_object(vars(module).get(node.attr)) if is_module else None
    if not isinstance(of, Kind):
        return None
    if of.form == "record":
        return _step(of.cls, node.attr)
    form = _PARTS.get((of.form, node.attr))
    return Kind(form, of.cls) if form is not None else None


def _call(node: ast.Call, names: Mapping[str, Any]) -> Kind | Table | None:
    if not isinstance(node.func, ast.Attribute):
        of = _kind(node.func, names)
        return Kind("record", of.cls) if isinstance(of, Kind) and of.form == "class" else None
    of, method = _kind(node.func.value, names), node.func.attr
    if not isinstance(of, Kind):
        return None
    made = _MADE.get(of.form, {}).get(method)
    if made is not None:
        return Kind(made, of.cls)
    first = node.args[0] if node.args else None
    if method in ("through", "recommend") and isinstance(first, ast.Constant) and isinstance(first.value, str):
        step = _step(of.cls, first.value)
        if step is not None and of.form == ("many" if method == "through" else "record"):
            return Kind("many" if method == "through" else "ranking", step.cls)
    return None


def _step(cls: type[Any], name: str) -> Kind | None:
    step = found(cls, name)
    if step is None or step.to is None:
        return None
    return Kind("many" if step.kind == "many" else "record", step.to)
