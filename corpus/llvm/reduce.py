"""Making a module small that shows something: llvm-reduce, with the question answered here.

llvm-reduce asks a program of each smaller module whether it is still interesting. That program is a
line of shell, which passes the question on to this process: so what is run for an answer runs in
the sandbox of whoever asks, and no process has to start for it.
"""

import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from corpus.llvm.process import run_tool
from corpus.llvm.toolchain import Toolchain, ToolchainMissing

_ASKS = """#!/bin/sh
cd "$(dirname "$0")"
printf '%s\\n' "$1" > ask
read answer < answer
exit "$answer"
"""
_LEFT_OUT = ("operands-poison", "operands-nan", "volatile", "target-features-attr", "module-data")
"""Reductions that put poison where there was a value, or that let code run elsewhere or not at all
as it did, without making it shorter."""

_POLL_S = 0.2


def reduced(
    toolchain: Toolchain, module: bytes, interesting: Callable[[bytes], bool], *, wall_s: float
) -> bytes:
    """The text of the smallest module found in `wall_s` seconds that is `interesting`.

    `module` itself, text or bitcode, must be. Where there is no llvm-reduce it stays as it is. What
    `interesting` raises is raised.
    """
    text = printed(toolchain, module)
    try:
        tool = toolchain.tool("llvm-reduce")
    except ToolchainMissing:
        return text
    with tempfile.TemporaryDirectory(prefix="passlake-reduce-") as scratch:
        return _Reduction(tool, Path(scratch), text, interesting).run(wall_s)


def printed(toolchain: Toolchain, module: bytes) -> bytes:
    """A module as text."""
    run = run_tool(
        [toolchain.tool("opt"), "-S", "-passes=", "-o", "-", "-"], wall_s=60, given=module
    )
    return run.stdout if run.status == 0 else module


class _Reduction:
    def __init__(
        self, tool: Path, scratch: Path, text: bytes, interesting: Callable[[bytes], bool]
    ) -> None:
        self._tool = tool
        self._scratch = scratch
        self._best = text
        self._interesting = interesting

    def run(self, wall_s: float) -> bytes:
        deadline = time.monotonic() + wall_s
        (self._scratch / "before.ll").write_bytes(self._best)
        script = self._scratch / "interesting.sh"
        script.write_text(_ASKS)
        script.chmod(0o755)
        ask, answer = self._pipe("ask"), self._pipe("answer")
        try:
            self._follow(script, ask, answer, deadline)
        finally:
            os.close(ask)
            os.close(answer)
        return self._best

    def _pipe(self, name: str) -> int:
        os.mkfifo(self._scratch / name)
        # Open for both, so that neither end waits for the other to come.
        return os.open(self._scratch / name, os.O_RDWR)

    def _follow(self, script: Path, ask: int, answer: int, deadline: float) -> None:
        command = [
            str(self._tool),
            f"--test={script}",
            f"--skip-delta-passes={','.join(_LEFT_OUT)}",
            *("-j", "1", "-o", "after.ll", "before.ll"),
        ]
        with subprocess.Popen(
            command,
            cwd=self._scratch,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            try:
                while process.poll() is None and time.monotonic() < deadline:
                    if select.select([ask], [], [], _POLL_S)[0]:
                        self._reply(ask, answer)
            finally:
                # It may have ended, but is not reaped by others: its number is still its own.
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)

    def _reply(self, ask: int, answer: int) -> None:
        path = self._scratch / os.read(ask, os.pathconf("/", "PC_PATH_MAX")).decode().strip()
        text = path.read_bytes()
        good = self._interesting(text)
        if good:  # with one question at a time it goes on from this one
            self._best = text
        os.write(answer, b"0\n" if good else b"1\n")
