"""What was written to a folder and synced, as `record.c` tells it; and the states in which a power cut may leave it.

Nothing is assumed of what was not synced but what every disk and file system keeps: a block of 512 or 4,096 bytes is
there whole, in one of the versions that were written since it was last synced or in the synced one; names appear and
vanish in the order in which they were made, up to some moment; a file that had grown may have any of its lengths, with
zeros where nothing arrived, in a log also rubbish. To cut a file off happens whole or not at all, and nothing that was
written after it is there without it. Syncing a file does not make its name last: syncing the folder does.
"""

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

HEAD = struct.Struct("4Q")
WAYS = ("all is lost", "all is there", "in order, torn", "some calls", "some blocks", "some blocks", "some blocks")


class Event(NamedTuple):
    kind: str
    file: int
    at: int
    text: bytes


def events(log: Path) -> Iterator[Event]:
    with log.open("rb") as file:
        while head := file.read(HEAD.size):
            kind, number, at, count = HEAD.unpack(head)
            yield Event(chr(kind), number, at, file.read(count))


class Write(NamedTuple):
    """A call that was not synced."""

    when: int  # the order in which calls were made, over all files
    at: int
    text: bytes | None  # None: it cut the file off there, or made it longer


class File:
    def __init__(self) -> None:
        self.synced = bytearray()
        self.writes: list[Write] = []

    def sync(self) -> None:
        for write in self.writes:
            happen(self.synced, write)
        self.writes.clear()

    def left(self, random: Random, way: str, moment: int, block: int, rubbish: bool) -> bytes:
        """What a power cut may leave of it."""
        if way == "all is lost":
            return bytes(self.synced)
        arrives = 1.0 if way == "all is there" else random.choice((0.05, 0.5, 0.95))
        content, size = bytearray(self.synced), len(self.synced)
        sizes = [size]
        stopped: set[int] = set()  # blocks that stay at a version
        for write in self.writes:
            lost = random.random() > arrives
            if way == "in order, torn" and write.when > moment:
                break
            size = max(size, write.at + len(write.text)) if write.text is not None else write.at
            if write.text is None:
                if size < sizes[-1] and lost:
                    break  # What is written after it is in blocks that the file does not have without it.
                happen(content, write)
                sizes = [size]
                continue
            sizes.append(size)
            for at, piece in blocks(write, block):
                torn = way == "some blocks" or (way == "in order, torn" and write.when == moment)
                # A version of a block has all that was written before it: where one does not arrive, none after it does.
                missing = random.random() > arrives if torn else lost and way == "some calls"
                if missing or at // block in stopped:
                    stopped.add(at // block)
                else:
                    happen(content, Write(write.when, at, piece))
        size = sizes[-1] if way == "all is there" else random.choice(sizes)
        del content[size:]
        filler = random.randbytes if rubbish and random.random() < 0.3 else bytes
        return bytes(content + filler(size - len(content)))


def happen(content: bytearray, write: Write) -> None:
    end = write.at if write.text is None else write.at + len(write.text)
    content.extend(bytes(max(end - len(content), 0)))
    if write.text is None:
        del content[end:]
    else:
        content[write.at : end] = write.text


def blocks(write: Write, block: int) -> Iterator[tuple[int, bytes]]:
    """The parts of a write that lie in one block each."""
    text = write.text or b""
    at, end = write.at, write.at + len(text)
    while at < end:
        stop = min(end, (at // block + 1) * block)
        yield at, text[at - write.at : stop - write.at]
        at = stop


class Disk:
    """A folder, and what of it is synced."""

    def __init__(self) -> None:
        self.files: dict[int, File] = {}  # by the number that they have now
        self.named: dict[str, File] = {}  # names that last
        self.naming: list[tuple[str, File | None]] = []  # names made or taken away since the folder was synced
        self.calls = 0

    def happens(self, event: Event) -> None:
        self.calls += 1
        kind, number, at, text = event
        match kind:
            case "I":
                self.files[number] = File()
            case "N":
                self.naming.append((os.path.basename(text.decode()), self.files[number]))
            case "U":
                self.naming.append((os.path.basename(text.decode()), None))
            case "W":
                self.files[number].writes.append(Write(self.calls, at, text))
            case "T":
                self.files[number].writes.append(Write(self.calls, at, None))
            case "S":
                self.files[number].sync()
            case "F":
                self.named = self.names(len(self.naming))
                self.naming.clear()

    def names(self, arrived: int) -> dict[str, File]:
        names = dict(self.named)
        for name, file in self.naming[:arrived]:
            if file is None:
                names.pop(name, None)
            else:
                names[name] = file
        return names

    def left(self, random: Random) -> tuple[str, dict[str, bytes]]:
        """One of the states in which a power cut may leave the folder: how it was chosen, and the files by name."""
        way, block = random.choice(WAYS), random.choice((512, 4096))
        arrived = {"all is lost": 0, "all is there": len(self.naming)}.get(way, random.randint(0, len(self.naming)))
        names = self.names(arrived)
        waiting = [write.when for file in names.values() for write in file.writes] or [0]
        moment = random.choice(waiting)
        # A file that has two names is left in one state.
        contents = {
            id(file): file.left(random, way, moment, block, name.endswith("-wal")) for name, file in names.items()
        }
        said = f"{way}, {block} a block, {arrived} of {len(self.naming)} names"
        return said, {name: contents[id(file)] for name, file in names.items()}
