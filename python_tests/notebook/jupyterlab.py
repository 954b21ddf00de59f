"""Runs the notebooks of examples/ in JupyterLab, light and dark, and looks whether all that they show is seen.

    python -m python_tests.notebook.jupyterlab FOLDER [--install]

copies the notebooks into a folder, opens each in a headless Chromium, runs all cells twice, writes a picture of it, and exits with
1 where a cell fails or a diagram, a table or a picture is not seen. Their kernel is this Python. `--install` has apt-get bring
Chromium, and pip JupyterLab, into an environment of its own in the folder.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .books import BOOKS, FOLDER, Shown
from .browser import browser
from .browser import install as install_browser
from .devtools import Page

THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
WIDTH, HEIGHT = 1200, 900
HIGHEST = 12_000  # of a picture
CONTRAST = 4.5  # of text and what is behind it at least, as WCAG asks for
READY = """(() => {
    const panel = window.jupyterapp?.shell?.currentWidget;
    return Boolean(panel?.content?.widgets?.length) && panel.sessionContext?.session?.kernel?.status === "idle";
})()"""
RUN = 'window.jupyterapp.commands.execute("notebook:run-all-cells")'
LOOK = """(() => {
    const seen = node => {
        const box = node.getBoundingClientRect();
        return box.width > 20 && box.height > 20 && getComputedStyle(node).visibility === "visible";
    };
    const count = selector => [...document.querySelectorAll(".jp-OutputArea " + selector)].filter(seen).length;
    const images = [...document.querySelectorAll(".jp-OutputArea .jp-RenderedImage img")];
    const parts = colour => colour.match(/[0-9.]+/g).map(Number);
    const behind = node => {
        for (; node; node = node.parentElement) {
            const found = parts(getComputedStyle(node).backgroundColor);
            if (found.length === 3 || found[3] > 0.5) return found;
        }
        return [255, 255, 255];
    };
    const light = colour => colour.slice(0, 3).map(part => part / 255)
        .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
    const contrast = cell => {
        const [one, other] = [light(parts(getComputedStyle(cell).color)), light(behind(cell))];
        return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    };
    const side = node => getComputedStyle(node).textAlign;
    const crooked = table => [...table.querySelectorAll("thead th")]
        .filter((head, at) => side(head) !== side(table.querySelector(`tbody td:nth-child(${at + 1})`)));
    return {
        theme: document.body.dataset.jpThemeName,
        errors: [...window.jupyterapp.shell.currentWidget.content.model.cells].flatMap(cell => cell.toJSON().outputs ?? [])
            .filter(output => output.output_type === "error").length,
        diagrams: count(".jp-RenderedMermaid :is(img, svg)"),
        tables: count("table"),
        pictures: images.filter(image => seen(image) && image.naturalWidth > 0).length,
        contrast: Math.min(...[...document.querySelectorAll(".jp-OutputArea :is(th, td, caption)")].map(contrast)),
        crooked: [...document.querySelectorAll(".jp-OutputArea .hasmany table:has(tbody td)")].flatMap(crooked).length,
        unrun: [...document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")]
            .filter(prompt => !/[0-9]/.test(prompt.textContent)).length,
    };
})()"""
WHOLE = "document.querySelector('.jp-WindowedPanel-outer').scrollHeight"
TO_THE_TOP = "document.querySelector('.jp-WindowedPanel-outer').scrollTop = 0"


def lab(folder: Path) -> str | None:
    """JupyterLab's program: the folder's, or the one on the path."""
    own = folder / "lab" / "bin" / "jupyter-lab"
    return str(own) if own.is_file() else shutil.which("jupyter-lab")


def install_lab(folder: Path) -> None:
    venv.create(folder / "lab", with_pip=True)
    subprocess.run([folder / "lab" / "bin" / "pip", "install", "--quiet", "jupyterlab>=4.1"], check=True)


def written(file: Path, content: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content), "utf-8")


def settings(folder: Path, plugin: str, **values: Any) -> None:
    written(folder / "settings" / "@jupyterlab" / f"{plugin}.jupyterlab-settings", values)


def prepare(folder: Path) -> None:
    """Copies, because JupyterLab saves outputs; this Python as the kernel; settings by which all cells are in the page."""
    (folder / "work").mkdir(parents=True, exist_ok=True)
    shutil.copytree(FOLDER, folder / "work" / "notebooks", dirs_exist_ok=True)
    shutil.copy(FOLDER.parent / "southern_women.csv", folder / "work")
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    kernel = {"argv": command, "display_name": "Python 3", "language": "python"}
    written(folder / "jupyter" / "kernels" / "python3" / "kernel.json", kernel)
    settings(folder, "notebook-extension/tracker", windowingMode="none", scrollPastEnd=False)
    settings(folder, "apputils-extension/notification", fetchNews="false", checkForUpdates=False)


@contextmanager
def served(program: str, folder: Path) -> Iterator[dict[str, Any]]:
    """JupyterLab on a free port of this machine; gives what it says of itself, `url` and `token` among it."""
    places = {f"JUPYTER_{name}_DIR": str(folder / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    places |= {"JUPYTER_PATH": str(folder / "jupyter"), "IPYTHONDIR": str(folder / "ipython")}
    places |= {
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
    }
    environment = {
        name: value for name, value in os.environ.items() if name not in ("CHINOOK", "GOWALLA", "MPLBACKEND")
    }
    command = [program, "--no-browser", "--allow-root", "--expose-app-in-browser", "--ip=127.0.0.1", "--port=0"]
    command += [f"--ServerApp.root_dir={folder / 'work'}", "--LabApp.news_url=None"]
    with open(folder / "jupyterlab.log", "w", encoding="utf-8") as log:
        process = subprocess.Popen(command, env=environment | places, stdout=log, stderr=log)
        try:
            said = folder / "runtime" / f"jpserver-{process.pid}.json"
            until = time.monotonic() + 60
            while not said.is_file():
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"JupyterLab did not start; {folder / 'jupyterlab.log'} says why")
                time.sleep(0.2)
            time.sleep(0.5)  # until it is written
            yield json.loads(said.read_text("utf-8"))
        finally:
            process.terminate()  # its kernels with it
            process.wait(60)


def judged(found: dict[str, Any], theme: str, wanted: Shown) -> list[str]:
    """What is wrong with what is seen."""
    wrong: list[str] = []
    if found["theme"] != theme:
        wrong.append(f"the theme is {found['theme']}")
    if found["errors"] or found["unrun"]:
        wrong.append(f"{found['errors']} cells failed, {found['unrun']} did not run")
    seen = Shown(found["diagrams"], found["tables"], found["pictures"])
    if seen != wanted:
        wrong.append(f"{seen} are seen, not {wanted}")
    if not (found["contrast"] or 0) >= CONTRAST:
        wrong.append(f"the contrast of text in a table is {found['contrast']}")
    if found["crooked"]:
        wrong.append(f"{found['crooked']} names of columns stand on another side than what is below them")
    return wrong


def looked_at(page: Page, address: str, theme: str, wanted: Shown, picture: Path) -> list[str]:
    page.size(WIDTH, HEIGHT)
    page.call("Page.navigate", url=address)
    if not page.wait(READY):
        page.picture(picture)
        return ["the notebook did not open, or its kernel did not start"]
    for _ in range(2):
        page.run(RUN)
    wrong: list[str] = []
    until = time.monotonic() + 15  # diagrams are drawn after the cell ended
    while (wrong := judged(page.run(LOOK), theme, wanted)) and time.monotonic() < until:
        time.sleep(0.5)
    page.size(WIDTH, min(HIGHEST, page.run(WHOLE) + 250))
    page.run(TO_THE_TOP)
    time.sleep(1)
    page.picture(picture)
    return wrong


def look(program: str, server: str, folder: Path) -> list[str]:
    """Runs every notebook in every theme; says what is wrong."""
    prepare(folder)
    wrong: list[str] = []
    with served(server, folder) as said:
        for theme, named in THEMES.items():
            settings(folder, "apputils-extension/themes", theme=named)
            for name, wanted in BOOKS.items():
                address = f"{said['url']}doc/tree/notebooks/{name}.ipynb?reset&token={said['token']}"
                # A page of its own: one whose notebook is not saved asks before it goes.
                with Page(program, folder / "profile") as page:
                    found = looked_at(page, address, named, wanted, folder / f"{name}-{theme}.png")
                wrong += [f"{name}, {theme}: {each}" for each in found]
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--install", action="store_true", help="bring Chromium and JupyterLab where there is none")
    given = parser.parse_args()
    folder = given.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if given.install and browser() is None:
        install_browser()
    if given.install and lab(folder) is None:
        install_lab(folder)
    program, server = browser(), lab(folder)
    if program is None or server is None:
        print(
            f"there is no {'Chromium' if program is None else 'JupyterLab'} here; --install brings it", file=sys.stderr
        )
        return 2
    wrong = look(program, server, folder)
    print("\n".join(wrong) or f"all is seen; the pictures are in {folder}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
