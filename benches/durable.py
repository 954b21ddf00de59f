"""Stores in files beside what else keeps likes in a file, at the same durability, each in a process of its own.

    pip install ".[bench]" && python benches/durable.py --quick          # 100,000 likes, a minute or two
    python benches/durable.py --json found.json --write                  # into the docs, half an hour
    python benches/durable.py --check                                    # do all files hold the same?

The peers are in benches/files/; one whose library is not installed has a column of dashes. Files are made in
--directory, so that says which disk is measured; the likes are read back from each of them. The first column has
hasmany's own times, the others the time or size of a peer divided by hasmany's: above 1 hasmany is better.
"""

import argparse
import json
import os
import sqlite3
import statistics
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import report
from compare import medians, names, process, refuse_debug
from files import NAMES, load
from files.measure import size_of_all
from peers.work import LIKES_A_USER, SEED, SKEW, zipf

LIKES, QUICK, CHECKED = 1_000_000, 100_000, 20_000
LARGER = 10  # times as many likes are opened, too
WRITING = {
    "first": "`user.like_tweet(tweet)`, in a table without likes",
    "like": "`user.like_tweet(tweet)`, among {likes:,} likes",
    "less": "the same, beside who may lose it with the process",
    "full": "the same, when each waits for the disk",
    "loop": "`like_tweet`, {many:,} in one transaction, a like",
    "loop_more": "the same, among {likes:,} likes",
    "batch": "`Like.insert_all` of {many:,}, a like",
    "batch_more": "the same, among {likes:,} likes",
    "bulk": "`Like.insert_all` of {likes:,}, a like",
    "close": "closing the file after that",
    "open": "`Store(path)`, {likes:,} likes",
    "open_large": "`Store(path)`, {large:,} likes",
    "save": "`store.save(path)` from memory",
    "copy": "`store.save(path)` from a file",
    "size": "the file, a like",
}
READING = {
    "hit": "`tweet in user.liked_tweets`, true",
    "miss": "`tweet in user.liked_tweets`, false",
    "count": "`len(tweet.likers)`",
    "members": "`for user in tweet.likers`, a user",
    "usernames": '`tweet.likers.values("username")`, a name',
}
SHORT = ("like", "full", "loop", "bulk", "open", "size")
SHORT_PEERS = ("hasmany", "sqlite3", "sqlite3_fast", "sqlalchemy", "django", "overgraph")

Values = dict[str, Any]


class Runs:
    """What the peers' processes said, round after round."""

    def __init__(self, arguments: argparse.Namespace, directory: Path) -> None:
        self.arguments, self.directory = arguments, directory
        self.runs: dict[str, list[Values]] = {name: [] for name in arguments.peers}
        self.reads: list[Values] = []
        self.versions: dict[str, str] = {}
        self.missing: dict[str, str] = {}

    def process(self, task: str, name: str, place: Path, *more: str) -> Values:
        print(f"{name} {task} ...", file=sys.stderr, flush=True)
        with TemporaryDirectory(dir=self.directory) as tmp:
            said = process("files", task, name, str(place), *more, tmp=tmp, limit=self.arguments.limit)
        if "missing" in said:
            self.missing[name] = said.pop("missing")
        else:
            self.versions[name] = said.pop("versions", "")
        return said

    def round(self, likes: Path, opened: dict[str, Path]) -> None:
        for name in self.arguments.peers:
            values = self.process("writes", name, likes, "--likes", str(self.arguments.likes))
            for row, path in opened.items():
                if "open" in (said := self.process("opening", name, path)):
                    values[row] = said["open"]
            self.runs[name].append(values)
        reads = self.process("reads", report.BASE, likes, "--repeat", str(self.arguments.repeat))
        own = self.runs[report.BASE][-1]
        own |= {"less": own["like"], "save": reads.pop("save")}
        self.reads.append(reads)

    def values(self) -> Values:
        return {name: medians(runs) for name, runs in self.runs.items() if any(runs)}

    def reading(self) -> Values:
        """Of the store in a file, and in memory."""
        rows = [row for row in READING if all(row in run for run in self.reads)]
        return {
            name: {row: statistics.median(run[row][name] for run in self.reads) for row in rows}
            for name in (report.BASE, "memory")
        }


def measure(arguments: argparse.Namespace) -> Iterator[report.Found]:
    """What is known after each round, so that a run that is cut short is not lost."""
    load_before = os.getloadavg()[0]
    with TemporaryDirectory(prefix="durable-", dir=arguments.directory) as directory:
        runs = Runs(arguments, Path(directory))
        prepare(arguments.likes, Path(directory))
        large = arguments.likes * LARGER
        opened = {"open": file_of(arguments.likes, Path(directory)), "open_large": file_of(large, Path(directory))}
        for number in range(1, arguments.rounds + 1):
            runs.round(Path(directory), opened)
            yield {
                "machine": report.machine(),
                "disk": file_system(Path(directory)),
                "load": load_before,
                "date": date.today().isoformat(),
                "seed": SEED,
                "rounds": number,
                "repeat": arguments.repeat,
                "likes": arguments.likes,
                "versions": runs.versions,
                "missing": runs.missing,
                "values": runs.values(),
                "reading": runs.reading(),
            }


def prepare(likes: int, directory: Path) -> None:
    """The likes that are written, for the peers' processes."""
    zipf(size_of_all(likes), likes // LIKES_A_USER).save(directory)


def file_of(likes: int, directory: Path) -> Path:
    """A file to be opened."""
    path, peer, work = directory / f"{likes}.db", load(report.BASE), zipf(likes)
    peer.create(path, *work.people.tolist())
    store = peer(path, "normal")
    store.batch(work.users, work.tweets)
    store.close()
    return path


def file_system(directory: Path) -> str:
    """Its type, where the system tells: that of the longest mount point above it."""
    mounts = Path("/proc/self/mounts")
    if not mounts.exists():
        return "unknown file system"
    points = (line.split()[1:3] for line in mounts.read_text().splitlines())
    return max((len(point), kind) for point, kind in points if directory.resolve().is_relative_to(point))[1]


# Telling.


def full(found: report.Found) -> str:
    rows, values = titles(found), found["values"]
    peers = [name for name in NAMES if values.get(name) or name in found["missing"]]
    losses = {row: title for row, title in rows.items() if row != "less"}
    return "\n\n".join(
        [
            conditions(found),
            report.markdown(values, rows, peers),
            report.losses(values, losses),
            "A store in a file, and beside it one in memory that holds the same:",
            report.markdown(found["reading"], READING, list(found["reading"])),
            report.legend(found, NAMES, "files"),
        ]
    )


def short(found: report.Found) -> str:
    rows = {row: title for row, title in titles(found).items() if row in SHORT}
    peers = [name for name in SHORT_PEERS if found["values"].get(name) or name in found["missing"]]
    return f"{conditions(found)}\n\n{report.markdown(found['values'], rows, peers)}"


def titles(found: report.Found) -> report.Rows:
    likes = found["likes"]
    sizes = {"likes": likes, "many": likes // 10, "large": likes * LARGER}
    return {row: title.format(**sizes) for row, title in WRITING.items()}


def conditions(found: report.Found) -> str:
    people = found["likes"] // LIKES_A_USER
    return (
        f"{people:,} users, as many tweets, likes by Zipf({SKEW}). {found['machine']}, files on {found['disk']}; "
        f"{found['date']}, load {found['load']:.1f} before; seed {found['seed']}; median of {found['rounds']} rounds."
    )


# Checking.


def check(arguments: argparse.Namespace) -> None:
    """Ends the program where files are not alike. That each holds the likes it was given is asked in each run."""
    with TemporaryDirectory(prefix="durable-", dir=arguments.directory) as directory:
        arguments.likes, arguments.repeat = CHECKED, 1
        shapes = {name: shape(Path(directory, name), name) for name in (report.BASE, "sqlite3")}
        if shapes[report.BASE] != shapes["sqlite3"]:
            sys.exit(f"files have other columns or indexes than hasmany's: {shapes}")
        runs = Runs(arguments, Path(directory))
        prepare(CHECKED, Path(directory))
        runs.round(Path(directory), {})
    said = {name: values for name, (values,) in runs.runs.items()} | {"reads": runs.reads[0]}
    failed = [f"{name} {why}" for name, values in said.items() for why in values.values() if isinstance(why, str)]
    if failed:
        sys.exit("\n".join(failed))
    for name, values in said.items():
        print(f"{name}: {runs.missing.get(name, f'{len(values)} rows, and what was written is in the files')}")


def shape(path: Path, name: str) -> list[Any]:
    """The columns and indexes of the tables that a peer makes, without the names of indexes."""
    load(name).create(path, 2, 2)
    found: list[Any] = []
    with closing(sqlite3.connect(path)) as database:
        ask = database.execute
        for table in ("users", "tweets", "likes"):
            found += ask('SELECT name, type, "notnull", pk FROM pragma_table_xinfo(?)', [table])
            found += ask('SELECT "from", "table", "to", on_delete FROM pragma_foreign_key_list(?) ORDER BY 1', [table])
            for index, unique in ask('SELECT name, "unique" FROM pragma_index_list(?) ORDER BY 2', [table]).fetchall():
                found.append((unique, *ask("SELECT name FROM pragma_index_info(?)", [index])))
        found += ask("SELECT 'page', * FROM pragma_page_size")  # a file of hasmany's rests in another mode
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--likes", type=int, default=LIKES, help="in the table that further likes are added to")
    parser.add_argument("--peers", type=names(NAMES), default=list(NAMES), help="some of " + ",".join(NAMES))
    parser.add_argument("--rounds", type=int, default=5, help="how often the peers take turns")
    parser.add_argument("--repeat", type=int, default=5, help="runs of a row that reads, in a round")
    parser.add_argument("--limit", type=float, default=900, help="seconds of a peer's process")
    parser.add_argument("--directory", type=Path, help="where files are made; else where the system keeps such")
    parser.add_argument("--quick", action="store_true", help=f"one round of {QUICK:,} likes")
    parser.add_argument("--check", action="store_true", help="compare files instead of measuring")
    parser.add_argument("--json", type=Path, help="keep the medians in this file")
    parser.add_argument("--from", type=Path, dest="source", help="show what such a file has, without measuring")
    parser.add_argument("--write", action="store_true", help="put the table into the docs")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.likes, arguments.rounds = QUICK, 1
    if arguments.likes < 50 * LIKES_A_USER:
        parser.error(f"--likes: at least {50 * LIKES_A_USER}")
    if arguments.write:
        for name in ("durable", "durable-short"):
            report.around(name)

    if arguments.source:
        show(json.loads(arguments.source.read_text(encoding="utf-8")), arguments.write)
        return
    refuse_debug()
    if arguments.check:
        check(arguments)
        return
    for found in measure(arguments):
        if arguments.json:
            arguments.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    show(found, arguments.write)


def show(found: report.Found, write: bool) -> None:
    print(full(found))
    if write:
        report.write("durable", full(found))
        report.write("durable-short", short(found))


if __name__ == "__main__":
    main()
