"""Lets calls run out of memory: each is done in children whose address space may grow by so much and no more.

    python -m python_tests.torture.memory [--most 300] [--limits 12] [--calls "open a file" ...] [--rows 300_000]

Needs Linux. A call (`memory_calls.py`) gives its result, or raises MemoryError and leaves every row as it was; the store
agrees with itself then, and takes new rows. Anything else is a failure: a signal, another exception, other rows. The
table says from which limit on each call succeeds, at how many it raised MemoryError, and what else happened where.
"""

import argparse
import ctypes
import gc
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from hasmany import Like, Store, User

from .memory_calls import CALLS, Call, fingerprint

PATIENCE = 120  # seconds
ARENAS = "MALLOC_ARENA_MAX"  # each of the C library's arenas has 64 MB of addresses that no limit counts again
RESULT, MEMORY = "result", "MemoryError"


def limited(call: Call, megabytes: int) -> str:
    """What comes of the call in this process, with so much more memory than it has now."""
    work = call.begin()
    before = fingerprint()
    gc.collect()
    fill_holes()
    most = size() + (megabytes << 20)
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))
    try:
        work()
        outcome = RESULT
    except MemoryError:
        outcome = MEMORY
    except BaseException as error:  # noqa: BLE001 - told
        # Readers of Arrow make an error of their own of what a stream says.
        outcome = MEMORY if "MemoryError" in str(error) else f"{type(error).__name__}: {str(error)[:100]}"
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    call.end()
    Store.current().check()
    if outcome != RESULT and fingerprint() != before:
        return f"{outcome}, and other rows than before"
    user = User("goes on")
    user.like_tweet(user.post_tweet("too"))
    assert user.liked_tweets.values("message") == ["too"]
    return outcome


def size() -> int:
    """Of this process's address space, in bytes."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
    return int(pages) * resource.getpagesize()


def fill_holes() -> None:
    """Takes the memory that was freed and not given back: it is more than some calls need."""
    take = ctypes.CDLL(None).malloc
    for piece in (1 << 16, 1 << 13, 1 << 10):
        before = size()
        while size() == before:
            for _ in range(64):
                take(piece)


def in_a_child(call: Call, megabytes: int) -> str:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # what aborts says a lot
        signal.alarm(PATIENCE)
        try:
            said = limited(call, megabytes)
        except BaseException:  # noqa: BLE001 - told
            said = "afterwards " + traceback.format_exc().strip().splitlines()[-1]
        os.write(writing, " ".join(said.split()).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return {signal.SIGALRM: "hangs"}.get(os.WTERMSIG(status)) or signal.Signals(os.WTERMSIG(status)).name
    return said or f"ends with status {os.waitstatus_to_exitcode(status)}"


def sweep(name: str, limits: list[int], rows: int) -> dict[int, str]:
    """What comes of a call at each limit. All is prepared once, in a child of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            with tempfile.TemporaryDirectory() as folder, Store(), os.fdopen(writing, "w") as pipe:
                call = CALLS[name](Path(folder), rows)
                for limit in limits:
                    print(limit, in_a_child(call, limit), file=pipe, flush=True)
        except BaseException:  # noqa: BLE001 - printed
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        found = {int(limit): said for limit, said in (line.rstrip("\n").split(" ", 1) for line in pipe)}
    _, status = os.waitpid(child, 0)
    assert status == 0 and len(found) == len(limits), f"{name}: could not be prepared"
    return found


def steps(most: int, count: int) -> list[int]:
    """From 1 megabyte on, closer where it is tight."""
    return sorted({round(most ** (place / (count - 1))) for place in range(count)})


def bad(found: dict[int, str]) -> dict[str, list[int]]:
    """What may not happen, and at which limits it did."""
    kinds: dict[str, list[int]] = {}
    for limit, said in found.items():
        if said not in (RESULT, MEMORY):
            kinds.setdefault(said, []).append(limit)
    return kinds


def table(sweeps: Iterator[tuple[str, dict[int, str]]]) -> int:
    """Prints it, line by line; gives the number of calls that fail."""
    failing = 0
    print("| call | result from | MemoryError | fails |\n|---|---:|---:|---|")
    for name, found in sweeps:
        well = [limit for limit, said in found.items() if said == RESULT]
        kinds = bad(found)
        fails = "; ".join(f"{kind} at {', '.join(map(str, limits))} MB" for kind, limits in kinds.items())
        result = f"{well[0]} MB" if well else "-"
        print(f"| {name} | {result} | {list(found.values()).count(MEMORY)} | {fails} |", flush=True)
        failing += bool(kinds)
    return failing


def warm_up() -> None:
    """What is loaded late is there, and the first pages of everything."""
    with Store():
        user = User("a")
        user.like_tweet(user.post_tweet("b"))
        Like.all().ids.sum()
        Store.current().check()
        with suppress(ImportError):
            Like.matrix("user", "tweet")
        with suppress(ImportError):
            Store.current().to_networkx()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most", type=int, default=300, help="megabytes")
    parser.add_argument("--limits", type=int, default=12, help="how many, from 1 megabyte to the most")
    parser.add_argument("--rows", type=int, default=300_000, help="in the larger inputs")
    parser.add_argument("--calls", nargs="+", default=list(CALLS), choices=list(CALLS))
    given = parser.parse_args()
    if os.environ.get(ARENAS) != "1":
        command = [sys.executable, "-m", __spec__.name, *sys.argv[1:]]
        os.execve(sys.executable, command, {**os.environ, ARENAS: "1"})
    warm_up()
    limits, begun = steps(given.most, given.limits), time.monotonic()
    failing = table((name, sweep(name, limits, given.rows)) for name in given.calls)
    print(f"{failing} of {len(given.calls)} calls fail, of {len(limits)} limits each; {time.monotonic() - begun:.0f} s")
    sys.exit(failing > 0)


if __name__ == "__main__":
    main()
