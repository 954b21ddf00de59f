"""Gives stores what is nearly right: files, page tokens, Arrow.

    python -m python_tests.torture.fuzz --trials 20_000 [--kinds files pages arrow] [--seed 1] [--first 0]

Each trial changes something that is valid and says what may come of it (`fuzz_files.py`, `fuzz_pages.py`,
`fuzz_arrow.py`). A trial depends on the seed and its number alone: `--first NUMBER --trials 1` repeats it.
"""

import argparse
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from . import fuzz_arrow, fuzz_files, fuzz_pages
from .guard import failures

KINDS: dict[str, Any] = {"files": fuzz_files, "pages": fuzz_pages, "arrow": fuzz_arrow}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=20_000, help="of each kind")
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number of the first trial")
    given = parser.parse_args()
    failed = 0
    for name in given.kinds:
        with tempfile.TemporaryDirectory() as folder:
            KINDS[name].prepare(Path(folder))
            trial = partial(KINDS[name].trial, Path(folder))
            found = failures(trial, f"{given.seed} {name}", given.first, given.trials)
        for failure in found:
            print(f"{name} {failure}", file=sys.stderr)
        if found:
            first = found[0].split(":")[0]
            again = f"--kinds {name} --seed {given.seed} --first {first} --trials 1"
            print(f"python -m {__spec__.name} {again}", file=sys.stderr)
        print(f"{name}: {given.trials} trials, {len(found)} failed", flush=True)
        failed += len(found)
    print(f"{failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
