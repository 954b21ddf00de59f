"""A client of the application in this process, and servers of their own."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hasmany import Store

from ..app import create_app

EXAMPLES = Path(__file__).resolve().parents[2]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "library.db"


@pytest.fixture
def app(file: Path) -> FastAPI:
    return create_app(file)


@pytest.fixture
def client(store: Store, app: FastAPI) -> Iterator[httpx.Client]:
    """The application makes its store the current one; at the end of the test `store` puts back what was."""
    with cast(Any, TestClient)(app) as client:
        yield client
        Store.current().check()


class Server:
    """uvicorn in a process of its own."""

    def __init__(self, file: Path, *options: str, **environment: str) -> None:
        command = [sys.executable, "-m", "uvicorn", "--app-dir", str(EXAMPLES), "--factory", "service.app:create_app"]
        # In front of what is installed, and where that is found.
        paths = os.pathsep.join([str(EXAMPLES), *filter(None, sys.path)])
        self.process = subprocess.Popen(
            [*command, "--port", "0", "--no-access-log", *options],
            env={**os.environ, "PYTHONPATH": paths, "LIBRARY_FILE": str(file), **environment},
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said: list[str] = []

    def url(self) -> str:
        """Where it serves, once it does."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)
            if found := re.search(r"running on (http://\S+)", line):
                return found[1]
        raise AssertionError(f"the server ended: {''.join(self.said)}")

    def end(self) -> None:
        """Asks it to end, as whoever runs services does, and waits. It must end by itself, and in order."""
        self.process.send_signal(signal.SIGTERM)
        code = self.ended()
        # When all is done uvicorn lets the signal have its effect.
        assert code in (0, -signal.SIGTERM), f"{code}: {''.join(self.said)}"
        assert "Application shutdown complete" in "".join(self.said)

    def ended(self) -> int:
        """Its exit code, when it has ended by itself."""
        assert self.process.stderr is not None
        self.said += self.process.stderr.readlines()
        return self.process.wait(30)


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Starts servers; those that are left are killed when the test is over."""
    servers: list[Server] = []

    def start(file: Path, *options: str, **environment: str) -> Server:
        servers.append(Server(file, *options, **environment))
        return servers[-1]

    yield start
    for server in servers:
        with suppress(ProcessLookupError):
            server.process.kill()
        server.process.wait(30)
        assert server.process.stderr is not None
        server.process.stderr.close()
