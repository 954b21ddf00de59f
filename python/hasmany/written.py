"""`Schema.to_python()`: the text of a module that declares what a schema describes."""

import keyword
import math
from collections.abc import Mapping

from .body import default_table
from .described import CollectionDescription, FieldDescription, ModelDescription, SchemaDescription
from .naming import free, snake
from .unread import unread, warn_of_unread
from .written_terms import term

_OURS = ("Json", "Many", "Model", "belongs_to", "between", "col", "field", "has_many", "has_one")
_WRITTEN = {
    **{of: f"dt.{of}" for of in ("date", "datetime", "time", "timedelta")},
    "UUID": "uuid.UUID",
    "Decimal": "decimal.Decimal",
}
_IMPORTS = {
    "dt.": "import datetime as dt",
    "decimal.": "import decimal",
    "functools.": "import functools",
    "operator.": "import operator",
    "uuid.": "import uuid",
}
_SEED = ("User", "Tweet", "Like")


def module(description: SchemaDescription) -> str:
    """The text. Annotations in it are text to Python, so classes may stand in any order; here they stand in the store's."""
    names = _names(description["models"])
    models = [model for model in description["models"] if names[model["name"]] not in _SEED or not _is_seed(model)]
    seeds = [model["name"] for model in description["models"] if model not in models]
    warn_of_unread(models, "a comment is all that to_python() can say of")
    # A class that has the name of something of ours has that under another name.
    ours = {name: f"hasmany.{name}" if name in names.values() else name for name in _OURS}
    classes = [_class(model, names, ours) for model in models]
    body = "\n\n\n".join(classes)
    referred = {each["to"] for model in models for each in model["fields"]}
    referred |= {each["of"] for model in models for each in model["collections"]}
    used = [name for name in _OURS if ours[name] == name and _is_used(name, body)]
    imports = sorted([*used, *(seed for seed in seeds if seed in referred)])
    head = ["from __future__ import annotations"]
    lines = [
        line
        for name, line in _IMPORTS.items()
        if any(f"{before}{name}" in body for before in ("=", "(", " ", "~", "["))
    ]
    if any(name != said and said in body for name, said in ours.items()):
        lines.append("import hasmany")
    lines += sorted(_factories(description))
    head += ["\n".join(lines)] if lines else []
    head += [f"from hasmany import {', '.join(imports)}"] if imports else []
    return "\n\n".join(head) + ("\n\n\n" + body if body else "") + "\n"


def _is_used(name: str, body: str) -> bool:
    """Whether the classes say a name of ours, and not only a field of that name."""
    forms: tuple[str, ...] = (f" = {name}(", f": {name}[", f": {name} ", f": {name}\n", f"({name})", f"({name}, ")
    if name in ("Json", "between", "col"):
        forms = (*forms, *(f"{before}{name}(" for before in ("=", "(", " ", "~", "[")))
    return any(said in body + "\n" for said in forms)


def _is_seed(model: ModelDescription) -> bool:
    return model["is_declared"] and model["table"] == f"{model['name'].lower()}s" and bool({*_SEED} & {model["name"]})


def _names(models: list[ModelDescription]) -> dict[str, str]:
    """The name of each class in the module: that of the model, or where two have one, with the table's."""
    names: dict[str, str] = {}
    for model in models:
        plain = model["name"] if model["name"].isidentifier() else snake(model["name"])
        names[model["name"]] = free(plain, [*names.values(), *keyword.kwlist])
    return names


def _factories(description: SchemaDescription) -> set[str]:
    """The imports that default factories need."""
    every = (each["default_factory"] for model in description["models"] for each in model["fields"])
    modules = {factory.partition(":")[0] for factory in every if factory is not None and _is_named(factory)}
    return {f"import {name}" for name in modules - {"builtins"}}


def _is_named(factory: str) -> bool:
    return factory.replace(".", "_").replace(":", "_").isidentifier()


def _class(model: ModelDescription, names: Mapping[str, str], ours: Mapping[str, str]) -> str:
    name = names[model["name"]]
    said = [ours["Model"]]
    # belongs_to() does not say it.
    key = tuple(model["key"])
    single = {each["name"] for each in model["fields"] if each["unique"] and each["on_delete"] in (None, "restrict")}
    keys = [
        tuple(each) for each in model["unique"] if tuple(each) != key and not (len(each) == 1 and each[0] in single)
    ]
    if key:
        said.append(f"key={(key[0] if len(key) == 1 else key)!r}")
    if keys:
        said.append(f"unique={keys[0] if len(keys) == 1 and len(keys[0]) > 1 else tuple(keys)!r}")
    if model["table"] != default_table(name):
        said.append(f"table={model['table']!r}")
    if needs_names(model["fields"]):
        said.append("kw_only=True")
    fields: list[FieldDescription] = [
        {**each, "unique": False} if (each["name"],) == key else each for each in model["fields"]
    ]
    lines = [_field(each, names, ours) for each in fields]
    lines += _collections(model["collections"], names, ours)
    return f"class {name}({', '.join(said)}):\n" + ("\n".join(f"    {line}" for line in lines) or "    pass")


def needs_names(fields: list[FieldDescription]) -> bool:
    """Whether the constructor takes all by name, or cannot do otherwise: something required comes after what is not."""
    order = [each["required"] for each in fields]
    return bool(fields) and (all(each["kw_only"] for each in fields) or order != sorted(order, reverse=True))


def _field(each: FieldDescription, names: Mapping[str, str], ours: Mapping[str, str]) -> str:
    of = names[each["to"]] if each["to"] is not None else each["type"]
    said: dict[str, str] = {}
    note = ""
    is_json = each["type"] == "Json" and each["values"] is None
    if each["to"] is None:
        of, _, scale = of.removesuffix(")").partition("(")
        of = ours["Json"] if is_json else _WRITTEN.get(of, of)
        if scale:
            said["scale"] = scale
    if each["values"] is not None:
        of, note = type(each["values"][0]).__name__, f"  # the value of a member of {each['type']}"
    says_none = each["optional"] and not is_json  # None is a value of Json
    written = f"{each['name']}: {of}{' | None' if says_none else ''}"
    if each["default_factory"] is not None and _is_named(each["default_factory"]):
        said["default_factory"] = each["default_factory"].replace(":", ".").removeprefix("builtins.")
    elif each["default_factory"] is not None:
        note = f"  # its default_factory was {each['default_factory']}"
    elif not each["required"]:
        said["default"] = _default(each)
    if each["unique"] and each["on_delete"] in (None, "restrict"):
        said["unique"] = "True"
    if each["index"]:
        said["index"] = "True"
    if each["on_delete"] not in (None, "restrict"):
        said["on_delete"] = repr(each["on_delete"])
    if not said:
        return written + note
    if said.keys() == {"default"}:
        return f"{written} = {said['default']}{note}"
    maker = ours["belongs_to" if "on_delete" in said else "field"]
    return f"{written} = {maker}({', '.join(f'{name}={value}' for name, value in said.items())}){note}"


def _default(each: FieldDescription) -> str:
    """A default, from what JSON can say of it."""
    value, of = each["default"], each["type"]
    if value is None:
        return "None"
    if of == "bytes":
        return repr(bytes.fromhex(value))
    of = _WRITTEN.get(of.partition("(")[0], of)
    if of == "dt.timedelta":
        return f"dt.timedelta(microseconds={value})"
    if of.startswith("dt."):
        return f"{of}.fromisoformat({value!r})"
    if "." in of:
        return f"{of}({value!r})"
    if of == "float" and (isinstance(value, str) or not math.isfinite(value)):
        return f"float({str(value)!r})"
    return repr(value)


def _collections(
    collections: list[CollectionDescription], names: Mapping[str, str], ours: Mapping[str, str]
) -> list[str]:
    """A line each. What has a condition or an order that cannot be read again, or goes through such a one, is a comment."""
    lost = unread(collections)
    return [
        ("# " if each["name"] in lost else "") + _collection(each, names, ours).replace("\n", " ")
        for each in collections
    ]


def _collection(each: CollectionDescription, names: Mapping[str, str], ours: Mapping[str, str]) -> str:
    of = names.get(each["of"], each["of"])
    said = [f"{name}={each[name]!r}" for name in ("through", "source", "by") if each[name] is not None]
    if each["one"]:
        return f"{each['name']}: {of} | None = {ours['has_one']}({', '.join(said)})"
    if each["where"] is not None:
        said.append(f"where={term(each['where'], ours)}")
    if each["order_by"]:
        keys = [term(key, ours) for key in each["order_by"]]
        said.append(f"order_by={keys[0] if len(keys) == 1 else '(' + ', '.join(keys) + ')'}")
    return f"{each['name']}: {ours['Many']}[{of}] = {ours['has_many']}({', '.join(said)})"
