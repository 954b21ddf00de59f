"""A peer's process: a line of JSON with the versions of its packages, then one for each thing it finds out."""

import argparse
from pathlib import Path

from peers.__main__ import tell, versions

from files import NAMES, load
from files.measure import opening, reads, writes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], prog="python -m files")
    parser.add_argument("task", choices=("writes", "opening", "reads"))
    parser.add_argument("peer", choices=NAMES)
    parser.add_argument("place", type=Path, help="the directory with the likes; of `opening`, the file")
    parser.add_argument("--likes", type=int, default=0, help="in the table that further likes are added to")
    parser.add_argument("--repeat", type=int, default=1, help="runs of a row that reads")
    arguments = parser.parse_args()

    try:
        peer = load(arguments.peer)
    except ModuleNotFoundError as error:
        tell("missing", str(error))
        return
    tell("versions", versions(peer))
    found = {
        "writes": lambda: writes(arguments.peer, arguments.place, arguments.likes),
        "opening": lambda: opening(arguments.peer, arguments.place),
        "reads": lambda: reads(arguments.place, arguments.repeat),
    }
    for what, value in found[arguments.task]():
        tell(what, value)


if __name__ == "__main__":
    main()
