"""Completion of names of fields and collections, for IPython and what is made of it: `%load_ext hasmany`.

`values("`, `by="`, `where(` and the like offer what the models have. Nothing that is typed is run to find that out: expressions are
followed by what their parts are, from the names that the user has.
"""

from typing import Any

from .._hasmany import Many, class_of
from .names import names_of
from .offers import Offer, offers

__all__ = ["Offer", "load", "of_collection", "offers", "unload"]

_MATCHERS: dict[int, Any] = {}
"""By the shell that has it."""


def of_collection(many: "Many[Any]") -> list[str]:
    """The fields and collections of a collection's members."""
    return ["id", *(name.name for name in names_of(class_of(many)))]


def load(shell: Any) -> None:
    """What `%load_ext hasmany` does: a matcher for this shell's completer. Loading again changes nothing."""
    from IPython.core import completer

    if id(shell) in _MATCHERS:
        return
    ipython: Any = completer

    def matcher(context: Any) -> Any:
        lines = context.full_text.split("\n")
        before = "\n".join([*lines[: context.cursor_line], lines[context.cursor_line][: context.cursor_position]])
        offer = offers(before, shell.user_ns)
        return {
            "completions": [ipython.SimpleCompletion(text=text, type=offer.kind) for text in offer.texts],
            "matched_fragment": offer.typed,
            # Between quotes nothing else can be meant, no file for instance.
            "suppress": offer.kind == "field" and bool(offer.texts),
        }

    _MATCHERS[id(shell)] = ipython.context_matcher(identifier="hasmany")(matcher)
    shell.Completer.custom_matchers.insert(0, _MATCHERS[id(shell)])


def unload(shell: Any) -> None:
    """What `%unload_ext hasmany` does."""
    matcher = _MATCHERS.pop(id(shell), None)
    if matcher in shell.Completer.custom_matchers:
        shell.Completer.custom_matchers.remove(matcher)
