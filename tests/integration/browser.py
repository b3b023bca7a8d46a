"""A headless Chromium that shows one page, spoken to over a pipe in its own DevTools protocol."""

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
PATIENCE_S = 60.0

_AS_3_AND_4 = (
    "import os, sys; os.dup2({0}, 3); os.dup2({1}, 4); os.execv(sys.argv[1], sys.argv[1:])"
)
"""Where a browser expects its pipe."""


def find() -> str | None:
    """The browser of this machine; None if it has none."""
    return next((path for path in map(shutil.which, NAMES) if path is not None), None)


class Browser:
    """One browser with one tab; `errors` are what the page complained about, in order."""

    def __init__(self, program: str, folder: Path) -> None:
        # From 10 up, so that neither is in the other's way when they become 3 and 4.
        (reading, telling), (hearing, writing) = os.pipe(), os.pipe()
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (reading, writing)]
        os.close(reading)
        os.close(writing)
        self._telling = os.fdopen(telling, "wb", buffering=0)
        self._hearing = os.fdopen(hearing, "rb", buffering=0)
        options = (
            *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
            *("--hide-scrollbars", "--remote-debugging-pipe", f"--user-data-dir={folder}"),
        )
        self._process = subprocess.Popen(
            [sys.executable, "-c", _AS_3_AND_4.format(*ends), program, *options],
            pass_fds=ends,
            stderr=subprocess.DEVNULL,
        )
        for end in ends:
            os.close(end)
        self._heard = b""
        self._asked = 0
        self.errors: list[str] = []
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self._ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session: str | None = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._session = None
        with contextlib.suppress(BrokenPipeError):
            self._tell("Browser.close", {})
        self._telling.close()
        self._process.wait(PATIENCE_S)
        self._hearing.close()

    def ask(self, method: str, **parameters: object) -> dict[str, Any]:
        """Call a method of the protocol in the tab."""
        return self._ask(method, session=self._session, **parameters)

    def show(self, page: Path, *, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        """Load a file in a window of so many CSS pixels, and wait until its charts are drawn."""
        self.errors.clear()
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])
        self.value("delete document.documentElement.dataset.drawn")
        self.ask("Page.navigate", url=page.absolute().as_uri())
        until = time.monotonic() + PATIENCE_S
        drawn = "document.documentElement?.dataset.drawn === 'yes'"
        while not self.value(drawn):
            assert time.monotonic() < until, f"the page was not drawn: {self.errors}"
            time.sleep(0.05)

    def value(self, expression: str) -> Any:  # noqa: ANN401 - whatever the page says
        """What an expression is in the page, as JSON values."""
        found = self.ask(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def _ask(self, method: str, session: str | None = None, **parameters: object) -> dict[str, Any]:
        number = self._tell(method, parameters, session)
        for message in self._messages():
            if message.get("id") == number:
                assert "error" not in message, message
                result: dict[str, Any] = message["result"]
                return result
            self._note(message)
        raise AssertionError("the browser has ended")

    def _tell(self, method: str, parameters: dict[str, object], session: str | None = None) -> int:
        self._asked += 1
        message = {"id": self._asked, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        self._telling.write(json.dumps(message).encode() + b"\0")
        return self._asked

    def _messages(self) -> Iterator[dict[str, Any]]:
        while True:
            while b"\0" in self._heard:
                one, _, self._heard = self._heard.partition(b"\0")
                yield json.loads(one)
            part = self._hearing.read(1 << 20)
            if not part:
                return
            self._heard += part

    def _note(self, message: dict[str, Any]) -> None:
        event, about = message.get("method"), message.get("params", {})
        if event == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(about["exceptionDetails"]))
        elif event == "Runtime.consoleAPICalled" and about["type"] in {"error", "warning"}:
            self.errors.append(json.dumps(about["args"]))
        elif event == "Log.entryAdded":
            self.errors.append(about["entry"]["text"])
        elif event == "Network.requestWillBeSent" and about["type"] != "Document":
            self.errors.append(f"it asked for {about['request']['url'][:200]}")
