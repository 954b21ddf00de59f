"""What the page on lakes shows of a cluster runs, on Sail."""

import re

from hasmany import Many, Model, Store, between, field, has_many
from hasmany.lake import Lake

from ...places import ROOT


class Listener(Model):
    name: str = field(unique=True)
    age: int | None = None
    plays: Many["Play"] = has_many()
    songs: Many["Song"] = has_many(through="plays")


class Song(Model):
    title: str
    plays: Many["Play"] = has_many()
    listeners: Many[Listener] = has_many(through="plays")


class Play(Model):
    listener: Listener
    song: Song
    seconds: int


def test_the_section_on_a_cluster_runs(store: Store, engine, tmp_path, monkeypatch):
    Listener.insert_all(name=["ann", "bea", "cat"], age=[30, None, 22])
    Song.insert_all(title=["Waves", "Seal"])
    Play.insert_all(listener=[1, 1, 2, 3], song=[1, 2, 1, 1], seconds=[200, 90, 180, 60])
    store.to_parquet(tmp_path / "plays")
    page = (ROOT / "docs" / "past-one-machine.md").read_text("utf-8")
    section = page.partition("\n## A cluster\n")[2].partition("\n## ")[0]
    (block,) = re.findall(r"^```python\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    names = {"Lake": Lake, "between": between, "Listener": Listener, "Song": Song, "Play": Play}
    exec(block.replace("sc://127.0.0.1:50051", engine), names)  # noqa: S102 - the page is ours
