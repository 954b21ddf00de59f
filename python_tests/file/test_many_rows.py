"""What changes many rows of a file, and what is not to change with them."""

import random

import pytest
from hasmany import CorruptStoreError, Like, Model, Store, Tweet, User, belongs_to, field

from .files import assert_sound, raw, rows


class Part(Model):
    number: int = field(unique=True)
    name: str = "x"
    price: float | None = None


class Owner(Model):
    name: str


class Pet(Model):
    name: str
    owner: Owner | None = belongs_to(on_delete="nullify", default=None)
    sitter: Owner | None = belongs_to(on_delete="cascade", default=None)


COUNT = 700


def there(path):
    """The parts in the file, as a program in C would read them."""
    return rows(path, "select id, number, name, price from parts order by id")


def held():
    parts = Part.all()
    return list(zip(parts.ids.tolist(), *(parts.values(name) for name in ("number", "name", "price")), strict=True))


CHOICES = {
    "all": lambda rng: range(1, COUNT + 1),
    "none but one": lambda rng: [rng.randint(1, COUNT)],
    "the first": lambda rng: range(1, COUNT // 10),
    "those in the middle": lambda rng: range(COUNT // 3, 2 * COUNT // 3),
    "every other": lambda rng: range(1, COUNT, 2),
    "some": lambda rng: rng.sample(range(1, COUNT + 1), 40),
    "most": lambda rng: rng.sample(range(1, COUNT + 1), COUNT - 5),
    "runs and others": lambda rng: [*range(5, 90), *range(100, 600, 3), *range(610, 620)],
}


@pytest.fixture
def parts(path):
    with Store(path):
        Part.insert_all(number=list(range(COUNT)), price=[n / 4 for n in range(COUNT)])
    return path


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("shuffled", [False, True])
def test_what_is_deleted_is_gone_from_the_file_and_nothing_else(parts, choice, shuffled):
    rng = random.Random(choice)
    chosen = list(CHOICES[choice](rng))
    if shuffled:
        rng.shuffle(chosen)
    before = there(parts)
    with Store(parts) as store:
        assert Part.where(id=chosen).delete_all() == {"Part": len(chosen)}
        assert there(parts) == [row for row in before if row[0] not in set(chosen)] == held()
        store.check()
        assert Part(10**6).id == COUNT + 1
    with Store(parts) as store:
        assert held() == there(parts)
        store.check()
    assert_sound(parts)


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("kind", ["one value", "a value each", "several fields", "keys"])
def test_what_is_set_is_in_the_file_and_nothing_else(parts, choice, kind):
    rng = random.Random(choice + kind)
    chosen = list(CHOICES[choice](rng))
    rng.shuffle(chosen)
    wanted = {row[0]: list(row) for row in there(parts)}
    prices = [rng.choice([None, 0.5, 1e300, rng.random()]) for _ in chosen]
    # The same numbers, given to each other.
    numbers = [wanted[id][1] for id in rng.sample(chosen, len(chosen))]
    with Store(parts) as store:
        members = Part.where(id=chosen)
        order = members.ids.tolist()
        if kind == "one value":
            members.update_all(price=7.5)
        elif kind == "a value each":
            members.update_all({"price": prices})
        elif kind == "several fields":
            members.update_all({"price": prices, "name": [f"ü{n}" for n in range(len(order))]})
        else:
            members.update_all({"number": numbers})
        for at, id in enumerate(order):
            if kind == "keys":
                wanted[id][1] = numbers[at]
            else:
                wanted[id][3] = 7.5 if kind == "one value" else prices[at]
            if kind == "several fields":
                wanted[id][2] = f"ü{at}"
        assert there(parts) == [tuple(row) for row in wanted.values()] == held()
        store.check()
    with Store(parts) as store:
        assert held() == there(parts)
        store.check()
    assert_sound(parts)


def test_one_transaction_of_everything(parts):
    with Store(parts) as store, store.transaction():
        Part.where(id=range(1, 300)).update_all({"number": [10_000 + n for n in range(299)]})
        Part.where(id=range(200, 500)).delete_all()
        Part.insert_all(number=list(range(199, 499)), name="new")
        Part.where(name="new").update_all({"price": [float(n) for n in range(300)]})
        Part.where(name="new").update_all(name="newer")
        Part.all()[:50].delete_all()
        expected = held()
    assert there(parts) == expected
    with Store(parts) as store:
        store.check()
        assert held() == expected


@pytest.mark.parametrize("choice", CHOICES)
def test_what_was_deleted_is_back_in_its_place_after_a_rollback(parts, choice):
    chosen = list(CHOICES[choice](random.Random(choice)))
    with Store(parts) as store:
        before, record = held(), Part.find(number=chosen[0] - 1)
        with pytest.raises(RuntimeError), store.transaction():
            Part.where(id=chosen).delete_all()
            store.check()
            raise RuntimeError
        assert held() == before == there(parts)
        assert record.number == chosen[0] - 1 and Part.find(number=5).id == 6
        store.check()
        Part.where(id=chosen).delete_all()
        store.check()


def test_likes_are_back_in_both_lists(store):
    people, tweets = (
        User.insert_all(username=[f"u{n}" for n in range(40)]),
        Tweet.insert_all(message="x", user=[1] * 40),
    )
    pairs = [(u, t) for u in range(1, 41) for t in range(1, 41)]
    random.Random(1).shuffle(pairs)
    Like.insert_all(user=[u for u, _ in pairs], tweet=[t for _, t in pairs])
    before = [tweet.likers.ids.tolist() for tweet in tweets], [user.liked_tweets.ids.tolist() for user in people]
    with pytest.raises(RuntimeError), store.transaction():
        Like.where(user=people[5]).delete_all()
        Like.all()[100:900].delete_all()
        left = [pair for pair in pairs if pair[0] != 6]
        assert tweets[3].likers.ids.tolist() == [u for u, t in left[:100] + left[900:] if t == 4]
        store.check()
        Like.all().delete_all()
        store.check()
        raise RuntimeError
    assert [tweet.likers.ids.tolist() for tweet in tweets] == before[0]
    assert [user.liked_tweets.ids.tolist() for user in people] == before[1]
    store.check()
    assert Like.find_all(user=[u for u, _ in pairs], tweet=[t for _, t in pairs]).delete_all() == {"Like": 1600}
    assert all(not tweet.likers for tweet in tweets)
    store.check()


def test_rules_of_deletes_hold_for_many(path):
    with Store(path) as store:
        owners = Owner.insert_all(name=[f"o{n}" for n in range(300)])
        Pet.insert_all(name="p", owner=[n % 300 + 1 for n in range(900)], sitter=[n // 3 + 1 for n in range(900)])
        told = []
        store.on_commit(told.extend)
        gone = owners[:200].delete_all()
        assert gone == {"Pet": 600, "Owner": 200}
        # Sitters take their pets along; of the others some have lost their owner.
        assert rows(path, "select id, owner_id, sitter_id from pets order by id") == [
            (n + 1, n % 300 + 1 if n % 300 >= 200 else None, n // 3 + 1) for n in range(600, 900)
        ]
        store.check()
        deleted = [(type(change.record).__name__, change.record.id) for change in told if change.kind == "delete"]
        assert len(deleted) == len(set(deleted)) == 800
        assert [name for name, _ in deleted] == ["Pet"] * 600 + ["Owner"] * 200
        assert sum(change.kind == "set" for change in told) == 200
    with Store(path) as store:
        store.check()
    assert_sound(path)


def test_columns_of_others_stay_where_keys_swap(parts):
    with raw(parts) as connection:
        connection.execute("alter table parts add column shelf text")
        connection.execute("update parts set shelf = 'S' || id")
    with Store(parts) as store:
        Part.all()[:6].update_all({"number": [1, 2, 3, 4, 5, 0]})
        Part.all().update_all({"number": [*range(1, COUNT), 0]})
        Part.all()[:5].update_all({"price": [1.0, 2.0, 3.0, 4.0, 5.0]})
        store.check()
    assert rows(parts, "select count(*) from parts where shelf = 'S' || id") == [(COUNT,)]
    assert rows(parts, "select number from parts order by id")[-2:] == [(COUNT - 1,), (0,)]
    assert_sound(parts)


@pytest.mark.parametrize("rows_of", [3, 200])
def test_rows_that_a_trigger_keeps_are_told_and_nothing_changes(parts, rows_of):
    with raw(parts) as connection:
        connection.execute("create trigger keep before delete on parts when old.id = 3 begin select raise(ignore); end")
    with Store(parts) as store:
        before = held()
        with pytest.raises(CorruptStoreError, match="parts"):
            Part.all()[:rows_of].delete_all()
        assert held() == before == there(parts)
        assert Part.all()[100:600].delete_all() == {"Part": 500}
        store.check()


def test_old_statistics_do_no_harm(parts):
    with raw(parts) as connection:
        connection.execute("analyze")
        connection.execute("update sqlite_stat1 set stat = '2 1'")
    with Store(parts) as store:
        Part.where(id=range(1, COUNT, 2)).update_all({"price": [float(n) for n in range(COUNT // 2)]})
        Part.where(id=range(2, COUNT, 3)).delete_all()
        assert there(parts) == held() and len(held()) == COUNT - len(range(2, COUNT, 3))
        store.check()
