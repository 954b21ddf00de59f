"""A prompt with a file's models at hand."""

import code
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import hasmany

from .._hasmany import Store, between, col


def run(path: Path, *, write: bool, timeout: float, plain: bool) -> None:
    """Opens the file and a prompt, IPython's where it is installed; the file is closed when the prompt ends.

    Raises what `Store(path)` raises, and `FileNotFoundError` for writing, too: a mistyped name makes no file.
    """
    path.stat()
    with Store(path, read_only=not write, timeout=timeout) as store:
        store.use()
        models = store.models()
        names = {"hasmany": hasmany, "store": store, "col": col, "between": between, **models}
        prompt = _plain if plain or find_spec("IPython") is None else _ipython
        prompt(_banner(store, write), names)


def _banner(store: Store, write: bool) -> str:
    models = ", ".join(f"{name} ({rows:,})" for name, rows in store.stats().rows.items())
    how = "open for writing" if write else "read only; store.refresh() reads on, --write opens it for writing"
    return f"{store.path}, {how}\nmodels: {models or 'none'}\nalso here: store, col, between, hasmany\n"


def _ipython(banner: str, names: dict[str, Any]) -> None:
    config: Any = import_module("traitlets.config").Config()
    config.TerminalInteractiveShell.banner1 = banner
    import_module("IPython").start_ipython(argv=[], user_ns=names, config=config)


def _plain(banner: str, names: dict[str, Any]) -> None:
    try:
        readline: Any = import_module("readline")
    except ImportError:  # not on Windows
        pass
    else:
        readline.set_completer(import_module("rlcompleter").Completer(names).complete)
        readline.parse_and_bind("tab: complete")
    code.interact(banner, local=names, exitmsg="")
