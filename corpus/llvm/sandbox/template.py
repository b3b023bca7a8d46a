"""The template process as the supervisor holds it, and the children it forks.

Everything about processes is here: starting, killing, and saying why a child is gone. A kill that
was not sent from here is a `MachineFault`; what a module or a pass list did to its child is `Died`.
"""

import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NoReturn

import corpus
from corpus.errors import CorpusError
from corpus.llvm.identity.build import identity_object
from corpus.llvm.measurement import Outcome
from corpus.llvm.process import CRASHES
from corpus.llvm.sandbox import child as child_process
from corpus.llvm.sandbox import protocol
from corpus.llvm.sandbox.protocol import Kind, write_frame
from corpus.llvm.toolchain import Toolchain

_MEMORY_WORDS = ("out of memory", "bad_alloc", "Allocation failed", "Cannot allocate memory")
_NEAR_LIMIT = 0.9
_TEMPLATE_WAIT_S = 60.0
_LAST_WORDS_S = 2.0


class MachineFault(CorpusError, RuntimeError):
    """Something died that no pass list killed; what was being done may be started again."""


@dataclass(frozen=True)
class Limits:
    """What one child may use.

    `evaluation_wall_s`: seconds for one evaluation; `module_wall_s`: seconds to load, prepare or
    print a module; `memory_bytes`: address space, LLVM's own 0.3 GiB included; `message_bytes`: of
    what LLVM prints to standard error. `sharing`: lists of one module share what they have in
    common; without it each runs whole, which is how `bench engine` compares.
    """

    evaluation_wall_s: float = 10.0
    module_wall_s: float = 60.0
    memory_bytes: int = 2 << 30
    message_bytes: int = 1 << 20
    sharing: bool = True


class Died(Exception):
    """A child ended, or was ended, by what it was asked to do: an event, no error of a user."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason


class Template:
    """The template process: started when first needed, and again after it was lost.

    `children_cpu_s` are the CPU seconds of all children that have ended.
    """

    def __init__(self, toolchain: Toolchain, limits: Limits) -> None:
        self._toolchain = toolchain
        self.limits = limits
        self.aslr_off = False
        self.children_cpu_s = 0.0
        self._children_before_s = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._leaving = False

    @property
    def running_cpu_s(self) -> float:
        """CPU seconds of the process that runs now and of its children that have ended.

        Once it has ended these are its waiting parent's: no clock has them twice.
        """
        if self._process is None:
            return 0.0
        own_s = process_cpu_ns(self._process.pid) / 1e9
        return own_s + self.children_cpu_s - self._children_before_s

    def close(self) -> None:
        """End the template and whatever it forked."""
        self._leaving = False
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            self._children_before_s = self.children_cpu_s

    def control(self) -> socket.socket:
        """The socket of a template that runs. Raises MachineFault if none will start."""
        if self._control is not None:
            return self._control
        ours, theirs = socket.socketpair()
        with theirs, tempfile.TemporaryFile() as said:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-s", "-P", "-m", child_process.__name__),
                    str(self._toolchain.libllvm),
                    str(identity_object(self._toolchain) or ""),
                ],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=said,
                env=_environment(),
                start_new_session=True,
            )
            theirs.close()  # so that its end is the end of the socket
            self._control = ours
            ours.settimeout(_TEMPLATE_WAIT_S)
            with ours.makefile("rb", buffering=0) as hello:
                randomisation = hello.readline()
            if not randomisation:
                said.seek(0)
                reason = said.read().decode(errors="replace").strip().splitlines()[-1:]
                self.close()
                raise MachineFault(f"the sandbox did not start: {' '.join(reason)}")
        self.aslr_off = randomisation.startswith(b"1")
        return ours

    def let_go(self) -> None:
        """A child was asked to end: what it cost is heard later, while its memory is given back."""
        self._leaving = True

    def settle(self) -> None:
        """Wait for the child that was let go; one that does not end is killed."""
        if self._leaving:
            self._leaving = False
            try:
                self.hear_end(_LAST_WORDS_S)
            except TimeoutError:
                self.close()

    def hear_end(self, wall_s: float) -> tuple[int, int]:
        """A child's wait status and greatest resident size in bytes, once it has ended."""
        answer = self.receive(child_process.ENDED.size, wall_s)
        status, resident_bytes, cpu_s = child_process.ENDED.unpack(answer)
        self.children_cpu_s += cpu_s
        return status, resident_bytes

    def receive(self, size: int, wall_s: float = _TEMPLATE_WAIT_S) -> bytes:
        """`size` bytes from the template. Raises TimeoutError, and MachineFault when it is gone."""
        control = self.control()
        control.settimeout(wall_s)
        answer = b""
        try:
            while len(answer) < size:
                part = control.recv(size - len(answer))
                if not part:
                    self.lost("it closed its socket")
                answer += part
        except ConnectionError as error:
            self.lost(str(error))
        return answer

    def lost(self, how: str) -> NoReturn:
        """Give up this template; the next child starts another. Raises MachineFault."""
        self.close()
        raise MachineFault(f"the sandbox's template is gone: {how}")


class ForkedChild:
    """One forked child: its pipes, its clock, its end."""

    def __init__(self, template: Template) -> None:
        """Have the template fork it. Raises MachineFault."""
        self._template = template
        self._limits = template.limits
        self._buffer = bytearray()
        self.gone = False
        template.settle()
        control = template.control()
        requests, self._requests = os.pipe()
        self._replies, replies = os.pipe()
        self._messages: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by _close
        limits = child_process.SESSION.pack(self._limits.memory_bytes, self._limits.message_bytes)
        try:
            socket.send_fds(control, [limits], [requests, replies, self._messages.fileno()])
            (self._pid,) = child_process.FORKED.unpack(template.receive(child_process.FORKED.size))
        except ConnectionError as error:
            self._close()
            template.lost(str(error))
        except MachineFault:
            self._close()
            raise
        finally:
            os.close(requests)
            os.close(replies)
        self._poll = select.poll()
        self._poll.register(self._replies, select.POLLIN)

    @property
    def cpu_ns(self) -> int:
        """Processor nanoseconds that it has used; 0 once it is gone."""
        return process_cpu_ns(self._pid)

    def send(self, kind: Kind, payload: bytes) -> None:
        """Send a request. Raises Died and MachineFault."""
        try:
            write_frame(self._requests, kind, payload)
        except BrokenPipeError:
            raise self._explain_end(killed=False) from None

    def receive(self, wall_s: float) -> tuple[Kind, bytes]:
        """The next reply, at the latest in `wall_s` seconds. Raises Died and MachineFault."""
        deadline = time.monotonic() + wall_s
        while True:
            frame = protocol.take_frame(self._buffer)
            if frame is not None:
                return frame
            left_ms = max(0.0, deadline - time.monotonic()) * 1000
            if not self._poll.poll(left_ms):
                with suppress(ProcessLookupError):  # it may have ended at the last moment
                    os.killpg(self._pid, signal.SIGKILL)
                raise self._explain_end(killed=True)
            part = os.read(self._replies, 1 << 16)
            if not part:
                raise self._explain_end(killed=False)
            self._buffer += part

    def end(self) -> None:
        """Let the child go; a child that does not listen is killed."""
        if self.gone:
            return
        try:
            write_frame(self._requests, Kind.END)
            self._template.let_go()
        except BrokenPipeError:
            self._template.close()
        finally:
            self._close()

    def _explain_end(self, *, killed: bool) -> Died:
        """Say why the child is gone. Raises MachineFault when no pass list is to blame."""
        try:
            status, resident_bytes = self._template.hear_end(_TEMPLATE_WAIT_S)
        except TimeoutError:
            self._template.lost("it did not say how its child ended")
        finally:
            self._messages.seek(0)
            said = self._messages.read().decode(errors="replace").strip()
            self._close()
        if killed:
            limit = self._limits.evaluation_wall_s
            return Died(Outcome.TIMED_OUT, f"no answer in {limit:g} s")
        number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
        assert code != child_process.OWN_FAULT_STATUS, said
        if number is not None and number not in CRASHES:
            raise MachineFault(f"a sandbox child was ended from outside by signal {number}")
        if (
            code == child_process.OUT_OF_MEMORY_STATUS
            or says_no_memory(said)
            or resident_bytes > _NEAR_LIMIT * self._limits.memory_bytes
        ):
            return Died(Outcome.OUT_OF_MEMORY, f"over {self._limits.memory_bytes >> 20} MiB")
        cause = signal.Signals(number).name if number is not None else f"exit status {code}"
        return Died(Outcome.CRASHED, f"{cause}: {telling_line(said)}" if said else cause)

    def _close(self) -> None:
        if not self.gone:
            self.gone = True
            os.close(self._requests)
            os.close(self._replies)
            self._messages.close()


def process_cpu_ns(pid: int) -> int:
    """Processor nanoseconds that a process has used; 0 once it is gone."""
    # The clock that clock_getcpuclockid(3) names; Python has no binding for it.
    with suppress(OSError):
        return time.clock_gettime_ns(~pid << 3 | 2)
    return 0


def says_no_memory(said: str) -> bool:
    """Whether these messages are those of a process that got no more memory."""
    return any(word in said for word in _MEMORY_WORDS)


def telling_line(said: str) -> str:
    """LLVM's own error line where there is one, else the first that was printed."""
    lines = said.splitlines()
    return next((line for line in lines if "ERROR" in line or "Assertion" in line), lines[0])


def _environment() -> dict[str, str]:
    """The same for every template, so that nothing of the caller's reaches what is measured."""
    return {
        "PATH": os.defpath,
        "LC_ALL": "C",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(Path(corpus.__file__).resolve().parent.parent),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
