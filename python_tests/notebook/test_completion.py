"""Names of fields and collections are completed, in a real IPython; nothing that is typed is run for it."""

from typing import Any

import pytest
from hasmany import Store, Tweet, User
from hasmany.completing import offers

from .cinema import Film, Person, Rating

pytest.importorskip("IPython")
FIELDS = ["id", "title", "year", "budget", "ratings", "fans"]


@pytest.fixture
def names(store) -> dict[str, Any]:
    film, ann = Film("Alien", 1979), Person("ann@example.org", "Ann")
    Rating(ann, film, 5)
    return {
        "Film": Film,
        "Person": Person,
        "Rating": Rating,
        "film": film,
        "ann": ann,
        "films": Film.all(),
        "best": Film.all().top(by="fans"),
        "page": Film.all().page(1),
        "table": Film.all().select("title", "year"),
        "other": object(),
    }


@pytest.mark.parametrize(
    ("before", "texts"),
    [
        ('films.values("', FIELDS),
        ("films.values('ti", ["title"]),
        ('films.values("title", "y', ["year"]),
        ('films.column("bu', ["budget"]),
        ('films.order_by("ye', ["year"]),
        ('films.to_dicts("id", "ti', ["title"]),
        ('films.select(name="ti', ["title"]),
        ('Film.all().where(year=1979).values("t', ["title"]),
        ('(films & films)[:3].values("t', ["title"]),
        ('(\n    Film.all()\n    .order_by("year")\n    .values("t', ["title"]),
        ('Film.find(1).fans.values("e', ["email"]),
        ('Film("x", 3).fans.values("e', ["email"]),
        ('film.fans[0].ratings.values("film.t', ["film.title"]),
        ('Rating.all().values("person.', ["person.id", "person.email", "person.name", "person.ratings", "person.seen", "person.card"]),
        ('ann.card.to_dict("n', ["number"]),
        ('film.to_dict("y', ["year"]),
        ('page.items.values("y', ["year"]),
        ('best.records.values("y', ["year"]),
        ('best.select("', ["rank", "score", *FIELDS]),
        ('films.through("fans").values("e', ["email"]),
        ('films.top(10, by="', ["ratings", "fans"]),
        ('films.top(by="fa', ["fans"]),
        ('films.through("', ["ratings", "fans"]),
        ('ann.recommend("', ["ratings", "seen"]),
        ('ann.recommend("seen").select("ye', ["year"]),
        ('films.similar(through="f', ["fans"]),
        ('films.plot.degrees("', ["ratings", "fans"]),
        ('Rating.all().plot.over_time("a', ["at"]),
        ('Rating.matrix("', ["person", "film"]),
        ('Rating.matrix("person", "f', ["film"]),
        ('table.column("', ["title", "year"]),
        ('films.where(col("ra', ["ratings"]),
        ('films.select(n=hasmany.col("fans.na', ["fans.name"]),
        ('films.where(col("ratings.person").filter(col("s', ["stars"]),
        ('films.where(col("fans").any(col("na', ["name"]),
        ('Rating.where(**{"film.ti', ["film.title"]),
        ("Film.where(", ["title=", "year=", "budget="]),
        ("Film.where(col('year') > 3, t", ["title="]),
        ("films.find_by(ye", ["year="]),
        ("film.update(", ["title=", "year=", "budget="]),
        ("Film(ti", ["title="]),
        ("Person(", ["email=", "name="]),
        ("films.create(", ["title=", "year=", "budget="]),
        # Nothing is known, or nothing is meant.
        ('films.where(year="', []),
        ('films.values("nothing.', []),
        ('films.values("title.', []),
        ('other.values("', []),
        ('unknown.values("', []),
        ('print("', []),
        ('x = "', []),
        ('col("', []),
        ("films.where(year=", []),
        ("print(", []),
        ('# films.values("', []),
        ('films.values("title")', []),
        ('f(" films.values(', []),
        ('films[1 2].values("', []),
        (")]}", []),
        ("", []),
        ('films.values("""a', []),
        ('films.values(x="', []),
        ("(" * 5000 + 'films.values("t', ["title"]),
        ("films" + ".order_by()" * 3000 + '.values("', []),
    ],
)  # fmt: skip
def test_what_is_offered(names, before, texts):
    assert offers(before, names).texts == texts


def test_nothing_is_run(names):
    def run() -> Any:
        raise AssertionError("it was run")

    class Odd:
        @property
        def films(self) -> Any:
            return run()

        def __getattr__(self, name: str) -> Any:
            return run()

    names |= {"run": run, "odd": Odd()}
    assert offers('run().values("', names).texts == []
    assert offers('odd.films.values("', names).texts == []
    assert offers('odd.other.values("', names).texts == []
    # A constructor is followed by what it makes; no row is made.
    assert offers('Film("x", 1).to_dict("t', names).texts == ["title"]
    assert len(Film.all()) == 1


def test_a_model_that_cannot_work_offers_nothing(names, new_module):
    module = new_module()
    exec("class Lost(Model):\n    to: 'Nowhere'\n    many: Many['Elsewhere'] = has_many()", module.__dict__)  # noqa: S102
    assert offers("Lost.where(", {"Lost": module.Lost}).texts == []
    exec("class Half(Model):\n    name: str\n    many: Many['Elsewhere'] = has_many()", module.__dict__)  # noqa: S102
    assert offers('Half.all().values("', {"Half": module.Half}).texts == ["id", "name", "many"]
    assert offers('Half.all().values("many.', {"Half": module.Half}).texts == []


def test_classes_of_a_store_are_completed(names, store, tmp_path):
    store.save(tmp_path / "films.db")
    with Store(tmp_path / "films.db", read_only=True) as opened:
        users = opened.models()["Film"].all()
        assert users._ipython_key_completions_()[:4] == ["id", "title", "year", "budget"]


def test_a_collection_names_its_keys():
    assert User.all()._ipython_key_completions_() == ["id", "username", "tweets", "likes", "liked_tweets"]
    assert Tweet.where(message="x")._ipython_key_completions_() == ["id", "message", "user", "likes", "likers"]


# In a shell


@pytest.fixture
def shell(names, tmp_path, monkeypatch) -> Any:
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    config = Config()
    config.HistoryManager.enabled = False
    made = InteractiveShell(config=config, user_ns=names)
    made.run_line_magic("load_ext", "hasmany")
    yield made
    made.run_line_magic("unload_ext", "hasmany")
    assert completed(made, 'films.values("bud') == []


def completed(shell: Any, code: str) -> list[str]:
    from IPython.core.completer import provisionalcompleter

    with provisionalcompleter():
        found = list(shell.Completer.completions(code, len(code)))
        # As an editor puts them in.
        return [code[: each.start] + each.text + code[each.end :] for each in found]


@pytest.mark.parametrize(
    ("code", "whole"),
    [
        ('films.values("bud', ['films.values("budget']),
        ('Rating.all().values("film.ti', ['Rating.all().values("film.title']),
        ('films.top(by="fan', ['films.top(by="fans']),
        ('x = 1\nfilms.order_by("ye', ['x = 1\nfilms.order_by("year']),
        ('(films\n  .values("bud', ['(films\n  .values("budget']),
    ],
)
def test_ipython_completes_between_quotes(shell, code, whole):
    assert completed(shell, code) == whole


def test_ipython_completes_keywords_beside_what_it_knows(shell):
    assert {"films.where(title=", "films.where(year=", "films.where(budget="} <= set(completed(shell, "films.where("))
    assert "films.where(year=" in completed(shell, "films.where(ye")


def test_ipython_completes_the_key_of_a_collection(shell):
    assert 'films["budget' in [each.removesuffix('"]').removesuffix('"') for each in completed(shell, 'films["bud')]


def test_what_is_no_name_of_ours_is_completed_as_before(shell):
    assert "films" in completed(shell, "fil")


def test_loading_it_twice_changes_nothing(shell):
    shell.run_line_magic("reload_ext", "hasmany")
    shell.run_line_magic("load_ext", "hasmany")
    assert completed(shell, 'films.values("bud') == ['films.values("budget']
