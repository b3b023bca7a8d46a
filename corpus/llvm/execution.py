"""Running what was compiled, from the supervisor's side: whole programs, and functions compared.

Machine code of a corpus runs nowhere but in locked runners of the sandbox (`sandbox/runner.py`).
Whatever the lists or the code do is data; only a fault of the machine is raised.
"""

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Self

from corpus.errors import BadModule
from corpus.llvm.harness.build import harness
from corpus.llvm.measurement import Outcome
from corpus.llvm.sandbox.compare_frames import CompareRequest
from corpus.llvm.sandbox.lockdown import RunningRefused
from corpus.llvm.sandbox.program_frames import BatchRequest, ProgramAnswer, ProgramRequest, Stage
from corpus.llvm.sandbox.runner import NO_MEMORY, TIMED_OUT
from corpus.llvm.sandbox.supervisor import ModuleLost, Sandbox
from corpus.llvm.sandbox.template import says_no_memory, telling_line

__all__ = [
    "Compared",
    "Program",
    "Programs",
    "Ran",
    "RunningRefused",
    "compare",
    "lock",
    "run_programs",
]

UNLOCKED = "PASSLAKE_RUN_UNLOCKED"
"""Environment variable: "1" lets foreign code run where this system offers no seccomp."""

_CONFIRMING = 3
"""A time-out is believed when this many times the time does not do either."""

_BATCHES = 3
"""After so many that ended early, what is left runs alone."""

_COMPILING = "code generation: "


@dataclass(frozen=True, slots=True)
class Ran:
    """One program under one pass list.

    `outcome`: of applying the list; only an ok module was run. `state_hash`: of the module after
    the list. `known`: it was among the hashes that the caller knows, so nothing was run. `ending`:
    "exit 0", "SIGSEGV", "timed out" …; empty where nothing was run. `output`: what it wrote to
    standard output, at most 64 KiB. `cpu_us`: processor microseconds of all of it.
    """

    outcome: Outcome
    state_hash: int | None
    known: bool
    ending: str
    output: bytes
    cpu_us: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """One function before and after a pass list, executed side by side.

    `verdict`: "agreed", "inconclusive" or "refuted"; `inputs`: on how many both agreed; `reason`:
    one line, which for inconclusive starts with a class of a fixed set; `input_seed`: of the input
    that shows the difference.
    """

    verdict: str
    inputs: int
    reason: str
    input_seed: int | None
    cpu_us: int


@dataclass(frozen=True, slots=True)
class Program:
    """A whole program (bitcode or text with a `main`) and what is right for it.

    `output` is what it writes and `ending` how it ends when it is compiled right; `known`: hashes
    of states that need not be run again.
    """

    module: bytes
    output: bytes
    ending: str = "exit 0"
    known: Collection[int] = ()


class Programs:
    """A session for whole programs: any number, one after the other, none of which sees another.

    Use it as a context manager; while it is open the sandbox has no other session.
    """

    def __init__(self, sandbox: Sandbox, *, wall_s: float = 2.0) -> None:
        """`wall_s`: seconds that a program may run."""
        self._session = sandbox.session()
        self._apply_s = sandbox.limits.evaluation_wall_s
        self._wall_s = wall_s
        self._alone: set[int] = set()
        self._unlocked = os.environ.get(UNLOCKED) == "1"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._session.__exit__(*error)

    def run(self, module: bytes, pass_list: str, *, known: Collection[int] = ()) -> Ran:
        """Apply `pass_list` to a program and run it, unless the state is `known`.

        What took too long is tried once more with more time. Raises as `run_programs` does.
        """
        answer = self._ask(module, pass_list, known, 1)
        if answer.how == TIMED_OUT:
            spent = answer.cpu_us
            answer = self._ask(module, pass_list, known, _CONFIRMING)
            return _ran(answer, answer.cpu_us + spent)
        return _ran(answer, answer.cpu_us)

    def run_all(self, programs: Sequence[Program], pass_list: str) -> list[Ran]:
        """Run many programs under one list, for a third of what each would cost alone.

        They run in one locked process as long as each does what is right for it. One that does
        something else may have been disturbed, so it runs alone, as in `run`, and that counts. The
        processor time of a batch is shared among its programs. Raises as `run_programs` does.
        """
        done: dict[int, Ran] = {}
        waiting = list(range(len(programs)))
        for _ in range(_BATCHES):
            if waiting:
                self._run_batch(programs, waiting, pass_list, done)
                waiting = [one for one in waiting if one not in done and one not in self._alone]
        for index, one in enumerate(programs):
            if index not in done:
                done[index] = self.run(one.module, pass_list, known=one.known)
        self._alone.clear()
        return [done[index] for index in range(len(programs))]

    def _run_batch(
        self,
        programs: Sequence[Program],
        waiting: Sequence[int],
        pass_list: str,
        done: dict[int, Ran],
    ) -> None:
        """Run those that wait together; what counts goes to `done`, what has to run to `_alone`."""
        asked = [(programs[index].module, programs[index].known) for index in waiting]
        limits = (self._apply_s, self._wall_s)
        answer = self._session.run_batch(BatchRequest(asked, pass_list, *limits, self._unlocked))
        share_us = answer.cpu_us // len(waiting)
        for position, (index, entry) in enumerate(zip(waiting, answer.entries, strict=True)):
            ended = entry.status is not None
            how = f"exit {entry.status}" if ended else ""
            right = (how, entry.output) == (programs[index].ending, programs[index].output)
            over = entry.stage in (Stage.REJECTED, Stage.INVALID, Stage.NOT_LINKED, Stage.KNOWN)
            if over or (right and entry.stage is Stage.RUNNING):
                said = (entry.stage, entry.state_hash, entry.reason, how, "", entry.output)
                done[index] = _ran(ProgramAnswer(*said, share_us), share_us)
            elif ended or position == answer.at or entry.stage is Stage.BAD:
                self._alone.add(index)

    def _ask(
        self, module: bytes, pass_list: str, known: Collection[int], times: float
    ) -> ProgramAnswer:
        limits = (times * self._apply_s, times * self._wall_s)
        request = ProgramRequest(module, pass_list, known, *limits, self._unlocked)
        return self._session.run_program(request)


def _ran(answer: ProgramAnswer, cpu_us: int) -> Ran:
    """Say what an answer means. Raises BadModule when the program itself cannot be read."""
    ended = answer.stage
    if ended is Stage.BAD:
        raise BadModule(answer.reason)
    if ended is Stage.READING:
        raise BadModule(f"the program cannot be read: {_death(answer)}")
    if ended in (Stage.RUNNING, Stage.KNOWN):
        how, known = ("", True) if ended is Stage.KNOWN else (answer.how, False)
        return Ran(Outcome.OK, answer.state_hash, known, how, answer.output, cpu_us)
    if ended in (Stage.REJECTED, Stage.INVALID, Stage.NOT_LINKED):
        outcome = Outcome.REJECTED if ended is Stage.REJECTED else Outcome.INVALID
        return _not_run(outcome, cpu_us, answer.reason)
    outcome = Outcome.CRASHED
    if answer.how == TIMED_OUT:
        outcome = Outcome.TIMED_OUT
    elif says_no_memory(answer.said) or answer.how == NO_MEMORY:
        outcome = Outcome.OUT_OF_MEMORY
    where = _COMPILING if ended is Stage.COMPILING else ""
    return _not_run(outcome, cpu_us, where + _death(answer))


def _not_run(outcome: Outcome, cpu_us: int, reason: str) -> Ran:
    return Ran(outcome, None, known=False, ending="", output=b"", cpu_us=cpu_us, reason=reason)


def _death(answer: ProgramAnswer) -> str:
    said = answer.said.strip()
    return f"{answer.how}: {telling_line(said)}" if said else answer.how


def run_programs(
    sandbox: Sandbox,
    module: bytes,
    pass_lists: Sequence[str],
    *,
    known: Collection[int] = (),
    wall_s: float = 2.0,
) -> list[Ran]:
    """Run a whole program (bitcode or text with a `main`) under each list.

    A list is applied whole, as `opt` does; "" leaves the program as it is. Of many programs,
    `Programs` saves a session each. Raises BadModule where the program itself cannot be read,
    MachineFault, and RunningRefused.
    """
    with Programs(sandbox, wall_s=wall_s) as programs:
        return [programs.run(module, one, known=known) for one in pass_lists]


def lock(sandbox: Sandbox) -> str:
    """What locks foreign code in on this machine, such as "seccomp, Landlock 7".

    Raises RunningRefused where nothing does, and MachineFault.
    """
    with sandbox.session() as session:
        return session.lock()


def compare(
    sandbox: Sandbox, before: str, afters: Sequence[str], *, seed: int, inputs: int = 32
) -> list[Compared]:
    """Execute a function before and after pass lists on the same generated inputs.

    `before` and `afters` are IR texts of one-function modules. The same arguments give the same
    answer. Raises BadModule where `before` is no module, MachineFault, RunningRefused, and what
    `shared_object` raises.
    """
    request = CompareRequest(
        harness=str(harness(sandbox.toolchain)),
        before=before,
        afters=tuple(afters),
        seed=seed,
        inputs=inputs,
        unlocked=os.environ.get(UNLOCKED) == "1",
    )
    try:
        with sandbox.session() as session:
            answers = session.compare(request)
    except ModuleLost as lost:
        if len(afters) == 1:
            return [Compared("inconclusive", 0, f"LLVM ended: {lost}", None, 0)]
        # One of them ended LLVM; which one, each shows by itself.
        return [
            one
            for after in afters
            for one in compare(sandbox, before, [after], seed=seed, inputs=inputs)
        ]
    return [
        Compared(one.verdict, one.inputs, one.reason, one.input_seed, one.cpu_us) for one in answers
    ]
