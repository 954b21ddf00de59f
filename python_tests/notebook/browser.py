"""Shows everything in a real browser, light and dark, and looks whether anything of it ran.

    python -m python_tests.notebook.browser FOLDER [--install]

writes a page and its pictures into a folder, and exits with 1 where a text of a row was taken for HTML. It needs Chromium;
`--install` has apt-get bring it.
"""

import argparse
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hasmany import Store, Tweet, User, col

from .cinema import Card, Copy, Film, Person, Rating

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
ATTACKS = [
    "<script>document.title = 'ran'</script>",
    "<img src=x onerror=\"document.title = 'ran'\">",
    "</td></table></div></style><svg onload=\"document.title = 'ran'\">",
    '" onmouseover="document.title = \'ran\'" autofocus onfocus="document.title = \'ran\'" x="',
]
JUPYTER = """--jp-content-font-color1:#e0e0e0;--jp-content-font-color2:#9e9e9e;--jp-layout-color0:#111111;\
--jp-border-color2:#424242;--jp-brand-color3:#1976d2"""


def browser() -> str | None:
    """The program, if it is here."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def install() -> None:
    """By Debian's own means."""
    subprocess.run(["apt-get", "update", "-qq"], check=True)
    subprocess.run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium-headless-shell", "fonts-dejavu-core"],
        check=True,
    )


def items() -> list[Any]:
    """What is shown, of the current store."""
    films = Film.insert_all(
        title=[
            "Alien",
            "Heat",
            "Ran",
            "A Film Whose Title Is So Long That Nobody Would Want to Read All of It in a Table",
        ],
        year=[1979, 1995, 1985, 2001],
        budget=[11_000_000, 60_000_000, None, 1234],
    )
    people = Person.insert_all(
        name=["Ann", "Bea", "Cat", *ATTACKS], email=[f"{n}@example.org" for n in range(3 + len(ATTACKS))]
    )
    for n, person in enumerate(people):
        for film in films[: n % 4 + 1]:
            Rating(person, film, n % 5 + 1, datetime(2024, n + 1, 1, 9, 30, tzinfo=UTC))
    Card("4711", people[0])
    Copy()
    users = User.insert_all(username=[*ATTACKS, "ann", "bea"])
    tweets = Tweet.insert_all(message=[*ATTACKS, "hello"], user=users[:5])
    for tweet in tweets:
        tweet.likers.add(users[: tweet.id + 1])
    found = users[0].similar("liked_tweets")
    return [
        films[0],
        people[0],
        tweets[0],
        Rating.all(),
        films,
        Tweet.all(),
        Tweet.all().page(2),
        Film.all().select("title", people=col("fans.name").list(), mean=col("ratings.stars").mean()),
        Film.all().top(by="fans"),
        found,
        User.all().similar("liked_tweets"),
        Store.current(),
        Store.current().stats(),
    ]


def page(of: list[Any], schema: str, theme: str = "") -> str:
    """As a notebook has them, one below the other; the last line shows that scripts do run here."""
    cells = "".join(f"<p>{each._repr_html_()}</p>" for each in of)
    return (
        f'<!doctype html><meta charset="utf-8"><title>nothing ran</title><body style="{theme};background:'
        f'{"#111" if theme else "Canvas"}"><meta name="color-scheme" content="light dark">{cells}<p>{schema}</p>'
        "<script>document.body.dataset.control = 'ran'</script></body>"
    )


def looked_at(program: str, file: Path, picture: Path, *, dark: bool) -> str:
    """The document after its scripts ran; a picture of it is written."""
    command = [program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1000,3400"]
    command += ["--virtual-time-budget=2000", f"--blink-settings=preferredColorScheme={0 if dark else 1}"]
    subprocess.run([*command, f"--screenshot={picture}", file.as_uri()], check=True, capture_output=True, timeout=120)
    done = subprocess.run([*command, "--dump-dom", file.as_uri()], check=True, capture_output=True, timeout=120)
    return done.stdout.decode("utf-8")


def look(program: str, folder: Path) -> list[str]:
    """Writes the pages and their pictures; says what is wrong."""
    with Store() as store:
        shown = items()
        schema = store.schema._repr_svg_()  # type: ignore[attr-defined]
        pages = {"light": page(shown, schema), "dark": page(shown, schema), "jupyter": page(shown, schema, JUPYTER)}
    wrong: list[str] = []
    for name, html in pages.items():
        file = folder / f"{name}.html"
        file.write_text(html, "utf-8")
        document = looked_at(program, file, folder / f"{name}.png", dark=name == "dark")
        if 'data-control="ran"' not in document:
            wrong.append(f"{name}: the page's own script did not run, so nothing is known")
        if "<title>nothing ran</title>" not in document:
            wrong.append(f"{name}: a text of a row ran as a script")
        if document.count("<script") != 1 or "<img" in document:
            wrong.append(f"{name}: a text of a row became an element")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--install", action="store_true", help="have apt-get install Chromium where there is none")
    given = parser.parse_args()
    if given.install and browser() is None:
        install()
    program = browser()
    if program is None:
        print("there is no Chromium here; --install brings it", file=sys.stderr)
        return 2
    given.folder.mkdir(parents=True, exist_ok=True)
    wrong = look(program, given.folder)
    print("\n".join(wrong) or f"nothing ran; the pictures are in {given.folder}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
