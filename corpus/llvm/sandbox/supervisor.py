"""The sandbox as its users see it: sessions in fresh children, every death explained.

A `Sandbox` owns one template process and runs one session at a time. A `Session` is one fresh
child; it lives through the deaths of its child, since a pass list that crashes, hangs or exhausts
memory is data: the list gets its outcome, a new child loads the module again, and the rest goes on.

What is no pass list's fault is raised instead. `MachineFault`: a kill that the supervisor did not
send, a template that vanished, a time-out that a fresh child did not confirm; the caller starts its
search again from its seed. `ModuleLost`: the module itself cannot be loaded or printed without
killing the child.
"""

import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, NoReturn, Self

import corpus
from corpus.errors import BadModule, CorpusError
from corpus.llvm.ruler import Measurement, Outcome
from corpus.llvm.sandbox import child as child_process
from corpus.llvm.sandbox import protocol
from corpus.llvm.sandbox.protocol import Kind, Loaded, Spent, write_frame
from corpus.llvm.toolchain import Toolchain

_CHUNK = 64
"""Pass lists per request; one request is under way while the next waits in the pipe."""

_CRASHES = frozenset(
    {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGTRAP}
)
_MEMORY_WORDS = ("out of memory", "bad_alloc", "Allocation failed", "Cannot allocate memory")
_NEAR_LIMIT = 0.9
_TEMPLATE_WAIT_S = 60.0


class MachineFault(CorpusError, RuntimeError):
    """Something died that no pass list killed; what was being done may be started again."""


class ModuleLost(CorpusError, RuntimeError):
    """The child died while it parsed, printed or emitted the module itself; `outcome` says how."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(f"{outcome}: {reason}")
        self.outcome = outcome
        self.reason = reason


@dataclass(frozen=True)
class Limits:
    """What one child may use.

    `evaluation_wall_s`: seconds for one evaluation; `module_wall_s`: seconds to load, prepare or
    print a module; `memory_bytes`: address space, LLVM's own 0.3 GiB included; `message_bytes`: of
    what LLVM prints to standard error.
    """

    evaluation_wall_s: float = 10.0
    module_wall_s: float = 60.0
    memory_bytes: int = 2 << 30
    message_bytes: int = 1 << 20


@dataclass(frozen=True)
class Measured:
    """A module with its figures and its canonical text."""

    instructions: int
    object_bytes: int
    state_hash: int
    definitions: tuple[str, ...]
    ir: str


class _Died(Exception):
    """An event inside this module, never an error of its users."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason


class Sandbox:
    """A template process and the sessions it forks, one at a time.

    Not thread-safe: one per worker process, used from the thread that made it (the kernel ends the
    template with that thread).
    """

    def __init__(self, toolchain: Toolchain, limits: Limits | None = None) -> None:
        """Start nothing yet: the template starts with the first session."""
        self.toolchain = toolchain
        self.limits = limits or Limits()
        self.clone_ns = 0
        self.passes_ns = 0
        self.rest_ns = 0
        self.children_cpu_s = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self.aslr_off = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the template and whatever it forked."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def session(self) -> "Session":
        """A fresh child. Use it as a context manager and end it before the next one begins."""
        return Session(self)

    def count(self, spent: Spent) -> None:
        """Add one evaluation's time to the totals that `bench engine` reports."""
        self.clone_ns += spent.clone_ns
        self.passes_ns += spent.passes_ns
        self.rest_ns += spent.rest_ns

    def template(self) -> socket.socket:
        """The control socket of a template that runs. Raises MachineFault if none will start."""
        if self._control is not None:
            return self._control
        ours, theirs = socket.socketpair()
        said = tempfile.TemporaryFile()  # noqa: SIM115 - outlives this call in the process
        with theirs:
            self._process = subprocess.Popen(
                [
                    sys.executable, "-s", "-P", "-m", child_process.__name__,
                    str(self.toolchain.libllvm),
                ],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=said,
                env=_environment(),
                start_new_session=True,
            )  # fmt: skip
        self._control = ours
        ours.settimeout(_TEMPLATE_WAIT_S)
        hello = ours.makefile("rb", buffering=0).readline().split()
        if len(hello) != 2:  # noqa: PLR2004 - two words: randomisation, version
            said.seek(0)
            reason = said.read().decode(errors="replace").strip().splitlines()[-1:]
            self.close()
            raise MachineFault(f"the sandbox did not start: {' '.join(reason)}")
        self.aslr_off = hello[0] == b"1"
        return ours


class Session:
    """One fresh child and, after a death, its successors on the same module."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._limits = sandbox.limits
        self._child: _Child | None = None
        self._module: bytes | None = None
        self.deaths = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None

    def load(self, module: bytes, *, with_object: bool = False) -> Loaded:
        """Load bitcode or text; what follows is measured on it.

        Raises BadModule with LLVM's message, ModuleLost, MachineFault.
        """
        self._module = None
        request = bytes([protocol.WITH_OBJECT if with_object else 0]) + module
        payload = self._ask(Kind.LOAD, request)
        self._module = module
        return protocol.unpack_loaded(payload)

    def prepare(self, module: bytes) -> str:
        """The text of `module` as functions are cut from it.

        Without debug information, every definition `minsize optsize` and free of `optnone` and
        `noinline`. Raises as `load` does.
        """
        self._module = None
        return self._ask(Kind.PREPARE, module).decode(errors="surrogateescape")

    def measure(self, ir: str) -> Measured:
        """Load `ir` and say its figures and canonical text. Raises as `load` does."""
        loaded = self.load(ir.encode(errors="surrogateescape"), with_object=True)
        assert loaded.object_bytes is not None
        return Measured(
            loaded.instructions,
            loaded.object_bytes,
            loaded.state_hash,
            loaded.definitions,
            self.apply(""),
        )

    def apply(self, pass_list: str) -> str:
        """The loaded module's text after `pass_list`; an empty list leaves it as it is.

        Raises BadModule when the list is rejected, ModuleLost when it kills the child.
        """
        self._reload()
        return self._ask(Kind.APPLY, pass_list.encode()).decode(errors="surrogateescape")

    def evaluate(
        self, pass_lists: Sequence[str], *, with_object: bool = False
    ) -> list[Measurement]:
        """One measurement per list, in order, whatever the lists do. Raises MachineFault."""
        done: list[Measurement] = []
        while len(done) < len(pass_lists):
            try:
                self._reload()
                self._stream(pass_lists[len(done) :], done, with_object=with_object)
            except _Died as death:
                pass_list = pass_lists[len(done)]
                if death.outcome is Outcome.TIMED_OUT:
                    death = self._confirm_time_out(pass_list, with_object=with_object)
                done.append(Measurement(death.outcome, reason=death.reason))
        return done

    def _stream(
        self, pass_lists: Sequence[str], done: list[Measurement], *, with_object: bool
    ) -> None:
        child = self._living()
        flag = bytes([protocol.WITH_OBJECT if with_object else 0])
        chunks = [pass_lists[i : i + _CHUNK] for i in range(0, len(pass_lists), _CHUNK)]
        requests = [flag + "\n".join(chunk).encode() for chunk in chunks]
        child.send(Kind.EVALUATE, requests[0])
        for number, chunk in enumerate(chunks):
            if number + 1 < len(requests):
                child.send(Kind.EVALUATE, requests[number + 1])
            for _ in chunk:
                _, payload = child.receive(self._limits.evaluation_wall_s)
                measurement, spent = protocol.unpack_measured(payload)
                self._sandbox.count(spent)
                done.append(measurement)

    def _confirm_time_out(self, pass_list: str, *, with_object: bool) -> _Died:
        """A slow machine is no property of a pass list: only a second time-out is believed."""
        try:
            self._reload()
            self._stream([pass_list], [], with_object=with_object)
        except _Died as death:
            return death
        raise MachineFault(f"a time-out was not confirmed by a second try: {pass_list}")

    def _ask(self, kind: Kind, payload: bytes) -> bytes:
        """One request and its answer, for what concerns the module itself."""
        try:
            child = self._living()
            child.send(kind, payload)
            answered, reply = child.receive(self._limits.module_wall_s)
        except _Died as death:
            raise ModuleLost(death.outcome, death.reason) from None
        if answered is Kind.FAULT:
            raise BadModule(reply.decode(errors="replace"))
        return reply

    def _living(self) -> "_Child":
        if self._child is None or self._child.gone:
            self.deaths += self._child is not None
            self._child = _Child(self._sandbox)
        return self._child

    def _reload(self) -> None:
        """After a death the successor has no module yet."""
        assert self._child is not None, "load a module first"
        if self._child.gone and self._module is not None:
            self._ask(Kind.LOAD, b"\0" + self._module)


class _Child:
    """One forked child: its pipes, its clock, its end."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._memory_bytes = sandbox.limits.memory_bytes
        self._buffer = bytearray()
        self.gone = False
        control = sandbox.template()
        requests, self._requests = os.pipe()
        self._replies, replies = os.pipe()
        self._messages: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in _close
        limits = child_process.SESSION.pack(self._memory_bytes, sandbox.limits.message_bytes)
        try:
            socket.send_fds(control, [limits], [requests, replies, self._messages.fileno()])
            answer = _receive(control, child_process.FORKED.size)
        except OSError as error:
            self._lose_template(error)
        finally:
            os.close(requests)
            os.close(replies)
        (self._pid,) = child_process.FORKED.unpack(answer)
        self._poll = select.poll()
        self._poll.register(self._replies, select.POLLIN)

    def send(self, kind: Kind, payload: bytes) -> None:
        try:
            write_frame(self._requests, kind, payload)
        except BrokenPipeError:
            raise self._explain_end(killed=False) from None

    def receive(self, wall_s: float) -> tuple[Kind, bytes]:
        """The next reply, at the latest in `wall_s` seconds. Raises _Died and MachineFault."""
        deadline = time.monotonic() + wall_s
        while True:
            frame = protocol.take_frame(self._buffer)
            if frame is not None:
                return frame
            left_ms = max(0.0, deadline - time.monotonic()) * 1000
            if not self._poll.poll(left_ms):
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
            self._wait(2.0)
        except (BrokenPipeError, TimeoutError, MachineFault):
            self._sandbox.close()
        finally:
            self._close()

    def _explain_end(self, *, killed: bool) -> _Died:
        """Say why the child is gone. Raises MachineFault when no pass list is to blame."""
        try:
            status, resident_bytes = self._wait(_TEMPLATE_WAIT_S)
        except TimeoutError as error:
            self._lose_template(error)
        finally:
            self._messages.seek(0)
            said = self._messages.read().decode(errors="replace").strip()
            self._close()
        if killed:
            limit = self._sandbox.limits.evaluation_wall_s
            return _Died(Outcome.TIMED_OUT, f"no answer in {limit:g} s")
        number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
        assert code != child_process.OWN_FAULT_STATUS, said
        if number is not None and number not in _CRASHES:
            raise MachineFault(f"a sandbox child was ended from outside by signal {number}")
        if (
            code == child_process.OUT_OF_MEMORY_STATUS
            or any(word in said for word in _MEMORY_WORDS)
            or resident_bytes > _NEAR_LIMIT * self._memory_bytes
        ):
            return _Died(Outcome.OUT_OF_MEMORY, f"over {self._memory_bytes >> 20} MiB")
        cause = signal.Signals(number).name if number is not None else f"exit status {code}"
        return _Died(Outcome.CRASHED, f"{cause}: {_telling_line(said)}" if said else cause)

    def _wait(self, wall_s: float) -> tuple[int, int]:
        control = self._sandbox.template()
        control.settimeout(wall_s)
        try:
            answer = _receive(control, child_process.ENDED.size)
        except TimeoutError:
            raise
        except OSError as error:
            self._lose_template(error)
        finally:
            control.settimeout(_TEMPLATE_WAIT_S)
        status, resident_bytes, cpu_s = child_process.ENDED.unpack(answer)
        self._sandbox.children_cpu_s += cpu_s
        return status, resident_bytes

    def _lose_template(self, error: OSError) -> NoReturn:
        self._sandbox.close()
        raise MachineFault(f"the sandbox's template is gone ({error})") from error

    def _close(self) -> None:
        if not self.gone:
            self.gone = True
            os.close(self._requests)
            os.close(self._replies)
            self._messages.close()


def _receive(control: socket.socket, size: int) -> bytes:
    answer = b""
    while len(answer) < size:
        part = control.recv(size - len(answer))
        if not part:
            raise ConnectionResetError("it closed its socket")
        answer += part
    return answer


def _telling_line(said: str) -> str:
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
