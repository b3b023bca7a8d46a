"""Rounds of inputs through variants of a function, in locked runners.

One runner takes the instrumented copy and the references through all inputs; each pass list's
result has a runner of its own. A variant that ends its runner is data: the next runner goes on
behind that input.
"""

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from corpus.llvm.sandbox import harness_memory as harness
from corpus.llvm.sandbox.harness_memory import Harness
from corpus.llvm.sandbox.observation import Seen, Unset, difference, undefined_bytes
from corpus.llvm.sandbox.runner import Runner
from corpus.llvm.sandbox.variants import Linker, Variant

_ATTEMPTS = 48
"""Times an input is mended before it is given up."""

_RUN_S = 600.0
"""Processor time ends what does not end: a run's (`harness/run.c`), else the runner's. Wall time
does only where even that does not hold, so a busy machine accuses nobody."""

_MOST_RUNNERS = 4


@dataclass(frozen=True, slots=True)
class Expected:
    """What the references did on one input that counts."""

    number: int
    seen: Seen
    unset: Unset


@dataclass(frozen=True, slots=True)
class _Step:
    """A variant's way through the inputs; `run` begins at an input, `row` is where records go."""

    variant: Variant
    row: int
    run: Callable[[int], object]


class Rounds:
    """The rounds of one function. `tried`: inputs that were made; `cpu_us`: what runners took."""

    def __init__(self, loaded: Harness, runner: Runner, linker: Linker) -> None:
        self._harness = loaded
        self._runner = runner
        self._linker = linker
        self._plans = b""
        self._result_bytes = loaded.description.result_bytes
        self.tried = 0
        self.cpu_us = 0

    def references(
        self, instrumented: Variant, references: Sequence[Variant], wanted: int
    ) -> list[Expected]:
        """Have the instrumented copy shape `wanted` inputs.

        Those are returned that two of its runs and all references see alike.
        """
        library, shared = self._harness.library, self._harness.shared
        self.tried = wanted
        self._clear()
        steps = [
            _Step(
                instrumented,
                harness.FIRST_FILL,
                lambda from_: library.pl_plan(from_, wanted, _ATTEMPTS),
            )
        ]
        for row, variant in enumerate(references, harness.VARIANTS):
            steps.append(self._following(variant, row))
        dead = self._take(steps)
        expected = []
        for number in range(wanted):
            if shared.plan[number].usable != 1 or (harness.FIRST_FILL, number) in dead:
                continue
            one = self._seen(harness.FIRST_FILL, number, dead)
            unset = undefined_bytes(one, self._seen(harness.SECOND_FILL, number, dead))
            if unset is not None and not any(
                difference(one, self._seen(step.row, number, dead), unset) for step in steps[1:]
            ):
                expected.append(Expected(number, one, unset))
        self._plans = ctypes.string_at(ctypes.addressof(shared.plan), ctypes.sizeof(shared.plan))
        return expected

    def follow(self, variants: Sequence[Variant], numbers: Sequence[int]) -> list[dict[int, Seen]]:
        """What each of a few variants does on these inputs, one after the other in one runner."""
        shared = self._harness.shared
        self._clear()
        # What foreign code wrote over is made good before anyone reads it.
        ctypes.memmove(ctypes.addressof(shared.plan), self._plans, len(self._plans))
        wanted = set(numbers)
        for number in range(harness.MOST_INPUTS):
            shared.plan[number].usable = int(number in wanted)
        steps = [self._following(one, row) for row, one in enumerate(variants, harness.VARIANTS)]
        dead = self._take(steps)
        return [
            {number: self._seen(step.row, number, dead) for number in numbers} for step in steps
        ]

    def traps(self) -> list[int]:
        """For each input that was tried, what ended the instrumented copy; 0 for nothing."""
        plans = self._harness.shared.plan
        return [plans[number].trap for number in range(self.tried) if plans[number].attempts]

    def _following(self, variant: Variant, row: int) -> _Step:
        follow = self._harness.library.pl_follow
        return _Step(variant, row, lambda from_: follow(from_, harness.MOST_INPUTS, row))

    def _clear(self) -> None:
        for row in self._harness.shared.records:
            for record in row:
                record.ending = harness.NOT_RUN

    def _seen(self, row: int, number: int, dead: dict[tuple[int, int], str]) -> Seen:
        how = dead.get((row, number))
        if how is not None:
            return Seen.dead(how)
        return Seen.of(self._harness.shared.records[row][number], self._result_bytes)

    def _take(self, steps: list[_Step]) -> dict[tuple[int, int], str]:
        """Take the steps in runners; (row, input) → how a runner ended on it."""
        shared = self._harness.shared
        dead: dict[tuple[int, int], str] = {}
        at = from_ = 0
        for _ in range(_MOST_RUNNERS):
            shared.done, shared.progress = 0, from_
            how = self._run(steps[at:], from_)
            done = min(shared.done, len(steps) - at)
            if done == len(steps) - at:
                return dead
            at, from_ = at + done, from_ if done == 0 else 0
            from_ = min(max(shared.progress, from_ + 1), harness.MOST_INPUTS)
            dead[steps[at].row, from_ - 1] = how
        return dead

    def _run(self, steps: list[_Step], from_: int) -> str:
        library = self._harness.library

        def enter() -> int:
            library.pl_catch()
            for number, step in enumerate(steps):
                self._linker.enter(step.variant)
                step.run(0 if number else from_)
            return 0

        ended = self._runner.run(enter, wall_s=_RUN_S)
        self.cpu_us += ended.cpu_us
        return ended.how
