"""Running native code in a locked child of this process, and saying how it ended.

A *runner* is a fork of a sandbox's child. What it needs is prepared first, with the child's rights:
code is compiled and linked, memory laid out. Then it locks itself (`lockdown.py`) and jumps. There
is one for each thing that is run: whatever foreign code writes over dies with its process.

The parent stays outside: it waits with a deadline, kills, and believes nothing but the kernel about
how the runner ended. What a runner left in shared memory is foreign data.
"""

import ctypes
import mmap
import os
import select
import signal
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from corpus.llvm.sandbox.lockdown import Lock, Rights, RunningRefused

NOTES_BYTES = 4096
OUTPUT_BYTES = 64 << 10
"""What one runner may write to its output unless more is said."""

_PREPARING, _LOCKED, _NO_MEMORY, _FAULT = b"P", b"L", b"M", b"F"
_STATE = struct.Struct("<cdd")
"""How far a runner is, since when by the monotonic clock, and its processor seconds by then."""

PATIENCE = 5
"""A limit is one of processor time, since a busy machine is no property of what runs. What uses
none, because it waits for nobody, gets this many times as much by the clock on the wall."""

_LEAST_WAIT_S = 0.001

_OWN_FAULT_STATUS = 96

TIMED_OUT, FORBIDDEN = "timed out", "forbidden system call"
TOO_MUCH_OUTPUT, NO_MEMORY = "too much output", "out of memory"


class RunnerFault(RuntimeError):
    """A runner failed for a reason that is this program's own; carries what it said."""


class RunnerKilled(Exception):
    """A runner was killed by somebody else: neither its parent nor, where it is locked, itself."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a runner ended.

    `how`: "exit 3", a signal's name ("SIGSEGV"), "timed out", "forbidden system call", "too much
    output", or "out of memory" while it was prepared. `ran`: whether it had been locked and begun;
    otherwise it ended while it was prepared.
    `cpu_us`: processor microseconds of preparing and running.
    """

    how: str
    ran: bool
    cpu_us: int


class Runner:
    """Forks locked runners one after the other and watches each.

    `notes` is shared memory for what the preparing half has to say; the runner gives it up before
    foreign code begins, so what is in it is this program's own word.
    """

    def __init__(self, rights: Rights | None = None, *, unlocked: bool = False) -> None:
        """Try the lock out. Raises RunningRefused where it does not hold, unless `unlocked`."""
        if sys.platform != "linux":
            raise RunningRefused("foreign code is not run: only Linux can lock it in")
        self._lock = Lock(rights or Rights())
        self._fork: Callable[[], int] = getattr(ctypes.PyDLL(None), "_Fork", os.fork)
        """POSIX's fork without the hooks of Python and of libraries, which cost as much again (in
        glibc since 2.34). The process has one thread: they would find nothing to set right."""
        self.notes = mmap.mmap(-1, NOTES_BYTES)
        self._state = mmap.mmap(-1, _STATE.size)
        self._output = os.memfd_create("output")
        self.holds = self._try_out()
        """Whether foreign code is locked."""
        self._lock.filtering = self.holds
        if not self.holds and not unlocked:
            raise RunningRefused(
                "foreign code is not run: this system does not lock it in (seccomp is refused);"
                " run Passlake where it is allowed, or set PASSLAKE_RUN_UNLOCKED=1 if nothing here"
                " is worth protecting"
            )

    def _try_out(self) -> bool:
        """Whether a runner can be locked, and a call that is not allowed ends it."""
        libc = ctypes.CDLL(None)
        try:
            ended = self.run(lambda: int(libc.getppid() != 0), wall_s=10)
        except RunnerFault:
            return False
        return ended.how == FORBIDDEN

    @property
    def lock(self) -> str:
        """What locks a runner in, for people and records; empty where nothing does."""
        if not self.holds:
            return ""
        landlock = self._lock.landlock
        return f"seccomp, Landlock {landlock}" if landlock > 0 else "seccomp"

    def run(self, enter: Callable[[], int], *, wall_s: float) -> Ended:
        """Call `enter` in a locked runner; its result becomes the exit status."""
        return self.run_prepared(lambda: enter, prepare_s=wall_s, wall_s=wall_s)

    def run_prepared(
        self,
        prepare: Callable[[], Callable[[], int] | None],
        *,
        prepare_s: float,
        wall_s: float,
        output_bytes: int = OUTPUT_BYTES,
    ) -> Ended:
        """Call `prepare` in a fork, lock it, then call what it returned; None ends with status 0.

        At most `prepare_s` and `wall_s` seconds go to each, on a machine that has nothing else to
        do; see `PATIENCE`. Raises RunnerFault and RunnerKilled.
        """
        os.ftruncate(self._output, 0)
        os.lseek(self._output, 0, os.SEEK_SET)
        self._state[:] = _STATE.pack(_PREPARING, time.monotonic(), 0.0)
        parent = os.getpid()
        pid = self._fork()
        if pid == 0:
            self._be_runner(prepare, parent, output_bytes)
        return self._watch(pid, prepare_s, wall_s)

    def output(self) -> bytes:
        """What the last runner wrote to its standard output."""
        return os.pread(self._output, os.fstat(self._output).st_size, 0)

    def begin_step(self) -> None:
        """Said by who prepares: the time to prepare begins anew."""
        self._say(_PREPARING)

    def _be_runner(
        self, prepare: Callable[[], Callable[[], int] | None], parent: int, output_bytes: int
    ) -> None:
        """The forked half. Never returns."""
        status = _OWN_FAULT_STATUS
        try:
            self._lock.begin(parent)
            enter = prepare()
            if enter is None:
                status = 0
            else:
                self._lock.close_in(self._output, output_bytes)
                self._say(_LOCKED)
                self.notes.close()
                self._state.close()
                status = enter() & 0xFF
        except MemoryError:
            self._say(_NO_MEMORY)
        except BaseException as error:  # noqa: BLE001 - told to the parent
            self._tell_fault(error)
        finally:
            os._exit(status)

    def _say(self, state: bytes) -> None:
        self._state[:] = _STATE.pack(state, time.monotonic(), time.process_time())

    def _tell_fault(self, error: BaseException) -> None:
        """Nobody else hears of it: by now standard error may be closed."""
        said = repr(error).encode(errors="replace")[: NOTES_BYTES - 1]
        with suppress(ValueError):  # foreign code had begun: then the status tells
            self.notes[: len(said) + 1] = said + b"\0"
            self._say(_FAULT)

    def _watch(self, pid: int, prepare_s: float, wall_s: float) -> Ended:
        handle = os.pidfd_open(pid)
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        left_s, killed = min(prepare_s, wall_s), False
        try:
            while not killed and not poll.poll(left_s * 1000):
                state, since, used_before_s = _STATE.unpack_from(self._state)
                limit_s = prepare_s if state == _PREPARING else wall_s
                used_s = _processor_s(pid) - used_before_s
                patience_s = since + PATIENCE * limit_s - time.monotonic()
                left_s = max(min(limit_s - used_s, patience_s), _LEAST_WAIT_S)
                if used_s >= limit_s or patience_s <= 0:
                    signal.pidfd_send_signal(handle, signal.SIGKILL)
                    killed = True
        finally:
            os.close(handle)
        _, status, usage = os.wait4(pid, 0)
        cpu_us = round((usage.ru_utime + usage.ru_stime) * 1e6)
        state, *_ = _STATE.unpack_from(self._state)
        if not killed and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            raise RunnerKilled
        if state == _FAULT:
            said = self.notes[:].partition(b"\0")[0].decode(errors="replace")
            raise RunnerFault(said)
        how = NO_MEMORY if state == _NO_MEMORY else _how(status, killed=killed)
        return Ended(how, state == _LOCKED, cpu_us)


def _processor_s(pid: int) -> float:
    """Processor seconds of a child that was not waited for; 0 should it have no clock any more."""
    with suppress(OSError):  # the clock that clock_getcpuclockid(3) names
        return time.clock_gettime(~pid << 3 | 2)
    return 0.0


def _how(status: int, *, killed: bool) -> str:
    if killed:
        return TIMED_OUT
    if os.WIFEXITED(status):
        return f"exit {os.WEXITSTATUS(status)}"
    number = os.WTERMSIG(status)
    if number == signal.SIGSYS:
        return FORBIDDEN
    if number == signal.SIGXFSZ:
        return TOO_MUCH_OUTPUT
    return signal.Signals(number).name
