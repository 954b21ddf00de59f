"""A page in Chromium without a window, told what to do by DevTools commands over two pipes: no port, and no library."""

import base64
import fcntl
import json
import os
import select
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

SECONDS = 120.0  # that one command may take


class Page:
    """`with Page(program, profile) as page`: the browser ends with the block."""

    def __init__(self, program: str, profile: Path) -> None:
        theirs, self._out = os.pipe()
        self._in, back = os.pipe()

        # Chromium reads 3 and writes 4. The four ends are open, so nothing else of the child has these numbers.
        def take() -> None:
            ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (theirs, back)]
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        command = [
            program,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--remote-debugging-pipe",
        ]
        command += [f"--user-data-dir={profile}", "--no-first-run", "about:blank"]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(command, stderr=quiet, stdout=quiet, pass_fds=(3, 4), preexec_fn=take)  # noqa: PLW1509
        os.close(theirs)
        os.close(back)
        self._buffer = b""
        self._sent = 0
        self._session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(SECONDS)
        os.close(self._in)
        os.close(self._out)

    def call(self, method: str, **parameters: Any) -> Any:
        """The answer to a command; `RuntimeError` with what the browser says against it."""
        self._sent += 1
        message: dict[str, Any] = {"id": self._sent, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + SECONDS
        while (answer := self._next(until)).get("id") != self._sent:
            pass  # an event
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def _next(self, until: float) -> Any:
        while b"\0" not in self._buffer:
            if not select.select([self._in], [], [], max(0.0, until - time.monotonic()))[0]:
                raise TimeoutError(f"the browser did not answer within {SECONDS:.0f} s")
            more = os.read(self._in, 1 << 16)
            if not more:
                raise RuntimeError("the browser ended")
            self._buffer += more
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)

    def run(self, script: str) -> Any:
        """What a script gives; of a promise, what it comes to."""
        done = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in done:
            raise RuntimeError(f"{script}: {done['exceptionDetails']}")
        return done["result"].get("value")

    def wait(self, script: str, seconds: float = 60.0) -> Any:
        """What a script gives as soon as that is true; the last that it gave where it never is."""
        until = time.monotonic() + seconds
        while not (found := self.run(script)) and time.monotonic() < until:
            time.sleep(0.2)
        return found

    def size(self, width: int, height: int) -> None:
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def picture(self, file: Path) -> None:
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))
