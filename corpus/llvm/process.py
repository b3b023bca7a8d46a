"""The one place that starts the processes of LLVM's tools: `opt`, `clang`, `llvm-size` and kin.

Each runs in a process group of its own, bounded in wall time and address space, without core files,
and without the caller's environment where none is named.
"""

import math
import os
import resource
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

CRASHES = frozenset(
    {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGTRAP}
)
"""Signals that a program's own fault ends it with; others were sent to it."""


@dataclass(frozen=True)
class ToolRun:
    """How a tool ended.

    `status`: its exit status, or the signal's number negated; `cpu_s`: processor seconds of it and
    its children; `timed_out`: the time limit ended it.
    """

    status: int
    stdout: bytes
    stderr: str
    cpu_s: float
    timed_out: bool

    @property
    def reason(self) -> str:
        """The line of its standard error that says most, or how it ended."""
        lines = [line.strip() for line in self.stderr.splitlines() if line.strip()]
        telling = (line for line in lines if "error" in line.lower())
        if self.timed_out:
            return "no end within the time limit"
        return next(telling, lines[0] if lines else f"exit status {self.status}")

    @property
    def killed(self) -> bool:
        """Whether a signal that nobody here sent ended it: the machine's fault, not its input's."""
        return self.status < 0 and -self.status not in CRASHES and not self.timed_out


def run_tool(  # noqa: PLR0913 - each is one thing that a process is started with
    command: Sequence[str | os.PathLike[str]],
    *,
    wall_s: float,
    memory_bytes: int = 4 << 30,
    given: bytes = b"",
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> ToolRun:
    """Run `command` to its end with `given` on standard input, in `folder`, with `environment`.

    At `wall_s` seconds its whole group is killed. Raises OSError when it cannot be started; a
    failing tool is a value.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen(
        [os.fspath(part) for part in command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=_bare_environment() if environment is None else environment,
        start_new_session=True,
    ) as process:
        _limit(process.pid, wall_s, memory_bytes)
        timed_out = False
        try:
            stdout, stderr = process.communicate(given, timeout=wall_s)
        except subprocess.TimeoutExpired:
            timed_out = True
            os.killpg(process.pid, signal.SIGKILL)
            stdout, stderr = process.communicate()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return ToolRun(process.returncode, stdout, stderr.decode(errors="replace"), cpu_s, timed_out)


def _bare_environment() -> dict[str, str]:
    temporary = os.environ.get("TMPDIR", "/tmp")  # noqa: S108 - the tools' own default
    return {"PATH": os.defpath, "LC_ALL": "C", "TMPDIR": temporary}


def _limit(pid: int, wall_s: float, memory_bytes: int) -> None:
    """Set limits from outside: code between fork and exec is unsafe in a process with threads."""
    # Should the caller be killed, nobody watches the clock: then processor time ends the tool.
    limits = (
        (resource.RLIMIT_CPU, math.ceil(wall_s) + 1),
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CORE, 0),
    )
    with suppress(ProcessLookupError):  # it has ended already
        for what, most in limits:
            allowed = resource.prlimit(pid, what)[1]
            least = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
            resource.prlimit(pid, what, (least, least))
