"""Rankings of 810,128 real check-ins equal what SciPy computes."""

import lzma

import numpy as np
import pyarrow as pa
import pytest
from hasmany import Many, Model, Store, has_many
from scipy.sparse import csr_array, diags_array

from ..places import SHARED, needs
from .links import TOLERANCE, Links, agree

DAMPING = (0.8, 0.2)
FILE = SHARED / "data/gowalla/train.txt.xz"

pytestmark = needs(FILE, "Gowalla's check-ins")


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


@pytest.fixture(scope="module")
def links() -> Links:
    with lzma.open(FILE, "rt", encoding="ascii") as lines:
        rows = [np.array(line.split(), dtype=np.int64) for line in lines]
    people = np.concatenate([np.full(len(row) - 1, row[0]) for row in rows if len(row)])
    places = np.concatenate([row[1:] for row in rows if len(row)])
    return Links(csr_array((np.ones(len(people)), (people, places))))


@pytest.fixture(scope="module")
def filled(links: Links) -> Store:
    store, pairs = Store(), links.matrix.tocoo()
    order = np.random.default_rng(2).permutation(len(pairs.row))
    with store:
        people, places = links.matrix.shape
        Person.insert_all(name=["p"] * people)
        Place.insert_all(name=["q"] * places)
        Visit.insert_all(person=pairs.row[order] + 1, place=pairs.col[order] + 1)
    return store


def test_similar(filled: Store, links: Links):
    turned = Links(links.matrix.T.tocsr())
    with filled:
        for at in np.random.default_rng(1).integers(0, 29_858, 5).tolist():
            person, place = Person.find(at + 1), Place.find(at + 1)
            for measure in ("cosine", "jaccard", "overlap", "count"):
                agree(person.similar("places", 30, measure=measure), links.similar(at, measure), 30)
                agree(place.similar("people", 30, measure=measure), turned.similar(at, measure), 30)
                plain = turned.similar(at, measure, shrink=0)
                agree(place.similar("people", 30, measure=measure, shrink=0), plain, 30)


def test_recommend(filled: Store, links: Links):
    with filled:
        for at in [0, *np.random.default_rng(1).integers(0, 29_858, 5).tolist()]:
            for damping in ("auto", DAMPING):
                found = Person.find(at + 1).recommend("places", 30, damping=damping)
                agree(found, links.recommend(at, damping), 30)
                assert not found.sampled


def test_many(filled: Store, links: Links):
    p, q = DAMPING
    chosen = np.sort(np.random.default_rng(4).permutation(29_858)[:40])
    matrix = links.matrix
    owners, members = (np.maximum(np.asarray(matrix.sum(axis=axis)).ravel(), 1) for axis in (1, 0))
    votes = matrix[chosen] @ diags_array(members**-p) @ matrix.T @ diags_array(1 / owners)
    scores = (votes @ matrix @ diags_array(members**-q)).toarray()
    scores[matrix[chosen].nonzero()] = 0
    with filled:
        table = pa.table(Person.where(id=(chosen + 1).tolist()).recommend("places", 20, damping=DAMPING))
    assert table["owner"].to_pylist() == np.repeat(chosen + 1, 20).tolist()
    assert table["rank"].to_pylist() == [*range(1, 21)] * 40
    given = table["score"].to_numpy().reshape(40, 20)
    np.testing.assert_allclose(given, -np.sort(-scores, axis=1)[:, :20], rtol=TOLERANCE)
    ids = table["member"].to_numpy().reshape(40, 20) - 1
    np.testing.assert_allclose(given, np.take_along_axis(scores, ids, axis=1), rtol=TOLERANCE)


def test_a_batch_is_what_its_members_are_told_one_by_one(filled: Store):
    with filled:
        people = Person.all()[:300]
        for table, ask in (
            (pa.table(people.recommend("places", 20)), lambda person: person.recommend("places", 20)),
            (pa.table(people.similar("places", 20)), lambda person: person.similar("places", 20)),
        ):
            owners, scores = table["owner"].to_numpy(), table["score"].to_numpy()
            for at in range(0, 300, 29):
                assert scores[owners == people[at].id].tolist() == ask(people[at]).scores.tolist()


def test_a_lake_of_them(filled: Store, tmp_path):
    """The same in a lake: all owners in memory, some by SQL."""
    pytest.importorskip("ibis", reason="hasmany.lake needs ibis")
    from hasmany.lake import Lake

    filled.to_parquet(tmp_path / "gowalla")
    some = (np.sort(np.random.default_rng(5).permutation(29_858)[:20]) + 1).tolist()
    with filled, Lake(tmp_path / "gowalla", models=[Person, Place, Visit]) as lake:
        cost = lake[Person].similar("places").cost()
        assert (cost.owners, cost.links, cost.pairs, cost.way) == (29_858, 810_128, 60_948_520, "memory")
        for way in ("memory", "sql"):
            found = pa.table(lake[Person].where(id=some).similar("places", 20, way=way))
            assert found.equals(pa.table(Person.where(id=some).similar("places", 20)))
            for damping in ("auto", DAMPING):
                walks = pa.table(lake[Person].where(id=some).recommend("places", 20, damping=damping, way=way))
                wanted = pa.table(Person.where(id=some).recommend("places", 20, damping=damping))
                assert walks.drop(["score"]).equals(wanted.drop(["score"]))
                np.testing.assert_allclose(walks["score"], wanted["score"], rtol=1e-12 if way == "sql" else 0, atol=0)
