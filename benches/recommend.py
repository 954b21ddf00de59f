"""How good and how fast recommendations are: Gowalla's check-ins, the split that published tables use.

    pip install ".[bench]" && python benches/recommend.py           # recommends to every user, and compares with the test part
    python benches/recommend.py --choose                            # which damping is best on a held-out tenth of the train part
    python benches/recommend.py --write                             # puts the table into docs/benchmarks.md

The library's defaults are used. `--choose` never opens the test part; how the rule by which it chooses came about is told
in docs/benchmarks.md. Recall@20 is the part of a user's test places that are among her 20 recommendations; NDCG@20 weighs each hit by 1 / log2(rank + 1) and divides
by what the best order would have; both are means over all users with test places, train places left out.
"""

import argparse
import lzma
import sys
import time
from itertools import product
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import report
from hasmany import Many, Model, Rankings, Store, _hasmany, has_many

K = 20
SEED = 7
ASKED = 2_000  # single calls
HELD = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
FOUND = (0.0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4)
PUBLISHED = (
    ("most popular", 0.0416, 0.0317),
    ("item-kNN, cosine", 0.1570, 0.1214),
    ("EASE", 0.1765, 0.1467),
    ("LightGCN", 0.1820, 0.1547),
    ("RP3beta", 0.1829, 0.1520),
    ("GF-CF", 0.1849, 0.1518),
    ("UltraGCN", 0.1862, 0.1580),
    ("SimpleX", 0.1872, 0.1557),
)

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


def measure(rankings: Rankings, held: Pairs) -> npt.NDArray[np.float64]:
    """Recall@20 and NDCG@20, a column for each user with held links."""
    table = pa.table(rankings)
    owner, rank, member = (table[name].to_numpy() for name in ("owner", "rank", "member"))
    width = int(max(member.max(), held[1].max())) + 1
    hit = np.isin(owner * width + member, held[0] * width + held[1])
    wanted = np.bincount(held[0])
    asked = np.flatnonzero(wanted)
    gain = 1 / np.log2(np.arange(K) + 2)
    hits = np.bincount(owner[hit], minlength=len(wanted))[asked]
    gained = np.bincount(owner[hit], gain[rank[hit] - 1], minlength=len(wanted))[asked]
    best = np.cumsum(gain)[np.minimum(wanted[asked], K) - 1]
    return np.array([hits / wanted[asked], gained / best])


def choose(train: Pairs, people: int, places: int) -> None:
    """A grid of damping, on a tenth of each user's train links, at least one, that the store does not have.

    Chosen is, of all within one standard error of the best in both measures, the one that is nearest to the plain walk:
    with the least q, then the largest p (the one-standard-error rule: Breiman et al., Classification and Regression
    Trees, 1984).
    """
    held = tenth(train[0])
    load((train[0][~held], train[1][~held]), people, places)
    some = (train[0][held], train[1][held])
    found = {}
    print("|   p |    q | Recall@20 | NDCG@20 |\n| --: |  --: |       --: |     --: |")
    for damping in product(HELD, FOUND):
        found[damping] = measure(Person.all().recommend("places", K, damping=damping), some)
        recall, ndcg = found[damping].mean(axis=1)
        print(f"| {damping[0]:.1f} | {damping[1]:.2f} |    {recall:.5f} | {ndcg:.5f} |", flush=True)
    means = {damping: each.mean(axis=1) for damping, each in found.items()}
    best = max(means, key=lambda damping: float(means[damping].sum()))
    error = found[best].std(axis=1) / found[best].shape[1] ** 0.5
    close = [damping for damping, mean in means.items() if (mean >= means[best] - error).all()]
    chosen = min(close, key=lambda damping: (damping[1], -damping[0]))
    print(f"\nBest: {best}; standard errors {error[0]:.5f} and {error[1]:.5f}; as good: {close}; chosen: {chosen}")


def tenth(owners: Ids) -> npt.NDArray[np.bool_]:
    """Which links are held out: of each owner's a tenth at random, at least one."""
    counts = np.bincount(owners)
    order = np.lexsort((np.random.default_rng(SEED).random(len(owners)), owners))
    place = np.empty(len(owners), dtype=np.int64)
    place[order] = np.arange(len(owners)) - (np.cumsum(counts) - counts)[owners[order]]
    return place < np.maximum(1, np.round(counts * 0.1))[owners]


def evaluate(directory: Path) -> str:
    start = time.perf_counter()
    train, test = read(directory / "train.txt.xz"), read(directory / "test.txt.xz")
    people, places = (int(max(one.max(), two.max())) for one, two in zip(train, test, strict=True))
    parsed = time.perf_counter()
    load(train, people, places)
    loaded = time.perf_counter()
    asked = Person.where(id=np.unique(test[0]).tolist())
    recall, ndcg = measure(asked.recommend("places", K), test).mean(axis=1)
    measured = time.perf_counter()
    rows = [*PUBLISHED, ("**hasmany**, defaults", recall, ndcg)]
    lines = [f"| {name:<21} | {one:.4f} | {two:.4f} |" for name, one, two in sorted(rows, key=lambda row: row[1])]
    return "\n".join(
        [
            (
                f"{report.machine()}; {len(train[0]):,} train and {len(test[0]):,} test links of {people:,} users and "
                f"{places:,} places."
            ),
            "",
            "|                       | Recall@20 | NDCG@20 |",
            "| ---                   |      ---: |    ---: |",
            *lines,
            "",
            (
                f"All of it took {measured - start:.1f} s: {parsed - start:.1f} s to read the files, {loaded - parsed:.2f} s "
                f"to load, {measured - loaded:.1f} s to recommend {K} places to each of {len(asked):,} users and compare."
            ),
            "",
            single(people),
        ]
    )


def single(people: int) -> str:
    """One call after another, on one core."""
    asked = [Person.find(id) for id in np.random.default_rng(SEED).integers(1, people + 1, ASKED).tolist()]
    spent = []
    for person in asked:
        start = time.perf_counter()
        person.recommend("places", K)
        spent.append(time.perf_counter() - start)
    middle, late, mean = np.median(spent) * 1e3, np.quantile(spent, 0.99) * 1e3, np.mean(spent)
    return (
        f'`user.recommend("places", {K})`, with reasons, one call after another on one core: {middle:.2f} ms (median), '
        f"{late:.2f} ms (99th percentile), {1 / mean:,.0f} a second."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gowalla", type=Path, default=report.ROOT / ".." / "shared" / "data" / "gowalla")
    parser.add_argument("--choose", action="store_true", help="measure damping on a held-out part of the train links")
    parser.add_argument("--write", action="store_true", help="put the table into the docs")
    arguments = parser.parse_args()
    if _hasmany.__debug_build__:
        sys.exit("this is a debug build of hasmany: `pip install .` makes a release build")
    if arguments.choose:
        train = read(arguments.gowalla / "train.txt.xz")
        choose(train, int(train[0].max()), int(train[1].max()))
        return
    text = evaluate(arguments.gowalla)
    print(text)
    if arguments.write:
        report.write("recommend", text)


if __name__ == "__main__":
    main()
