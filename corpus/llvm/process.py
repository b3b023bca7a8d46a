"""The one place that starts the processes of LLVM's tools: `opt`, `clang`, `llvm-size` and kin.

Each runs in a process group of its own, bounded in wall time and address space, without core files,
and without the caller's environment where none is named.
"""

import math
import os
import resource
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

CRASHES = frozenset(
    {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGTRAP}
)
"""Signals that a program's own fault ends it with; others were sent to it."""

_PIPE_BYTES = 1 << 20
_MOST_MESSAGES = 1 << 20


@dataclass(frozen=True)
class ToolRun:
    """How a tool ended.

    `status`: its exit status, or the signal's number negated; `stderr`: its first MiB; `cpu_s`:
    processor seconds of it and its children; `timed_out`: the time limit ended it; `overflowed`: it
    wrote more to standard output than it may.
    """

    status: int
    stdout: bytes
    stderr: str
    cpu_s: float
    timed_out: bool
    overflowed: bool = False

    @property
    def reason(self) -> str:
        """The line of its standard error that says most, or how it ended."""
        lines = [line.strip() for line in self.stderr.splitlines() if line.strip()]
        telling = (line for line in lines if "error" in line.lower())
        if self.timed_out:
            return "no end within the time limit"
        if self.overflowed:
            return "more output than the limit"
        return next(telling, lines[0] if lines else f"exit status {self.status}")

    @property
    def killed(self) -> bool:
        """Whether a signal that nobody here sent ended it: the machine's fault, not its input's."""
        ours = self.timed_out or self.overflowed
        return self.status < 0 and -self.status not in CRASHES and not ours


def run_tool(  # noqa: PLR0913 - what runs, and its limits
    command: Sequence[str | os.PathLike[str]],
    *,
    wall_s: float,
    memory_bytes: int = 4 << 30,
    most_bytes: int = 1 << 30,
    given: bytes = b"",
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> ToolRun:
    """Run `command` to its end with `given` on standard input, in `folder`, with `environment`.

    At `wall_s` seconds, or once it has written more than `most_bytes` to standard output, its whole
    group is killed; what it leaves running in its group when it ends is killed, too, and is not
    waited for. Raises OSError when it cannot be started; a failing tool is a value.
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
        pipesize=_PIPE_BYTES,
    ) as process:
        _limit(process.pid, wall_s, memory_bytes)
        try:
            talk = _Conversation(process, given, most_bytes)
            talk.follow(time.monotonic() + wall_s)
        finally:
            # Not reaped yet, so that its number still names its group and nobody else's.
            os.killpg(process.pid, signal.SIGKILL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    stderr = talk.stderr.decode(errors="replace")
    return ToolRun(
        process.returncode, bytes(talk.stdout), stderr, cpu_s, talk.timed_out, talk.overflowed
    )


class _Conversation:
    """What a process is given and says until it ends; others may hold its pipes for longer."""

    def __init__(self, process: subprocess.Popen[bytes], given: bytes, most_bytes: int) -> None:
        self.stdout, self.stderr = bytearray(), bytearray()
        self.timed_out = self.overflowed = False
        self._process = process
        self._given = memoryview(given)
        self._most_bytes = most_bytes

    def follow(self, deadline: float) -> None:
        """Return when the process has ended, or at the deadline, or when it said too much."""
        stdin, stdout, stderr = self._process.stdin, self._process.stdout, self._process.stderr
        assert stdin is not None
        assert stdout is not None
        assert stderr is not None
        ended = os.pidfd_open(self._process.pid)
        with selectors.DefaultSelector() as selector:
            try:
                for pipe in (stdin, stdout, stderr):
                    os.set_blocking(pipe.fileno(), False)
                selector.register(stdin, selectors.EVENT_WRITE, self._write)
                selector.register(stdout, selectors.EVENT_READ, self._read_stdout)
                selector.register(stderr, selectors.EVENT_READ, self._read_stderr)
                selector.register(ended, selectors.EVENT_READ)
                while not self.overflowed:
                    ready = selector.select(max(0.0, deadline - time.monotonic()))
                    if not ready:
                        self.timed_out = True
                        return
                    for key, _ in ready:
                        if key.data is not None and not key.data(key.fd):
                            selector.unregister(key.fileobj)
                            key.fileobj.close()  # type: ignore[union-attr]  # one of the pipes
                    if ready[0][0].fd == ended and len(ready) == 1:
                        return  # it has ended, and nothing that it said is left in a pipe
            finally:
                os.close(ended)

    def _write(self, descriptor: int) -> bool:
        """Write some; whether there is more."""
        try:
            self._given = self._given[os.write(descriptor, self._given[:_PIPE_BYTES]) :]
        except BrokenPipeError:
            return False
        return len(self._given) > 0

    def _read_stdout(self, descriptor: int) -> bool:
        part = os.read(descriptor, _PIPE_BYTES)
        self.stdout += part
        self.overflowed = len(self.stdout) > self._most_bytes
        return len(part) > 0

    def _read_stderr(self, descriptor: int) -> bool:
        part = os.read(descriptor, _PIPE_BYTES)
        self.stderr += part[: _MOST_MESSAGES - len(self.stderr)]
        return len(part) > 0


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
