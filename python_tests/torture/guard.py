"""Trials that may end a process or never end: each with a random generator of its own, in a child of this process."""

import os
import select
import signal
import traceback
from collections.abc import Callable
from random import Random

PATIENCE = 20  # seconds without a word after which a trial counts as hanging

Trial = Callable[[Random], None]


def failures(trial: Trial, seed: str, first: int, count: int) -> list[str]:
    """What failed of trials `first` to `first + count`: the number, and how. One that ends the child ends no other."""
    found: list[str] = []
    at, end = first, first + count
    while at < end:
        at, ending = child(trial, seed, at, end, found)
        if ending:
            found.append(f"{at}: {ending}")
            at += 1
    return found


def child(trial: Trial, seed: str, at: int, end: int, found: list[str]) -> tuple[int, str]:
    """Runs trials until one ends the process; gives its number, and how it ended."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reading)
        os._exit(work(trial, seed, at, end, writing))
    os.close(writing)
    ending = ""
    with os.fdopen(reading, "rb", buffering=0) as pipe:
        text = b""
        while True:
            if not select.select([pipe], [], [], PATIENCE)[0]:
                os.kill(process, signal.SIGKILL)
                ending = f"nothing for {PATIENCE} s"
                break
            part = pipe.read(65536)
            if not part:
                break
            *lines, text = (text + part).split(b"\n")
            for line in lines:
                number, _, said = line.decode().partition(" ")
                at = int(number)
                if said:
                    found.append(f"{at}: {said}")
    _, status = os.waitpid(process, 0)
    if not ending and os.WIFSIGNALED(status):
        ending = signal.Signals(os.WTERMSIG(status)).name
    return at, ending


def work(trial: Trial, seed: str, at: int, end: int, pipe: int) -> int:
    """Says the number of each trial before it begins, and again with what it raised."""
    for number in range(at, end):
        os.write(pipe, b"%d\n" % number)
        try:
            trial(Random(f"{seed} {number}"))
        except BaseException as error:  # noqa: BLE001 - a panic is no Exception; told to the parent
            where = traceback.extract_tb(error.__traceback__)[-1]
            said = f"{type(error).__name__} in line {where.lineno} of {os.path.basename(where.filename)}: {error}"
            os.write(pipe, f"{number} {said[:2000]!r}\n".encode())
    os.write(pipe, b"%d\n" % end)
    return 0
