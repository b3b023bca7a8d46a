"""Many whole programs under one pass list, in one fork that becomes one runner.

What a fork costs is mostly memory that it touches first: LLVM's code and data, for each program
anew. One fork for a list pays that once. First the list is applied to every program, in the order
of the request and whatever is known, so that the states depend on the request alone; then what is
not known is compiled; then the process is locked and runs the programs one after the other.

Programs of a batch are not safe from each other: one that runs wild may make another fail. So what
a batch says of a program counts only where it is what was expected of it; whoever asked runs the
others alone (`program_run.py`).
"""

import mmap
import os
import struct
from collections.abc import Callable, Sequence

from corpus.llvm import ruler
from corpus.llvm.library import Pointer
from corpus.llvm.sandbox import protocol
from corpus.llvm.sandbox.lockdown import OUTPUT
from corpus.llvm.sandbox.program_frames import (
    HEAD_BYTES,
    BatchAnswer,
    BatchEntry,
    BatchRequest,
    Stage,
    count_of,
    limits_of,
)
from corpus.llvm.sandbox.program_run import FAILURES, MESSAGES, MOST_SAID, ProgramRuns, failed
from corpus.llvm.sandbox.whole_program import WholeProgram

_OUTPUT_BYTES = 4 << 20
_MOST_REASON = 200
_AT = struct.Struct("<i")
_FACT = struct.Struct(f"<Bq{_MOST_REASON}p")
_END = struct.Struct("<iI")
_NOT_ENDED = -1
_STATUSES = range(256)


class _Facts:
    """What preparing found, in shared memory that is given up before foreign code runs."""

    def __init__(self, count: int) -> None:
        self._memory = mmap.mmap(-1, _AT.size + count * _FACT.size)
        self.close = self._memory.close

    def note(self, index: int, stage: Stage, state_hash: int = 0, reason: str = "") -> None:
        self._memory[: _AT.size] = _AT.pack(index)
        place = _AT.size + index * _FACT.size
        _FACT.pack_into(self._memory, place, stage, state_hash, reason.encode()[:_MOST_REASON])

    @property
    def at(self) -> int:
        index: int = _AT.unpack_from(self._memory)[0]
        return index

    def of(self, index: int) -> tuple[Stage, int, str]:
        stage, state_hash, reason = _FACT.unpack_from(self._memory, _AT.size + index * _FACT.size)
        return Stage(stage), state_hash, reason.decode(errors="replace")


class _Ends:
    """How programs ended, in shared memory that the programs themselves could write to."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._memory = mmap.mmap(-1, _AT.size + count * _END.size)
        self.close = self._memory.close
        self.begin(-1)
        for index in range(count):
            self.end(index, _NOT_ENDED, 0)

    def begin(self, index: int) -> None:
        self._memory[: _AT.size] = _AT.pack(index)

    def end(self, index: int, status: int, output_end: int) -> None:
        _END.pack_into(self._memory, _AT.size + index * _END.size, status, output_end)

    @property
    def at(self) -> int | None:
        """The program that was begun last; None where that is none of them."""
        index: int = _AT.unpack_from(self._memory)[0]
        return index if 0 <= index < self._count else None

    def of(self, index: int) -> tuple[int | None, int]:
        status, output_end = _END.unpack_from(self._memory, _AT.size + index * _END.size)
        return (status if status in _STATUSES else None), output_end


class ProgramBatch:
    """Serves requests for batches; shares what is warm with `runs`."""

    def __init__(self, runs: ProgramRuns) -> None:
        self._runs = runs

    def serve(self, head: bytes, length: int) -> bytes:
        """The body of the answer to a request of `length` bytes, of which `head` was read."""
        runs, count = self._runs, count_of(head)
        apply_s, wall_s, _ = limits_of(head)
        said_before = os.fstat(MESSAGES).st_size
        facts, ends = _Facts(count), _Ends(count)

        def prepare() -> Callable[[], int] | None:
            rest = protocol.read_exactly(runs.requests, length - HEAD_BYTES)
            return self._prepare(BatchRequest.unpack(head + rest), facts, ends)

        ended = runs.runner.run_prepared(
            prepare, prepare_s=apply_s, wall_s=wall_s, output_bytes=_OUTPUT_BYTES
        )
        output = runs.runner.output() if ended.ran else b""
        entries, begin = [], 0
        for index in range(count):
            stage, state_hash, reason = facts.of(index)
            status, end = ends.of(index)
            entries.append(BatchEntry(stage, state_hash, status, reason, output[begin:end]))
            begin = max(begin, end)
        at = ends.at if ended.ran else facts.at
        whole = ended.how == "exit 0"
        said = os.pread(MESSAGES, MOST_SAID, said_before).decode(errors="replace")
        facts.close()
        ends.close()
        return BatchAnswer(entries, None if whole else at, ended.how, said, ended.cpu_us).pack()

    def _prepare(
        self, request: BatchRequest, facts: _Facts, ends: _Ends
    ) -> Callable[[], int] | None:
        """In the fork: everything up to the jump; None where there is nothing to run."""
        runs, changed = self._runs, list[tuple[int, Pointer, int]]()
        for index, (given, known) in enumerate(request.programs):
            runs.runner.begin_step()
            facts.note(index, Stage.READING)
            try:
                module = runs.parse(given)
                facts.note(index, Stage.APPLYING)
                runs.apply(module, request.pass_list)
            except FAILURES as error:
                stage, *_ = facts.of(index)
                facts.note(index, failed(stage, error), reason=str(error))
                continue
            state_hash = ruler.state_hash(runs.library, module)
            facts.note(index, Stage.KNOWN if state_hash in known else Stage.COMPILING, state_hash)
            if state_hash not in known:
                changed.append((index, module, state_hash))
        ready = []
        for index, module, state_hash in changed:
            runs.runner.begin_step()
            facts.note(index, Stage.COMPILING, state_hash)
            try:
                ready.append((index, runs.whole.link(module)))
            except FAILURES as error:
                facts.note(index, Stage.NOT_LINKED, state_hash, str(error))
            else:
                facts.note(index, Stage.RUNNING, state_hash)
        if not ready:
            return None
        sequence = _Sequence(runs.whole, ready, ends)

        def enter() -> int:
            facts.close()
            return sequence.run()

        return enter


class _Sequence:
    """Runs programs one after the other in this process, which is theirs by now."""

    def __init__(
        self, whole: WholeProgram, ready: Sequence[tuple[int, Callable[[], int]]], ends: _Ends
    ) -> None:
        self._ending = whole.ending
        self._ready = ready
        self._ends = ends
        self._position = 0

    def run(self) -> int:
        """Run all. Never returns."""
        self._ending.leave = self._leave
        return self._go_on()

    def _go_on(self) -> int:
        while self._position < len(self._ready):
            index, enter = self._ready[self._position]
            self._ends.begin(index)
            status = enter()
            self._ending.settle()
            self._record(status)
        os._exit(0)

    def _leave(self, status: int) -> int:
        """A program called `exit`: it stays on the stack, and the rest runs above it."""
        self._record(status)
        return self._go_on()

    def _record(self, status: int) -> None:
        index, _ = self._ready[self._position]
        self._ends.end(index, status & 0xFF, os.lseek(OUTPUT, 0, os.SEEK_CUR))
        self._position += 1
