"""The sandbox as its users see it: sessions in fresh children, every death explained.

A `Sandbox` owns one template process and runs one session at a time. A `Session` is one fresh
child; it lives through the deaths of its child, since a pass list that crashes, hangs or exhausts
memory is data: the list gets its outcome, a new child loads the module again, and the rest goes on.

What is no pass list's fault is raised instead. `MachineFault`: a kill that the supervisor did not
send, a template that vanished, a time-out that a fresh child did not confirm; the caller starts its
search again from its seed. `ModuleLost`: the module itself cannot be loaded or printed without
killing the child.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from corpus.errors import BadModule, CorpusError
from corpus.llvm.measurement import Measurement, Outcome
from corpus.llvm.sandbox import protocol
from corpus.llvm.sandbox.compare_frames import Answer, CompareRequest, unpack_answers
from corpus.llvm.sandbox.lockdown import RunningRefused
from corpus.llvm.sandbox.mutant_frames import Mutant, MutantRequest, unpack_mutants
from corpus.llvm.sandbox.program_frames import (
    BatchAnswer,
    BatchRequest,
    ProgramAnswer,
    ProgramRequest,
    Stage,
)
from corpus.llvm.sandbox.protocol import Kind, Loaded
from corpus.llvm.sandbox.runner import PATIENCE
from corpus.llvm.sandbox.savings import Meter, Savings
from corpus.llvm.sandbox.template import Died, ForkedChild, Limits, MachineFault, Template
from corpus.llvm.toolchain import Toolchain

__all__ = [
    "Limits",
    "Loaded",
    "MachineFault",
    "Measured",
    "ModuleLost",
    "Sandbox",
    "Savings",
    "Session",
]

_CHUNK = 64
"""Pass lists per request; one request is under way while the next waits in the pipe."""

_MOST_OF = 0.9

_GRACE_S = 10.0
"""For a child to see that a runner's time is over."""


class ModuleLost(CorpusError, RuntimeError):
    """The child died while it parsed, printed or emitted the module itself; `outcome` says how."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(f"{outcome}: {reason}")
        self.outcome = outcome
        self.reason = reason


@dataclass(frozen=True)
class Measured:
    """A module with its figures and its canonical text."""

    instructions: int
    object_bytes: int
    state_hash: int
    definitions: tuple[str, ...]
    ir: str


class Sandbox:
    """A template process and the sessions it forks, one at a time.

    Not thread-safe: one per worker process, used from the thread that made it (the kernel ends the
    template with that thread).
    """

    def __init__(self, toolchain: Toolchain, limits: Limits | None = None) -> None:
        """Start nothing yet: the template starts with the first session."""
        self.toolchain = toolchain
        self._template = Template(toolchain, limits or Limits())
        self.meter = Meter()

    @property
    def limits(self) -> Limits:
        """What one child may use."""
        return self._template.limits

    @property
    def saved(self) -> Savings:
        """What all sessions so far did not run again."""
        return self.meter.savings

    @property
    def children_cpu_s(self) -> float:
        """CPU seconds of all sessions that have ended."""
        self._template.settle()
        return self._template.children_cpu_s

    @property
    def running_cpu_s(self) -> float:
        """CPU seconds of the template that runs and of its sessions that have ended.

        To be added to `cpu_clock_s`, which has them once the sandbox is closed.
        """
        self._template.settle()
        return self._template.running_cpu_s

    @property
    def aslr_off(self) -> bool:
        """Whether the template runs without address-space randomisation; known once it runs."""
        return self._template.aslr_off

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def wait(self) -> None:
        """Wait until the last session's child is gone: its processor time then counts as ours."""
        self._template.settle()

    def close(self) -> None:
        """End the template and whatever it forked."""
        self._template.close()

    def session(self) -> "Session":
        """A fresh child. Use it as a context manager and end it before the next one begins."""
        return Session(self, self._template)


class Session:
    """One fresh child and, after a death, its successors on the same module."""

    def __init__(self, sandbox: Sandbox, template: Template) -> None:
        self._sandbox = sandbox
        self._template = template
        self._limits = template.limits
        self._child: ForkedChild | None = None
        self._saved_before = sandbox.saved
        self._module: bytes | None = None
        self._known: bytes | None = None
        self._kills: dict[bytes, Measurement] = {}
        """Steps that killed a child of the module `_known`, and how: the next one is told."""
        self._step: tuple[bytes, float] | None = None
        """The step that the child is at, and since when, where it says so."""
        self.deaths = 0

    @property
    def saved(self) -> Savings:
        """What the evaluations so far did not run again."""
        return self._sandbox.saved - self._saved_before

    @property
    def cpu_ns(self) -> int:
        """Processor nanoseconds of this session's child so far, and of those that went before."""
        living = 0 if self._child is None or self._child.gone else self._child.cpu_ns
        return round(self._template.children_cpu_s * 1e9) + living

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None

    def load(
        self,
        module: bytes,
        *,
        with_object: bool = False,
        keep_names: bool = False,
        with_text: bool = False,
    ) -> Loaded:
        """Load bitcode or text; what follows is measured on it.

        Raises BadModule with LLVM's message, ModuleLost, MachineFault.
        """
        self._module = None
        flags = protocol.WITH_OBJECT * with_object | protocol.KEEP_NAMES * keep_names
        flags |= protocol.WITH_TEXT * with_text | protocol.ALONE * (not self._limits.sharing)
        request = bytes([flags]) + module
        payload = self._ask(Kind.LOAD, request)
        if request != self._known:
            self._kills.clear()
        self._module = self._known = request
        self._tell_kills()
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
        module = ir.encode(errors="surrogateescape")
        loaded = self.load(module, with_object=True, keep_names=True, with_text=True)
        assert loaded.object_bytes is not None
        return Measured(
            loaded.instructions,
            loaded.object_bytes,
            loaded.state_hash,
            loaded.definitions,
            loaded.text,
        )

    def object_bytes(self) -> int:
        """The size of the loaded module's object. Raises as `load` does."""
        self._reload()
        return protocol.unpack_size(self._ask(Kind.OBJECT, b""))

    def apply(self, pass_list: str) -> str:
        """The loaded module's text after `pass_list`; an empty list leaves it as it is.

        Raises BadModule when the list is rejected, ModuleLost when it kills the child.
        """
        self._reload()
        return self._ask(Kind.APPLY, pass_list.encode()).decode(errors="surrogateescape")

    def run_program(self, request: ProgramRequest) -> ProgramAnswer:
        """Apply a list to a whole program and run it; whatever comes of it is an answer.

        Raises RunningRefused and MachineFault.
        """
        answer = ProgramAnswer.unpack(self._ask_to_run(Kind.PROGRAM, request, 1))
        if answer.stage is Stage.READING:
            self._start_afresh()
        return answer

    def run_batch(self, request: BatchRequest) -> BatchAnswer:
        """The same for many programs at once; see `program_batch` for what it is worth."""
        steps = 2 * len(request.programs)
        answer = BatchAnswer.unpack(self._ask_to_run(Kind.BATCH, request, steps))
        if answer.at is not None and answer.entries[answer.at].stage is Stage.READING:
            self._start_afresh()
        return answer

    def _ask_to_run(self, kind: Kind, request: ProgramRequest | BatchRequest, steps: int) -> bytes:
        wall_s = PATIENCE * (steps * request.apply_s + request.wall_s) + _GRACE_S
        try:
            return self._ask(kind, request.pack(), wall_s)
        except ModuleLost as error:
            raise MachineFault(f"the child that ran programs is gone: {error}") from None

    def _start_afresh(self) -> None:
        """Whether the last request was read to its end, nobody knows: the child goes."""
        assert self._child is not None
        self._child.end()

    def compare(self, request: CompareRequest) -> list[Answer]:
        """Execute a function before and after pass lists.

        Raises BadModule where the function cannot be read, ModuleLost where LLVM ends the child on
        what it is given, RunningRefused and MachineFault.
        """
        wall_s = self._limits.module_wall_s * (1 + len(request.afters))
        return unpack_answers(self._ask(Kind.COMPARE, request.pack(), wall_s))

    def mutants(self, request: MutantRequest) -> list[Mutant]:
        """Plant miscompilations in a module, one for each seed where one can be.

        Raises BadModule where it cannot be read, ModuleLost and MachineFault.
        """
        return unpack_mutants(self._ask(Kind.MUTATE, request.pack()))

    def lock(self) -> str:
        """What locks foreign code in here. Raises RunningRefused where nothing does."""
        return self._ask(Kind.LOCK, b"").decode()

    def evaluate(
        self, pass_lists: Sequence[str], *, with_object: bool = False
    ) -> list[Measurement]:
        """One measurement per list, in order, whatever the lists do. Raises MachineFault.

        After a death some answers may have died with the child, so what was not answered runs once
        more in a fresh one, each list answered before the next begins: now a death has a name. A
        slow machine is no property of a list: a time-out counts only if it happens both times. A
        crash counts if the second run sees it; one that it does not see left no trace.
        """
        done: list[Measurement] = []
        suspected: Died | None = None
        while len(done) < len(pass_lists):
            rest = (
                pass_lists[len(done) :] if suspected is None else pass_lists[len(done) :][:_CHUNK]
            )
            flags = protocol.WITH_OBJECT * with_object | protocol.AT_ONCE * (suspected is not None)
            try:
                self._reload()
                self._stream(rest, done, flags)
            except Died as death:
                once = suspected is None or suspected.outcome is not Outcome.TIMED_OUT
                if suspected is None or (once and death.outcome is Outcome.TIMED_OUT):
                    suspected = death
                    continue
                done.append(Measurement(death.outcome, reason=death.reason))
                self._blame(done[-1])
            else:
                if suspected is not None and suspected.outcome is Outcome.TIMED_OUT:
                    raise MachineFault("a time-out was not confirmed by a second try")
            suspected = None
        return done

    def _stream(self, pass_lists: Sequence[str], done: list[Measurement], flags: int) -> None:
        """Send lists in chunks, one under way and one waiting, and append what comes back."""
        child = self._living()
        chunks = [pass_lists[i : i + _CHUNK] for i in range(0, len(pass_lists), _CHUNK)]
        requests = [bytes([flags]) + "\n".join(chunk).encode() for chunk in chunks]
        self._step = None
        child.send(Kind.EVALUATE, requests[0])
        for number, chunk in enumerate(chunks):
            if number + 1 < len(requests):
                child.send(Kind.EVALUATE, requests[number + 1])
            for _ in chunk:
                measurement, spent = protocol.unpack_measured(self._answer(child))
                self._sandbox.meter.add(spent)
                done.append(measurement)

    def _answer(self, child: ForkedChild) -> bytes:
        """The next list's answer; the steps that are said before it share its wall time."""
        deadline = time.monotonic() + self._limits.evaluation_wall_s
        while True:
            kind, payload = child.receive(deadline - time.monotonic())
            if kind is not Kind.STEP:
                return payload
            self._step = (payload, time.monotonic())

    def _blame(self, measurement: Measurement) -> None:
        """Remember the step of which a child died, so that no other child has to.

        Of a list that took too long a step is to blame only if it took nearly all the time.
        """
        if self._step is None:
            return
        step, began = self._step
        lasted_s = time.monotonic() - began
        if (
            measurement.outcome is not Outcome.TIMED_OUT
            or lasted_s > _MOST_OF * self._limits.evaluation_wall_s
        ):
            self._kills[step] = measurement

    def _ask(self, kind: Kind, payload: bytes, wall_s: float | None = None) -> bytes:
        """One request and its answer, for what concerns the module itself."""
        try:
            child = self._living()
            child.send(kind, payload)
            answered, reply = child.receive(wall_s or self._limits.module_wall_s)
        except Died as death:
            raise ModuleLost(death.outcome, death.reason) from None
        if answered is Kind.REFUSED:
            raise RunningRefused(reply.decode(errors="replace"))
        if answered is Kind.FAULT:
            raise BadModule(reply.decode(errors="replace"))
        return reply

    def _living(self) -> ForkedChild:
        if self._child is None or self._child.gone:
            self.deaths += self._child is not None
            self._child = ForkedChild(self._template)
        return self._child

    def _reload(self) -> None:
        """After a death the successor has no module yet."""
        assert self._child is not None, "load a module first"
        if self._child.gone and self._module is not None:
            self._ask(Kind.LOAD, self._module)
            self._tell_kills()

    def _tell_kills(self) -> None:
        try:
            for step, measurement in self._kills.items():
                self._living().send(Kind.KILLS, protocol.pack_kill(step, measurement))
        except Died as death:
            raise ModuleLost(death.outcome, death.reason) from None
