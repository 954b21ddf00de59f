"""How many instructions the most used calls take, beside what they took: a guard against calls that grow.

    python benches/instructions.py            # prints the table; ends with 1 where a call grew by more than 5 %
    python benches/instructions.py --write    # puts these numbers into benches/instructions.json

Clocks on shared machines tell no five per cent; instructions, counted by valgrind, are the same within a thousandth.
They depend on the interpreter, the compilers, how hasmany was built (its profile in Cargo.toml) and, because the C
library chooses by it, the family of the processor: the table has numbers for each such place, and where it has none the
program only reports. It counts what is installed; `.ci/run` runs it on what `pip install .` makes. Each call is made in
several loops, and the median of these counts: work that was put off, such as the packing of lists, falls into one loop or
another. Valgrind is installed by apt-get where it is missing and that can be done; elsewhere nothing is counted.
"""

import argparse
import gc
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

TABLE = Path(__file__).with_suffix(".json")
TOLERATED = 5.0  # per cent
MARK = "getppid"  # a call that nobody makes: before each, valgrind writes down what it counted since the last
LOOPS, CALLS = 5, 160  # of each call
LISTED = 700  # members of a longer list

Loop = Callable[[int, int], None]  # makes so many calls, from a place on that no other loop gets to
Counts = dict[str, float]


def loops() -> Iterator[tuple[str, Loop]]:
    """The calls, in the order in which they are made."""
    from hasmany import Like, Store, Tweet, User

    Store().use()
    users = list(User.insert_all(username=[f"user {number}" for number in range(4 * LISTED)]))
    tweets = list(Tweet.insert_all(message=["hello"] * 1000, user=users[0]))
    pairs = list(zip(users, tweets, strict=False))
    popular, other, single = tweets[-1], tweets[-2], users[-1]
    Like.insert_all(user=users[:LISTED], tweet=popular)
    Like.insert_all(user=users[LISTED // 2 : LISTED // 2 + LISTED], tweet=other)

    def each(call: Callable[[Any], Any], among: list[Any]) -> Loop:
        def loop(start: int, calls: int) -> None:
            for one in among[start : start + calls]:
                call(one)

        return loop

    def again(call: Callable[[], Any]) -> Loop:
        def loop(_start: int, calls: int) -> None:
            for _ in range(calls):
                call()

        return loop

    def walk(_start: int, calls: int) -> None:
        for _ in range(calls // 10):
            for _member in popular.likers:
                pass

    ids = [user.id for user in users]
    yield "user.like_tweet(tweet), new", each(lambda pair: pair[0].like_tweet(pair[1]), pairs)
    yield "user.like_tweet(tweet), again", each(lambda pair: pair[0].like_tweet(pair[1]), pairs)
    yield "tweet in user.liked_tweets", each(lambda pair: pair[1] in pair[0].liked_tweets, pairs)
    yield "len(tweet.likers)", each(lambda tweet: len(tweet.likers), tweets)
    yield "user.unlike_tweet(tweet)", each(lambda pair: pair[0].unlike_tweet(pair[1]), pairs)
    yield "user.post_tweet(text)", again(lambda: single.post_tweet("hello"))
    yield "user.username", each(lambda user: user.username, users)
    yield "tweet.user", each(lambda tweet: tweet.user, tweets)
    yield "User.find(id)", each(User.find, ids)
    yield f"for user in tweet.likers, {LISTED // 10} of them", walk
    yield 'tweet.likers.values("username")', again(lambda: popular.likers.values("username"))
    yield f"a.likers & b.likers, {LISTED} each", again(lambda: popular.likers & other.likers)


def work() -> None:
    """What is counted: each call's loops between marks."""
    gc.disable()
    mark = os.getppid
    for name, loop in loops():
        print(name)
        loop(0, 50)
        start = 50
        for _ in range(LOOPS):
            mark()
            loop(start, CALLS)
            mark()
            start += CALLS


def counted() -> Counts:
    """Instructions of each call."""
    with TemporaryDirectory() as directory:
        out = Path(directory, "callgrind")
        command = ["valgrind", "--tool=callgrind", f"--dump-before={MARK}", f"--callgrind-out-file={out}"]
        environment = {**os.environ, "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"}
        command += [sys.executable, __file__, "--work"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"valgrind ended with {done.returncode}:\n{done.stderr[-2000:]}")
        # The first part is what came before the first mark, and every other one lies between two loops.
        names = done.stdout.splitlines()
        parts = [total(Path(f"{out}.{part}")) for part in range(2, 2 * LOOPS * len(names) + 1, 2)]
    loops_of = (parts[at * LOOPS : (at + 1) * LOOPS] for at in range(len(names)))
    return {name: round(median(loops) / CALLS, 1) for name, loops in zip(names, loops_of, strict=True)}


def total(part: Path) -> int:
    found = re.search(r"^(?:totals|summary): (\d+)", part.read_text(errors="replace"), re.MULTILINE)
    if found is None:
        sys.exit(f"{part.name} has no sum: valgrind writes another form than this program reads")
    return int(found[1])


def place() -> str:
    """What the numbers depend on, beside the sources."""
    profiled = "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")
    from hasmany import _hasmany

    interpreter = f"{platform.python_implementation()} {platform.python_version()}, {platform.python_compiler()}"
    rust = subprocess.run(["rustc", "--version"], cwd=TABLE.parent, stdout=subprocess.PIPE, text=True, check=False)
    compiler = " ".join(rust.stdout.split()[:2]) or "no rustc"
    return f"{interpreter}{', PGO' if profiled else ''}; {compiler}, {_hasmany.__profile__}; {processor()}"


def processor() -> str:
    info = Path("/proc/cpuinfo")
    said = dict(re.findall(r"^(\w[\w ]*?)\s*: (.*)$", info.read_text(), re.MULTILINE)) if info.exists() else {}
    words = [
        platform.machine(),
        said.get("vendor_id", ""),
        f"family {said['cpu family']}" if "cpu family" in said else "",
    ]
    return " ".join(filter(None, words))


def shown(counts: Counts, known: Counts) -> Iterator[str]:
    for name, count in counts.items():
        change = f"{grown(count, known[name]):+6.1f} %" if name in known else " " * 8
        yield f"{count:12,.0f} {change}  {name}"


def grown(count: float, known: float) -> float:
    return (count / known - 1) * 100


def have_valgrind() -> bool:
    if shutil.which("valgrind") is None and shutil.which("apt-get") and os.geteuid() == 0:
        for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-qq", "-y", "valgrind"]):
            subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    return shutil.which("valgrind") is not None


def smaller(one: Counts, two: Counts) -> Counts:
    """Of two runs: in one of some dozens a call takes up to a fifth more, by where things lie in memory."""
    return {name: min(one[name], two[name]) for name in one}


def too_large(counts: Counts, known: Counts) -> Iterable[str]:
    return [name for name, count in counts.items() if name in known and grown(count, known[name]) > TOLERATED]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put these numbers into the table")
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        return work()

    from hasmany import _hasmany

    if _hasmany.__debug_build__:
        sys.exit("this is a debug build of hasmany: `pip install .` makes a release build")
    if not have_valgrind():
        print("valgrind is not here and cannot be installed: nothing is counted")
        return None
    table: dict[str, Counts] = json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else {}
    here = place()
    known, counts = table.get(here, {}), counted()
    print(f"Instructions a call, {here}", *shown(counts, known), sep="\n")
    if arguments.write:
        table[here] = counts
        TABLE.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    elif not known:
        print("no numbers of this place are in the table: nothing is compared")
    elif too_large(counts, known) and (large := too_large(smaller(counts, counted()), known)):
        sys.exit(f"more than {TOLERATED:.0f} % over the table: {'; '.join(large)}. If that is meant, --write says so")
    return None


if __name__ == "__main__":
    main()
