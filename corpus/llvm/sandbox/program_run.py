"""A whole program under one pass list: applied, hashed, compiled, and its `main` run in a runner.

All of it happens in one fork of the session's child, which becomes the runner: so no program leaves
anything behind for the next, whatever LLVM or the program does, and one session serves any number
of them. The request's body is read in the fork, too; the child's own heap stays as it was, and the
same request gets the same answer whatever came before.
"""

import os
from collections.abc import Callable

from corpus.errors import BadModule
from corpus.llvm import ruler
from corpus.llvm.jit import Jit, NotLinked
from corpus.llvm.library import Library, Machines, PassListRejected, Pointer
from corpus.llvm.sandbox import protocol
from corpus.llvm.sandbox.program_frames import (
    HEAD_BYTES,
    ProgramAnswer,
    ProgramRequest,
    Stage,
    limits_of,
    pack_notes,
)
from corpus.llvm.sandbox.runner import Runner
from corpus.llvm.sandbox.whole_program import WholeProgram

_BITCODE = b"BC\xc0\xde"
MESSAGES = 2  # the descriptor that LLVM complains to
MOST_SAID = 2000

FAILURES = (BadModule, NotLinked, PassListRejected)
"""What a program or a list may come to before it runs."""


def failed(stage: Stage, error: Exception) -> Stage:
    """Which end an error makes of a stage."""
    if isinstance(error, PassListRejected):
        return Stage.REJECTED
    ends = {Stage.READING: Stage.BAD, Stage.APPLYING: Stage.INVALID}
    return ends.get(stage, Stage.NOT_LINKED)


class ProgramRuns:
    """Serves the requests for whole programs of one session; made at the first of them."""

    def __init__(
        self, library: Library, machines: dict[str, Machines], requests: int, *, unlocked: bool
    ) -> None:
        """Warm up what every program needs. Raises RunningRefused."""
        self.library = library
        self._machines = machines
        self.requests = requests
        self.runner = Runner(unlocked=unlocked)
        self.whole = WholeProgram(library, Jit(library))
        self._at = (Stage.READING, 0)

    def serve(self, head: bytes, length: int) -> bytes:
        """The body of the answer to a request of `length` bytes, of which `head` was read."""
        apply_s, wall_s, _ = limits_of(head)
        said_before = os.fstat(MESSAGES).st_size
        self._note(Stage.READING)

        def prepare() -> Callable[[], int] | None:
            rest = protocol.read_exactly(self.requests, length - HEAD_BYTES)
            return self._prepare(ProgramRequest.unpack(head + rest))

        ended = self.runner.run_prepared(prepare, prepare_s=apply_s, wall_s=wall_s)
        return ProgramAnswer.of_notes(
            self.runner.notes[:],
            ended.how,
            os.pread(MESSAGES, MOST_SAID, said_before),
            self.runner.output() if ended.ran else b"",
            ended.cpu_us,
        ).pack()

    def _note(self, stage: Stage, state_hash: int = 0, reason: str = "") -> None:
        self._at = (stage, state_hash)
        said = pack_notes(stage, state_hash, reason)
        self.runner.notes[: len(said)] = said

    def _prepare(self, request: ProgramRequest) -> Callable[[], int] | None:
        """In the fork: everything up to the jump; None where there is nothing to run."""
        library = self.library
        try:
            module = self.parse(request.module)
            self._note(Stage.APPLYING)
            self.apply(module, request.pass_list)
            state_hash = ruler.state_hash(library, module)
            if state_hash in request.known:
                self._note(Stage.KNOWN, state_hash)
                return None
            self._note(Stage.COMPILING, state_hash)
            enter = self.whole.link(module)
        except FAILURES as error:
            stage, state_hash = self._at
            self._note(failed(stage, error), state_hash, str(error))
            return None
        self._note(Stage.RUNNING, state_hash)
        return lambda: self._run(enter)

    def _run(self, enter: Callable[[], int]) -> int:
        self.whole.ending.end(enter())
        return 0

    def parse(self, given: bytes) -> Pointer:
        """The module without local names, as every state is hashed. Raises BadModule."""
        library = self.library
        if not given.startswith(_BITCODE):
            named = library.parse(library.context(keep_names=True), given)
            given = library.bitcode(named)
        module = library.parse(library.context(), given)
        triple = library.triple(module)
        here = library.default_triple()
        if triple and triple.partition("-")[0] != here.partition("-")[0]:
            raise BadModule(f"a program for {triple} does not run on {here}")
        if triple not in self._machines:
            self._machines[triple] = library.machines(triple)
        return module

    def apply(self, module: Pointer, pass_list: str) -> None:
        """Raises PassListRejected, and BadModule when the verifier complains afterwards."""
        library = self.library
        if pass_list:
            machine = self._machines[library.triple(module)].passes
            library.run_passes(module, pass_list.encode(), machine)
        fault = library.fault(module)
        if fault is not None:
            raise BadModule(f"the verifier says: {fault}")
