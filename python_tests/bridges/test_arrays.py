"""The table of a collection agrees with the arrays and lists of its ids and values."""

from hasmany import Like, Store, User, between
from hypothesis import given, settings
from hypothesis import strategies as st

from ..libraries import pyarrow
from .books import Book, Maybe, Shelf, plain, table


def test_the_table_agrees_with_values_and_columns_and_ids(books, tweet):
    for many in (Book.all(), Book.all()[::-1], tweet.likers, Like.all(), tweet.user.tweets):
        out = table(many)
        assert out["id"].to_pylist() == many.ids.tolist() == many.values("id")
        for name in out.column_names[1:]:
            assert out[name].to_pylist() == [plain(value) for value in many.values(name)]
            if out[name].null_count == 0 and out[name].type not in (
                pyarrow().timestamp("us", "UTC"),
                pyarrow().date32(),
            ):
                assert many.column(name).tolist() == out[name].to_pylist()


numbers = st.none() | st.integers(-3, 3)


@settings(max_examples=100, deadline=None, database=None)
@given(
    st.lists(st.tuples(numbers, st.none() | st.sampled_from(["a", "b", ""]), st.none() | st.integers(1, 3))), st.data()
)
def test_questions_of_inserted_columns_are_those_of_a_list(given_rows, data):
    """where, order_by, values, ids, overlap and the table, against lists."""
    with Store() as store:
        Shelf.insert_all(name=["one", "two", "three"])
        wholes, texts, shelves = ([row[at] for row in given_rows] for at in range(3))
        made = Maybe.insert_all(whole=wholes, text=texts, shelf=shelves)
        ids = list(range(1, len(given_rows) + 1))
        assert made.ids.tolist() == made.values("id") == ids
        assert (made.values("whole"), made.values("text")) == (wholes, texts)
        assert made.values("shelf.name") == [shelf and ["one", "two", "three"][shelf - 1] for shelf in shelves]

        wanted = data.draw(numbers)
        low = data.draw(st.integers(-3, 3))
        same = [id for id, whole in zip(ids, wholes, strict=True) if whole == wanted]
        above = [id for id, whole in zip(ids, wholes, strict=True) if whole is not None and low <= whole]
        assert Maybe.where(whole=wanted).ids.tolist() == made.where(whole=wanted).ids.tolist() == same
        assert Maybe.where(whole=between(low, None)).ids.tolist() == above
        assert Maybe.where(shelf=Shelf.find(2)).ids.tolist() == [
            id for id, at in zip(ids, shelves, strict=True) if at == 2
        ]
        assert made.where(whole=wanted).overlap(Maybe.where(whole=between(low, None))) == len({*same} & {*above})

        for reverse in (False, True):
            some = [at for at, whole in enumerate(wholes) if whole is not None]
            none = [at for at, whole in enumerate(wholes) if whole is None]
            order = [*sorted(some, key=lambda at: wholes[at], reverse=reverse), *none]
            ordered = made.order_by("whole", reverse=reverse)
            assert ordered.values("whole") == [wholes[at] for at in order]
            if not reverse:
                assert ordered.ids.tolist() == [ids[at] for at in order]
            assert table(ordered)["id"].to_pylist() == ordered.ids.tolist()
        assert table(made).select(["whole", "text", "shelf"]).to_pylist() == [
            {"whole": whole, "text": text, "shelf": shelf} for whole, text, shelf in given_rows
        ]
        store.check()


def test_pages_and_samples_of_inserted_rows():
    made = User.insert_all(username=[str(n) for n in range(100)])
    seen, token = [], None
    while True:
        page = made.page(7, token)
        seen += table(page.items)["username"].to_pylist()
        token = page.next
        if token is None:
            break
    assert seen == made.values("username")
    sample = made.sample(30, seed=3)
    assert table(sample).num_rows == 30
    assert len(set(sample.ids.tolist())) == 30
    assert set(sample.ids.tolist()) <= set(made.ids.tolist())
    assert made.sample(30, seed=3) == sample
