"""The living models by module and qualified name. Kept weakly: a class that nothing else refers to is forgotten."""

import weakref
from collections.abc import Iterator, Mapping
from typing import Any

from ._hasmany import class_came

_models: dict[tuple[str, str], "weakref.ref[type[Any]]"] = {}


def find(module: str, qualname: str) -> type[Any] | None:
    """The living model of these names."""
    reference = _models.get((module, qualname))
    return None if reference is None else reference()


def remember(module: str, qualname: str, model: type[Any]) -> None:
    """Registers a new model, until it is collected."""
    key = (module, qualname)

    def forget(gone: "weakref.ref[type[Any]]") -> None:
        if _models.get(key) is gone:  # another model may have these names by now
            _models.pop(key, None)

    _models[key] = weakref.ref(model, forget)
    class_came()


def models() -> list[type[Any]]:
    """All of them."""
    return [model for reference in list(_models.values()) if (model := reference()) is not None]


def names() -> list[str]:
    """The names of all of them, without their scopes."""
    return [qualname.rpartition(".")[2] for _, qualname in list(_models)]  # a copy: one may be collected meanwhile


def below(base: type[Any]) -> list[type[Any]]:
    """The living models and abstract bases that inherit from a class, each after those that it inherits from."""
    found: dict[type[Any], None] = {}
    open_ = [base]
    while open_:
        for each in type.__subclasses__(open_.pop()):
            if find(each.__module__, each.__qualname__) is each:
                open_.append(each)
                found[each] = None
    return sorted(found, key=lambda each: len(each.__mro__))


class Siblings(Mapping[str, Any]):
    """The living models directly inside a scope of a module, by name; "" is the module itself. For look-ups only: it lists nothing."""

    def __init__(self, module: str, scope: str) -> None:
        self.module, self.prefix = module, f"{scope}." if scope else ""

    def __getitem__(self, name: str) -> Any:
        if (model := find(self.module, self.prefix + name)) is None:
            raise KeyError(name)
        return model

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0
