"""How good and how fast recommendations are: sets of links in splits that others report on.

    pip install ".[bench]" && python benches/recommend.py           # recommends to every user, and compares with the test parts
    python benches/recommend.py --choose gowalla                    # which damping is best on a held-out tenth of a train part
    python benches/recommend.py --write                             # puts the table into docs/benchmarks.md

The library's defaults are used, and beside them the damping that was the default before. Nothing here is chosen on a test
part: `--choose` never opens one. Recall@20 and NDCG@20 are those of `hasmany.evaluate`: means over all users with test items,
train items left out.
"""

import argparse
import lzma
import os
import sys
import time
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import report
from hasmany import Many, Model, Store, _hasmany, evaluate, has_many

K = 20
SEED = 7
ASKED = 2_000  # single calls
HELD = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
FOUND = (0.0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4)
BEFORE = (0.8, 0.2)  # the default before each asker's walks chose it

# What others have on the same split: Recall@20 and NDCG@20.
SETS: dict[str, dict[str, tuple[float | None, float]]] = {
    "gowalla": {
        "most popular": (0.0416, 0.0317),
        "item-kNN, cosine": (0.1570, 0.1214),
        "EASE": (0.1765, 0.1467),
        "LightGCN": (0.1820, 0.1547),
        "RP3beta": (0.1829, 0.1520),
        "GF-CF": (0.1849, 0.1518),
        "UltraGCN": (0.1862, 0.1580),
        "SimpleX": (0.1872, 0.1557),
    },
    "amazon_electronics": {"EASE": (0.1340, 0.0823), "UltraGCN": (None, 0.0829), "SimpleX": (0.1457, 0.0842)},
    "amazon_sports": {"item-kNN, cosine": (0.0583, 0.0329)},
    "lastfm_2k": {"item-kNN, cosine": (0.2524, 0.2555)},
}
OURS = "**hasmany**, defaults"

Ids = npt.NDArray[np.int64]
Pairs = tuple[Ids, Ids]


class Person(Model):
    name: str
    visits: Many["Visit"] = has_many()
    places: Many["Place"] = has_many(through="visits")


class Place(Model):
    name: str
    visits: Many["Visit"] = has_many()
    people: Many["Person"] = has_many(through="visits")


class Visit(Model, unique=("person", "place")):
    person: Person
    place: Place


def read(path: Path) -> Pairs:
    """People and places, numbered from 1."""
    with lzma.open(path, "rt", encoding="ascii") as lines:
        rows = [np.array(line.split(), dtype=np.int64) + 1 for line in lines]
    rows = [row for row in rows if len(row) > 1]
    return np.repeat([row[0] for row in rows], [len(row) - 1 for row in rows]), np.concatenate(
        [row[1:] for row in rows]
    )


def load(visits: Pairs, people: int, places: int) -> None:
    Store().use()
    Person.insert_all(name=[f"person {at}" for at in range(people)])
    Place.insert_all(name=[f"place {at}" for at in range(places)])
    Visit.insert_all(person=visits[0], place=visits[1])


def measured(people: Many[Person], held: Pairs, **options: Any) -> dict[str, float]:
    """What `evaluate` says of all of them."""
    return evaluate(people, "places", held, K, **options).to_dicts()[0]


def choose(train: Pairs, people: int, places: int) -> None:
    """A grid of damping, on a tenth of each user's train links, at least one, that the store does not have.

    Chosen is, of all within one standard error of the best in both measures, the one that is nearest to the plain walk:
    with the least q, then the largest p (the one-standard-error rule: Breiman et al., Classification and Regression
    Trees, 1984).
    """
    held = tenth(train[0])
    load((train[0][~held], train[1][~held]), people, places)
    some = (train[0][held], train[1][held])
    found: dict[tuple[float, float], dict[str, float]] = {}
    print("|   p |    q | Recall@20 | NDCG@20 |\n| --: |  --: |       --: |     --: |")
    auto = measured(Person.all(), some)
    print(f"| auto |     |    {auto['recall']:.5f} | {auto['ndcg']:.5f} |", flush=True)
    for damping in product(HELD, FOUND):
        row = found[damping] = measured(Person.all(), some, damping=damping)
        print(f"| {damping[0]:.1f} | {damping[1]:.2f} |    {row['recall']:.5f} | {row['ndcg']:.5f} |", flush=True)
    best = max(found, key=lambda damping: found[damping]["recall"] + found[damping]["ndcg"])
    least = {name: found[best][name] - found[best][f"{name}_error"] for name in ("recall", "ndcg")}
    close = [damping for damping, row in found.items() if all(row[name] >= value for name, value in least.items())]
    chosen = min(close, key=lambda damping: (damping[1], -damping[0]))
    errors = f"{found[best]['recall_error']:.5f} and {found[best]['ndcg_error']:.5f}"
    print(f"\nBest: {best}; standard errors {errors}; as good: {close}; chosen: {chosen}")


def tenth(owners: Ids) -> npt.NDArray[np.bool_]:
    """Which links are held out: of each owner's a tenth at random, at least one."""
    counts = np.bincount(owners)
    order = np.lexsort((np.random.default_rng(SEED).random(len(owners)), owners))
    place = np.empty(len(owners), dtype=np.int64)
    place[order] = np.arange(len(owners)) - (np.cumsum(counts) - counts)[owners[order]]
    return place < np.maximum(1, np.round(counts * 0.1))[owners]


class Found(NamedTuple):
    """What one set came to."""

    title: str
    scores: dict[str, tuple[float | None, float]]  # by who: Recall@20 and NDCG@20
    times: str  # of the defaults

    def rows(self) -> list[str]:
        """Best last, by NDCG@20."""
        lines = []
        for who, (recall, ndcg) in sorted(self.scores.items(), key=lambda row: row[1][1]):
            shown = "-" if recall is None else f"{recall:.4f}"
            lines.append(f"| {self.title} | {who} | {shown} | {ndcg:.4f} | {self.times if who == OURS else ''} |")
        return lines

    def behind(self) -> list[str]:
        """Who is better than the defaults, and in what."""
        lines = []
        for at, name in enumerate(("Recall@20", "NDCG@20")):
            ours = self.scores[OURS][at] or 0
            better = [
                f"{who} {each[at]:.4f}" for who, each in self.scores.items() if round((each[at] or 0) - ours, 4) > 0
            ]
            if better:
                lines.append(f"* {self.title}, {name} {ours:.4f}: {', '.join(better)}")
        return lines


def found(directory: Path) -> Found:
    train, test = read(directory / "train.txt.xz"), read(directory / "test.txt.xz")
    people, places = (int(max(one.max(), two.max())) for one, two in zip(train, test, strict=True))
    load(train, people, places)
    asked = Person.where(id=np.unique(test[0]).tolist())
    start = time.process_time()
    ours = measured(asked, test)
    spent = time.process_time() - start
    before = measured(asked, test, damping=BEFORE)
    scores = SETS[directory.name] | {
        OURS: (ours["recall"], ours["ndcg"]),
        f"hasmany, damping={BEFORE}": (before["recall"], before["ndcg"]),
    }
    title = f"{directory.name}, {len(train[0]):,} links"
    return Found(title, scores, f"{spent:.2f} s for {len(asked):,}; {single(asked.ids)}")


def single(people: Ids) -> str:
    """One call after another, with reasons."""
    asked = [Person.find(id) for id in np.random.default_rng(SEED).choice(people, ASKED).tolist()]
    spent = []
    for person in asked:
        start = time.thread_time()
        person.recommend("places", K)
        spent.append(time.thread_time() - start)
    return f"{np.median(spent) * 1e3:.2f} ms, {np.quantile(spent, 0.99) * 1e3:.2f} ms"


def told(every: list[Found]) -> str:
    rows = [row for found in every for row in found.rows()]
    behind = [line for found in every for line in found.behind()]
    return "\n".join(
        [
            f"{report.machine()}; load {os.getloadavg()[0]:.1f} at the end.",
            "",
            "| set, train part | | Recall@20 | NDCG@20 | CPU time: all users at once; one call: median, 99th percentile |",
            "| --- | --- | ---: | ---: | --- |",
            *rows,
            "",
            *(["The defaults are behind in:", "", *behind] if behind else ["The defaults are behind nowhere."]),
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data", type=Path, default=report.ROOT / ".." / "shared" / "data", help="a folder for each set"
    )
    parser.add_argument("--sets", nargs="+", choices=SETS, default=[*SETS], help="which, all if not given")
    parser.add_argument("--choose", choices=SETS, help="measure damping on a held-out part of a set's train links")
    parser.add_argument("--write", action="store_true", help="put the table into the docs")
    arguments = parser.parse_args()
    if _hasmany.__debug_build__:
        sys.exit("this is a debug build of hasmany: `pip install .` makes a release build")
    if arguments.choose:
        train = read(arguments.data / arguments.choose / "train.txt.xz")
        choose(train, int(train[0].max()), int(train[1].max()))
        return
    text = told([found(arguments.data / name) for name in arguments.sets])
    print(text)
    if arguments.write:
        report.write("recommend", text)


if __name__ == "__main__":
    main()
