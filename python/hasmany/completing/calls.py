"""The calls that are open where the cursor stands, from the text before it."""

from typing import NamedTuple

_CLOSERS = {")": "(", "]": "[", "}": "{"}


class Call(NamedTuple):
    """A call whose arguments are being written."""

    function: str
    """The source of what is called; empty where there is none, as before a tuple."""
    keyword: str
    """The name of the argument where the cursor, or the call within, stands; empty where it has none."""
    argument: str
    """What is written of that argument before the cursor."""


class Place(NamedTuple):
    """Where the cursor stands."""

    calls: list[Call]
    """Innermost first."""
    typed: str
    """What is written of the name so far."""
    is_text: bool
    """Whether that is in a string."""


class _Open(NamedTuple):
    bracket: str
    at: int


def place(before: str) -> Place:
    """Of any text: what is no Python has no calls, or some that nothing is found for."""
    opens: list[_Open] = []
    starts: list[int] = []
    """Of the argument that is being written, a place for each of them."""
    pairs: dict[int, int] = {}
    """Of each bracket that closes, where it opens."""
    at, text_at, end = 0, -1, len(before)
    while at < end:
        letter = before[at]
        if letter == "#":
            line_end = before.find("\n", at)
            at = end if line_end < 0 else line_end
            if line_end < 0:
                return Place([], "", is_text=False)  # in a comment
        elif letter in "'\"":
            quote = letter * 3 if before.startswith(letter * 3, at) else letter
            closing = _closing(before, at + len(quote), quote)
            if closing is None:
                text_at = at + len(quote)
                break
            at = closing - 1
        elif letter in "([{":
            opens.append(_Open(letter, at))
            starts.append(at + 1)
        elif letter in _CLOSERS and opens and opens[-1].bracket == _CLOSERS[letter]:
            pairs[at] = opens.pop().at
            starts.pop()
        elif letter == "," and starts:
            starts[-1] = at + 1
        at += 1
    if text_at >= 0:
        typed, stop = before[text_at:], text_at - 1
    else:
        stop = end
        while stop and (before[stop - 1].isalnum() or before[stop - 1] == "_"):
            stop -= 1
        typed = before[stop:]
    calls = [
        _call(before, open_.at, before[start:stop].strip(), pairs)
        for open_, start in zip(reversed(opens), reversed(starts), strict=True)
    ]
    return Place(calls, typed, is_text=text_at >= 0)


def _closing(text: str, at: int, quote: str) -> int | None:
    """Behind the end of a string; None where it has none before the line's, or the text's."""
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text.startswith(quote, at):
            return at + len(quote)
        elif text[at] == "\n" and len(quote) == 1:
            return at + 1  # a mistake, which the next line need not share
        else:
            at += 1
    return None


def _call(before: str, at: int, argument: str, pairs: dict[int, int]) -> Call:
    name, equals, rest = argument.partition("=")
    keyword = name.strip() if equals and name.strip().isidentifier() and not rest.startswith("=") else ""
    function = before[_beginning(before, at, pairs) : at].strip() if before[at] == "(" else before[at]
    return Call(function, keyword, argument)


def _beginning(before: str, at: int, pairs: dict[int, int]) -> int:
    """Where what stands before a bracket begins: names, dots, brackets that are closed."""
    start = at
    while start:
        letter = before[start - 1]
        if letter.isalnum() or letter in "_.":
            start -= 1
        elif start - 1 in pairs:
            start = pairs[start - 1]
        elif letter.isspace() and before[start] == ".":
            start -= 1
            while start and before[start - 1].isspace():
                start -= 1
        else:
            break
    return start
