"""Texts that an engine takes otherwise than memory, if nothing is done: with NUL in them, and in small letters."""

import pytest
from hasmany import Many, Model, Store, col, has_many
from hasmany.lake import Lake

TEXTS = ["", "\0", "a\0b", "ab", "a", "\0\0", "b\0", "\0a", "a'\0'b", "A\0B"]
WORDS = [
    "ΟΔΟΣ",
    "Σ",
    "ΑΣ ΣΑ ΑΣΑ ΑΣ'Σ a.ΣΣ. ʰΣ aʰΣ",
    "ΔΣ\n",
    "x\nΔΣ\nb\0Σ",
    "Ǆ Σ Ⅳ:Σ ⓐΣ 1Σ ªΣ",
    "A\u0301Σ\u0301 A\u0301Σ\u0301a",
    "İ",
    "ΣİΣ",
    "ẞ ÄÖ Ǆ ǅ K Å",
]


class Word(Model):
    text: str
    box: "Tray | None" = None


class Tray(Model, key="name"):
    name: str
    words: Many[Word] = has_many()
    some: Many[Word] = has_many(where=col("text").startswith("a\0"))


@pytest.fixture(params=["folder", "tables"])
def lake(request, engine, store, tmp_path):
    """Texts in memory, and a lake of them."""
    trays = [Tray(text) for text in TEXTS]
    Word.insert_all(text=[*TEXTS, *WORDS], box=[*trays, *[None] * len(WORDS)])
    if request.param == "folder":
        store.to_parquet(tmp_path / "export")
        with Lake(tmp_path / "export", models=[Word, Tray], engine=engine) as lake:
            yield lake
        return
    ibis = pytest.importorskip("ibis")
    pa = pytest.importorskip("pyarrow")
    words = pa.table(Word.all()).rename_columns(["id", "text", "box"])
    with Lake(tables={Word: ibis.memtable(words), Tray: ibis.memtable({"name": TEXTS})}, engine=engine) as lake:
        yield lake


@pytest.mark.parametrize("text", [text for text in TEXTS if "\0" in text], ids=ascii)
def test_nul_in_conditions(lake, text):
    for condition in (
        col("text") == text,
        col("text") != text,
        col("text") < text,
        col("text").is_in([text, "a", None]),
        col("text").contains(text),
        col("text").startswith(text),
        col("text").endswith(text),
        col("text").lower() == text,
        col("box.name") == text,
        col("box.words.text").contains(text).any(),
    ):
        wanted = Word.where(condition).values("text")
        assert sorted(lake[Word].where(condition).values("text")) == sorted(wanted), condition
    assert lake[Word].where(text=text).values("text") == [text]
    assert lake[Word].where(text=[text, "x"]).values("text") == [text]
    assert lake[Word].where(box=text).values("text") == [text]
    assert lake[Tray].where(name=text).values("name") == [text]
    assert lake[Word].where(text=text).select(x=col("box.name").if_none(text)).to_dicts() == [{"x": text}]


def test_nul_in_terms_and_orders(lake):
    for asked in (col("some").count(), col("some.text").first(), col("words.text").max()):
        wanted = Tray.all().order_by("name").select("name", x=asked).to_dicts()
        assert lake[Tray].order_by("name").select("name", x=asked).to_dicts() == wanted
    assert lake[Word].order_by("text").values("text") == Word.all().order_by("text").values("text")


def test_small_letters(lake):
    small = col("text").lower()
    wanted = dict(Word.all().values("text", small))
    assert dict(lake[Word].values("text", small)) == wanted == {text: text.lower() for text in (*TEXTS, *WORDS)}
    assert dict(lake[Word].values("text", small.lower())) == wanted
    assert lake[Word].where(small == "οδος").values("text") == ["ΟΔΟΣ"]
    assert lake[Word].where(small == "οδοσ").values("text") == []


def test_small_letters_of_all_that_were_there_before_unicode_16(engine, tmp_path):
    later = [0x1C89, *range(0xA7CB, 0xA7DD), *range(0x10D50, 0x10D66), *range(0x16EA0, 0x16EB9)]
    kept = [at for at in range(0x110000) if not 0xD800 <= at < 0xE000 and at not in later]
    with Store() as store:
        Word.insert_all(text=["y".join(map(chr, kept[at : at + 500])) for at in range(0, len(kept), 500)])
        store.to_parquet(tmp_path / "export")
        small = Word.all().values(col("text").lower())
        with Lake(tmp_path / "export", models=[Word, Tray], engine=engine) as lake:
            assert lake[Word].order_by("id").values(col("text").lower()) == small
