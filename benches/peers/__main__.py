"""A peer's process: a line of JSON with the versions of its packages, then one for each thing it finds out."""

import argparse
import json
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from peers import NAMES, load
from peers.answers import answers
from peers.measure import memory, times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], prog="python -m peers")
    parser.add_argument("task", choices=("times", "memory", "answers"))
    parser.add_argument("peer", choices=NAMES)
    parser.add_argument("directory", type=Path, help="where the likes and the questions are")
    parser.add_argument("--rows", nargs="*", default=[])
    parser.add_argument("--repeat", type=int, default=1)
    arguments = parser.parse_args()

    try:
        peer: Any = load(arguments.peer)
    except ModuleNotFoundError as error:
        tell("missing", str(error))
        return
    tell("versions", versions(peer))
    found: Iterable[tuple[str, Any]]
    if arguments.task == "times":
        found = times(arguments.peer, arguments.directory, arguments.rows, arguments.repeat)
    elif arguments.task == "memory":
        found = memory(arguments.peer, arguments.directory)
    else:
        found = answers(arguments.peer, arguments.directory)
    for what, value in found:
        tell(what, value)


def versions(peer: Any) -> str:
    return ", ".join(f"{package} {version(package)}" for package in peer.packages) or getattr(peer, "version", "")


def tell(what: str, value: Any) -> None:
    print(json.dumps([what, value]), flush=True)


if __name__ == "__main__":
    main()
