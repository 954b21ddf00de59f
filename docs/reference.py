"""What the reference page is made of: signatures from the stubs, words from the running package.

Most classes are native, so that their source has neither; a plain reading of the files would find nothing of them. An
extension of griffe, which mkdocstrings reads Python by; named in mkdocs.yml.
"""

import inspect
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import griffe


def fenced(text: str) -> str:
    """A docstring as Markdown: its examples are blocks of code."""
    paragraphs = re.split(r"\n{2,}", text)
    return "\n\n".join(f"```pycon\n{part}\n```" if part.startswith(">>>") else part for part in paragraphs)


def fence(item: griffe.Object) -> None:
    """Makes Markdown of the docstrings of a module or class, and of what is in it."""
    if item.docstring:
        item.docstring.value = fenced(item.docstring.value)
    for member in item.members.values():
        if isinstance(member, griffe.Object):
            fence(member)


def described(item: griffe.Module | griffe.Class | griffe.Function | griffe.Attribute, running: Any) -> None:
    """Gives what the stubs name the words that it has in the running package, and so on inwards."""
    words = getattr(running, "__doc__", None)
    if words and not words.startswith("Alias for field number"):  # which Python says of a NamedTuple's
        item.docstring = griffe.Docstring(fenced(inspect.cleandoc(words)), parent=item)
    if isinstance(item, (griffe.Module, griffe.Class)):
        # Stubs have no function that their overloads are of; the last one takes whatever the others do.
        for name, overloads in item.overloads.items():
            if overloads:
                item.set_member(name, overloads[-1])
        if "__new__" in item.members:  # the way to call the class, which stands beside its name
            item.set_member("__init__", item.members["__new__"])
        for name, member in list(item.members.items()):
            if name.startswith("_") or member.is_alias:
                continue
            if inspect.isclass(running) and name not in vars(running) and hasattr(running, name):
                item.del_member(name)  # a base has it; the stubs say it again, for checkers
            else:
                described(member, inspect.getattr_static(running, name, None))


class Stubs(griffe.Extension):
    """Puts the package's stubs in place of what its source says."""

    def on_module_members(self, *, mod: griffe.Module, **_kwargs: Any) -> None:
        if mod.path == "hasmany._hasmany":  # its names and the package's lead to each other
            for name in [name for name, member in mod.members.items() if member.is_alias]:
                mod.del_member(name)

    def on_package(self, *, pkg: griffe.Module, loader: griffe.GriffeLoader, **_kwargs: Any) -> None:
        if pkg.name != "hasmany":
            return
        running = import_module(pkg.name)
        stubs = Path(running.__file__ or "").with_suffix(".pyi")
        read = griffe.visit(
            pkg.name,
            stubs,
            stubs.read_text("utf-8"),
            lines_collection=loader.lines_collection,
            modules_collection=loader.modules_collection,
        )
        described(read, running)
        for name in running.__all__:
            if name in read.members:
                pkg.set_member(name, read.members[name])
        for name in ("lake", "plot"):  # in Python
            fence(pkg[name])
