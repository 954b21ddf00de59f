"""The command: `hasmany FILE` says what is in a store's file, `hasmany shell FILE` opens a prompt with its models."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from .. import __version__
from ..errors import HasManyError
from .printing import Printer, printer
from .report import read
from .shell import run


def main(arguments: Sequence[str] | None = None) -> int:
    """Does what the arguments (those of the process) say; returns the exit code: 1 where a file cannot be opened or is damaged."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    do: Callable[[list[str]], int] = _show
    if given[:1] == ["shell"]:
        do, given = _shell, given[1:]
    try:
        code = do(given)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # of `hasmany x.db | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    except (HasManyError, OSError) as error:
        print(f"hasmany: {_told(error)}", file=sys.stderr)
        return 1


def _told(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _show(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="hasmany",
        description="Says what is in a store's file: models, rows, sizes, schema, and whether it is sound.",
        epilog="hasmany shell FILE opens a prompt with the file's models. (A file of that name is ./shell.) The file is only "
        "read, also while another process writes to it.",
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--no-check", action="store_true", help="do not read the file again to see whether it is sound")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--plain", action="store_true", help="text, also where rich is installed")
    form.add_argument("--rich", action="store_true", help="as rich draws it, also where the output is no terminal")
    form.add_argument("--json", action="store_true", help="all of it as JSON, sizes in bytes")
    parser.add_argument("--version", action="version", version=f"hasmany {__version__}")
    options = parser.parse_args(arguments)
    how: Printer = printer(json=options.json, plain=options.plain, rich=options.rich)
    report = read(options.file, check=not options.no_check)
    how(report)
    return 0 if report.problem is None else 1


def _shell(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="hasmany shell",
        description="Opens a prompt (IPython where it is installed) with a file's models, `store` and `col` at hand.",
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--write", action="store_true", help="open the file for writing; without it it is only read")
    parser.add_argument(
        "--timeout",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="how long to wait for another writer, with --write",
    )
    parser.add_argument("--plain", action="store_true", help="Python's own prompt, also where IPython is installed")
    options = parser.parse_args(arguments)
    run(options.file, write=options.write, timeout=options.timeout, plain=options.plain)
    return 0
