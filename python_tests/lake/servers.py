"""Engines as processes on this machine: Sail, and Spark with a master and two workers."""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

PATIENCE = 240
"""Seconds after which a process that is not there yet counts as failed."""


def why_no_sail() -> str | None:
    """Why Sail cannot be started here."""
    if importlib.util.find_spec("pysail") is None:
        return "pysail is not installed; .ci/cluster makes an environment that has it"
    return None


def why_no_spark() -> str | None:
    """Why Spark cannot be started here."""
    if not (_home() / "jars").is_dir():
        return "pyspark with its jars is not installed; .ci/cluster makes an environment that has it"
    return None if shutil.which("java") else "there is no java"


def _home() -> Path:
    """Where pip puts Spark."""
    found = importlib.util.find_spec("pyspark")
    return Path(found.origin).parent if found and found.origin else Path("nowhere")


def free_port() -> int:
    """A port of the loopback that nobody has now."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        port: int = tried.getsockname()[1]
        return port


class Server:
    """Processes that answer at an address, with what they say in files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.started: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def url(self) -> str:
        return f"sc://127.0.0.1:{self.port}"

    def start(self, name: str, *command: object, **environment: str) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            self.started[name] = subprocess.Popen(
                [str(part) for part in command],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env={**os.environ, **environment},
                start_new_session=True,
            )

    def wait_for(self, name: str, port: int) -> None:
        """Until a process hears at a port."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            assert self.started[name].poll() is None, self.said(name)
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                return
            time.sleep(0.2)
        raise AssertionError(f"{name} is not there after {PATIENCE} s: {self.said(name)}")

    def said(self, name: str) -> str:
        """The last that a process said."""
        return (self.folder / f"{name}.log").read_text(errors="replace")[-3000:]

    def kill(self, name: str) -> None:
        """A process and those that it started, at once."""
        process = self.started.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for name in list(self.started):
            self.kill(name)


@contextmanager
def sail() -> Iterator[Server]:
    """Sail: one process, no Java."""
    with TemporaryDirectory() as folder:
        server = Server(Path(folder))
        program = Path(sys.executable).with_name("sail")
        server.start("sail", program, "spark", "server", "--ip", "127.0.0.1", "--port", server.port)
        try:
            server.wait_for("sail", server.port)
            yield server
        finally:
            server.stop()


@contextmanager
def spark(workers: int = 2) -> Iterator[Server]:
    """Spark: a master, workers of one core each, and the server of Spark Connect."""
    with TemporaryDirectory() as folder:
        server = Server(Path(folder))
        master, page = free_port(), free_port()
        place = {
            "SPARK_HOME": str(_home()),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_DIRS": folder,
            "PYSPARK_PYTHON": sys.executable,
            "PYSPARK_DRIVER_PYTHON": sys.executable,
        }
        of_class = [_home() / "bin" / "spark-class"]
        try:
            server.start(
                "master",
                *of_class,
                "org.apache.spark.deploy.master.Master",
                *("--host", "127.0.0.1", "--port", master, "--webui-port", page),
                **place,
            )
            server.wait_for("master", master)
            for number in range(workers):
                server.start(
                    f"worker{number}",
                    *of_class,
                    "org.apache.spark.deploy.worker.Worker",
                    *("--host", "127.0.0.1", "--cores", 1, "--memory", "1g", "--work-dir", Path(folder, f"w{number}")),
                    *("--webui-port", free_port(), f"spark://127.0.0.1:{master}"),
                    **place,
                )
            settings = {
                "spark.connect.grpc.binding.address": "127.0.0.1",
                "spark.connect.grpc.binding.port": server.port,
                "spark.driver.host": "127.0.0.1",
                "spark.ui.enabled": "false",
                "spark.sql.shuffle.partitions": 2 * workers,
                "spark.executor.memory": "512m",
                "spark.driver.memory": "1g",
            }
            server.start(
                "connect",
                _home() / "bin" / "spark-submit",
                *("--master", f"spark://127.0.0.1:{master}"),
                *(part for name, value in settings.items() for part in ("--conf", f"{name}={value}")),
                *("--class", "org.apache.spark.sql.connect.service.SparkConnectServer"),
                **place,
            )
            server.wait_for("connect", server.port)
            yield server
        finally:
            server.stop()


def executors(server: Server, worker: str) -> list[int]:
    """The processes of the executors that a worker has started."""
    group = server.started[worker].pid
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            if (
                b"CoarseGrainedExecutorBackend" in (entry / "cmdline").read_bytes()
                and os.getpgid(int(entry.name)) == group
            ):
                found.append(int(entry.name))
    return found
