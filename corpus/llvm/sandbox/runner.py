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
import time
from collections.abc import Callable
from dataclasses import dataclass

from corpus.llvm.sandbox.lockdown import Lock, Rights, RunningRefused

NOTES_BYTES = 4096

_LOCKED, _FAULT = b"L", b"F"
_OWN_FAULT_STATUS = 96

TIMED_OUT, FORBIDDEN, TOO_MUCH_OUTPUT = "timed out", "forbidden system call", "too much output"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a runner ended.

    `how`: "exit 3", a signal's name ("SIGSEGV"), "timed out", "forbidden system call" or "too much
    output". `ran`: whether it had been locked and begun; otherwise it ended while it was prepared.
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
        self._rights = rights or Rights()
        self._lock = Lock(self._rights)
        self._fork = ctypes.PyDLL(None)._Fork  # noqa: SLF001 - its name in POSIX
        """fork without the hooks of Python and libraries, which cost as much again. The process has
        one thread, so there is no lock of theirs that they would have to set right."""
        self.notes = mmap.mmap(-1, NOTES_BYTES)
        self._state = mmap.mmap(-1, 1)
        self._output = os.memfd_create("output")
        self._locking = True
        self._locking = self.holds = self._try_out()
        """Whether foreign code is locked."""
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
        except RunningRefused:
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
        self, prepare: Callable[[], Callable[[], int] | None], *, prepare_s: float, wall_s: float
    ) -> Ended:
        """Call `prepare` in a fork, lock it, then call what it returned; None ends with status 0.

        At most `prepare_s` and `wall_s` seconds pass in each. Raises RunningRefused.
        """
        os.ftruncate(self._output, 0)
        os.lseek(self._output, 0, os.SEEK_SET)
        self._state[:] = b"\0"
        parent = os.getpid()
        pid = self._fork()
        if pid == 0:
            self._be_runner(prepare, parent)
        return self._watch(pid, prepare_s, wall_s)

    def output(self) -> bytes:
        """What the last runner wrote to its standard output."""
        size = min(os.fstat(self._output).st_size, self._rights.output_bytes)
        return os.pread(self._output, size, 0)

    def _be_runner(self, prepare: Callable[[], Callable[[], int] | None], parent: int) -> None:
        """The forked half. Never returns."""
        status = _OWN_FAULT_STATUS
        try:
            self._lock.die_with(parent)
            enter = prepare()
            if enter is None:
                status = 0
            else:
                if self._locking:
                    self._lock.close_in(self._output)
                else:
                    os.dup2(self._output, 1)
                self._state[:] = _LOCKED
                self.notes.close()
                self._state.close()
                status = enter() & 0xFF
        except BaseException as error:  # noqa: BLE001 - told to the parent
            self._tell_fault(error)
        finally:
            os._exit(status)

    def _tell_fault(self, error: BaseException) -> None:
        """Nobody else hears of it: by now standard error may be closed."""
        said = repr(error).encode(errors="replace")[: NOTES_BYTES - 1]
        self.notes[: len(said) + 1] = said + b"\0"
        self._state[:] = _FAULT

    def _watch(self, pid: int, prepare_s: float, wall_s: float) -> Ended:
        began = time.monotonic()
        handle = os.pidfd_open(pid)
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        killed = False
        try:
            if not poll.poll(wall_s * 1000):
                left_s = wall_s if self._state[:] == _LOCKED else prepare_s - wall_s
                deadline = began + wall_s + left_s
                killed = not poll.poll(max(0.0, deadline - time.monotonic()) * 1000)
            if killed:
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        finally:
            os.close(handle)
        _, status, usage = os.wait4(pid, 0)
        cpu_us = round((usage.ru_utime + usage.ru_stime) * 1e6)
        if self._state[:] == _FAULT:
            said = self.notes[:].partition(b"\0")[0].decode(errors="replace")
            raise RunningRefused(f"a runner failed: {said}")
        return Ended(_how(status, killed=killed), self._state[:] == _LOCKED, cpu_us)


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
