"""The gate's programs under pass lists: each state of each program is run once, and remembered."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from autotune.gate.cache import MOST_STATES, GateCache
from autotune.gate.suite import Program
from corpus.llvm.execution import Program as OneProgram
from corpus.llvm.execution import Programs, Ran
from corpus.llvm.measurement import Outcome
from corpus.llvm.program_module import NoModule
from corpus.llvm.sandbox.supervisor import Sandbox

WALL_S: Final = 0.5
"""Seconds that a program may run, a hundred times what it takes; three times as long before it is
believed to hang."""

RIGHT, WRONG_OUTPUT = "", "prints something else"
GOOD_ENDING = "exit 0"

TOGETHER: Final = 40
"""Programs that are run under a list before anybody asks whether to go on: where a list makes all
of them hang, each of them takes seconds."""


@dataclass(frozen=True, slots=True)
class Found:
    """One program under one list.

    `ending`: RIGHT, WRONG_OUTPUT, or how it ended instead ("SIGSEGV", "timed out"); `failure`: why
    LLVM did not get so far as to run it; `rejected`: because the list's text means nothing to it.
    """

    ending: str = RIGHT
    failure: str = ""
    rejected: bool = False


class ProgramRuns:
    """The programs that run on this machine, their modules, and what is known of their states."""

    def __init__(self, sandbox: Sandbox, programs: Sequence[Program], cache: GateCache) -> None:
        """Compile and run unoptimised what the cache does not have.

        Raises ToolchainMissing where there is no clang, MachineFault and RunningRefused.
        """
        self._sandbox = sandbox
        self._cache = cache
        self._open: Programs | None = None
        self._states = cache.states()
        self._fresh: list[tuple[str, int, str]] = []
        self.cpu_us = 0
        known = cache.modules()
        missing = [one for one in programs if one.name not in known]
        if missing:
            known |= self._referred(missing)
        self._references = {one.name: known[one.name] for one in programs if one.name in known}

    @property
    def names(self) -> Sequence[str]:
        """Of all programs that can be judged."""
        return tuple(self._references)

    def module(self, name: str) -> bytes:
        """The unoptimised module of a program. Raises KeyError."""
        return self._references[name][0]

    @contextmanager
    def session(self) -> Iterator[None]:
        """What is run inside shares one session of the sandbox; what it found is kept after."""
        with Programs(self._sandbox, wall_s=WALL_S) as self._open:
            yield
        self._open = None
        self._cache.keep_states(self._fresh)
        self._fresh.clear()

    def run(self, name: str, pass_list: str) -> Found:
        """One program under one list, in a session. Raises MachineFault and RunningRefused."""
        assert self._open is not None
        module, output = self._references[name]
        states = self._states.setdefault(name, {})
        return self._found(name, self._open.run(module, pass_list, known=states), output)

    def run_all(self, pass_list: str) -> Iterator[tuple[str, Found]]:
        """All programs under one list, in a session; it goes on as it is asked for more.

        Raises as `run` does.
        """
        assert self._open is not None
        for first in range(0, len(self.names), TOGETHER):
            names = self.names[first : first + TOGETHER]
            references = [self._references[name] for name in names]
            given = [
                OneProgram(module, output, GOOD_ENDING, self._states.setdefault(name, {}))
                for name, (module, output) in zip(names, references, strict=True)
            ]
            for name, one, ran in zip(
                names, given, self._open.run_all(given, pass_list), strict=True
            ):
                yield name, self._found(name, ran, one.output)

    def _found(self, name: str, ran: Ran, output: bytes) -> Found:
        """What a run says; a state that is new is remembered."""
        states = self._states[name]
        self.cpu_us += ran.cpu_us
        if ran.outcome is not Outcome.OK:
            failure = f"{ran.outcome}: {ran.reason}"
            return Found(failure=failure, rejected=ran.outcome is Outcome.REJECTED)
        assert ran.state_hash is not None
        if not ran.known:
            right = ran.ending == GOOD_ENDING and ran.output == output
            same_end = WRONG_OUTPUT if ran.ending == GOOD_ENDING else ran.ending
            states[ran.state_hash] = RIGHT if right else same_end
            self._fresh.append((name, ran.state_hash, states[ran.state_hash]))
            if len(states) > MOST_STATES:
                del states[next(iter(states))]
        return Found(states[ran.state_hash])

    def _referred(self, programs: Sequence[Program]) -> dict[str, tuple[bytes, bytes]]:
        """Modules and outputs of those that compile here and end well."""
        made: dict[str, tuple[bytes, bytes]] = {}
        with Programs(self._sandbox, wall_s=WALL_S) as runs:
            for program in programs:
                try:
                    module = program.module(self._sandbox.toolchain)
                except NoModule:  # a header or a library that this machine lacks
                    continue
                ran = runs.run(module, "")
                self.cpu_us += ran.cpu_us
                if ran.ending == GOOD_ENDING:
                    made[program.name] = (module, ran.output)
        self._cache.keep_modules(made)
        return made
