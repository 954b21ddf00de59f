"""Rankings of 810,128 real check-ins equal what SciPy computes."""

import lzma

import numpy as np
import pyarrow as pa
import pytest
from hasmany import Many, Model, Store, col, has_many
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
    times: int
    day: int


def times(person, place):
    """How often somebody was somewhere: made up, from 1 to 5."""
    return (person * 7 + place * 3) % 5 + 1


def day(person, place):
    """When they were there: made up, and of some places on one day."""
    return (person * 31 + place * 17) % 997


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
        person, place = pairs.row[order], pairs.col[order]
        columns = {"times": times(person, place), "day": day(person, place)}
        Visit.insert_all(person=person + 1, place=place + 1, **columns)
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


def scored(weights, own, damping, owner=None):
    """A score for each place, by a sparse matrix of what visits weigh and what each place counts for an asker."""
    has = (weights > 0).astype(np.int64)
    active, popular = (np.maximum(np.asarray(weights.sum(axis=axis)).ravel(), 1e-300) for axis in (1, 0))
    votes, voting = (
        weights @ (own * np.where(popular > 1e-300, popular, 1) ** -damping[0]) / active,
        has @ (own > 0) > 0,
    )
    if owner is not None:
        votes[owner], voting[owner] = 0, False
    if len(damping) == 2:
        return votes @ weights * popular ** -damping[1]
    backed = voting @ has
    touched = np.count_nonzero((backed > 0) & (own == 0))
    q = np.clip(0.05 + 0.25 * np.log(np.asarray(has.sum(axis=1)).ravel()[voting].sum() / touched), 0, 0.8)
    return votes @ weights * popular ** -(np.round(q * 64) / 64) * backed / (backed + 3)


def test_chosen_weighed_recent_and_known(filled: Store, links: Links):
    pairs = links.matrix.tocoo()
    weight = times(pairs.row, pairs.col).astype(float)
    kept = weight >= 3
    weights = csr_array((weight[kept], (pairs.row[kept], pairs.col[kept])), shape=links.matrix.shape)
    some = {"where": col("times") >= 3, "weight": "times"}
    with filled:
        for at in np.random.default_rng(6).integers(0, 29_858, 4).tolist():
            person, own = Person.find(at + 1), weights[[at]].toarray()[0]
            has = links.matrix[[at]].toarray()[0] > 0
            days = np.where(own > 0, day(at, np.arange(len(own))), -1)
            newer = (days[None, own > 0] > days[own > 0][:, None]).sum(axis=1)
            recent = own.copy()
            recent[own > 0] *= np.exp(-newer / 5)
            for damping, given in (((0.6,), "auto"), (DAMPING, DAMPING)):
                found = person.recommend("places", 30, damping=given, **some)
                agree(found, scored(weights, own, damping, at) * ~has, 30)
                found = person.recommend("places", 30, damping=given, known=True, **some)
                agree(found, scored(weights, own, damping, at), 30)
                found = person.recommend("places", 30, damping=given, recent="day", **some)
                agree(found, scored(weights, recent, damping, at) * ~has, 30)


def test_baskets(filled: Store, links: Links):
    rng = np.random.default_rng(7)
    with filled:
        for size in (1, 3, 40):
            basket = np.sort(rng.choice(links.matrix.shape[1], size, replace=False))
            own = np.zeros(links.matrix.shape[1])
            own[basket] = 1
            for damping, given in (((0.6,), "auto"), (DAMPING, DAMPING)):
                found = Place.where(id=(basket + 1).tolist()).also("people", 30, damping=given)
                agree(found, scored(links.matrix, own, damping) * (own == 0), 30)


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
