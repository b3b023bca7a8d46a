"""One search on one function: baselines, the strategy's lists, minimisation, confirmation.

Runs in a worker. All counts come from the sandbox, and what beats `-Oz` also from the real `opt`:
only a count that its processes repeat, with randomised addresses, becomes a label.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from autotune.errors import AutotuneError
from autotune.search.base import Evaluation, PassIds, Strategy, measured
from autotune.search.canonical import ranked
from autotune.search.minimise import shortest
from corpus.llvm.baselines import OZ, without_size_attributes
from corpus.llvm.measurement import Measurement, Outcome
from corpus.llvm.passes import PassSpace
from corpus.llvm.reference import refer
from corpus.llvm.sandbox.supervisor import Sandbox

BATCH = 64
"""Lists asked for at once: as many as one request to the sandbox carries."""

MOST_CONFIRMATIONS = 8
"""Candidates of one function that are taken to the real `opt` before -Oz is settled for."""


class NoBaseline(AutotuneError, RuntimeError):
    """`-Oz` itself does not come to an end on this function, so nothing can be compared."""


@dataclass(frozen=True)
class Budget:
    """What a strategy may spend on one function: evaluations or CPU seconds, the other is None.

    Both are None where the strategy decides itself when it ends.
    """

    evaluations: int | None
    cpu_seconds: float | None

    def __post_init__(self) -> None:
        assert self.evaluations is None or self.cpu_seconds is None, self

    def next_batch(self, evaluations: int, cpu_s: float) -> int:
        """How many lists to ask for after so much was spent; 0 ends the search."""
        if self.evaluations is not None:
            return min(BATCH, self.evaluations - evaluations)
        if self.cpu_seconds is None:
            return BATCH
        return BATCH if cpu_s < self.cpu_seconds else 0


@dataclass(frozen=True)
class Winner:
    """The best confirmed list, or -Oz where nothing beats it.

    `stable` is None for -Oz: nothing is claimed, so nothing was confirmed.
    """

    pass_list: str
    num_passes: int
    measurement: Measurement
    optimised_ir: str
    stable: bool | None


@dataclass(frozen=True)
class SearchResult:
    """All that one search saw.

    `evaluations` is what the strategy asked for, in order; `compilations` counts these and the
    baselines, the minimisation's and the real `opt`'s too.
    """

    winner: Winner
    oz: Measurement
    oz_plain: Measurement
    evaluations: Sequence[Evaluation]
    compilations: int


def search_function(  # noqa: PLR0913 - each is one thing that decides the result
    sandbox: Sandbox,
    space: PassSpace,
    strategy_for: Callable[[Measurement], Strategy],
    ir: str,
    *,
    objective: str,
    budget: Budget,
) -> SearchResult:
    """Search one function in a fresh sandbox child.

    `strategy_for` makes the strategy when -Oz's measurement is known.

    Raises NoBaseline, and MachineFault when the search has to start again from its seed.
    """
    return _Search(sandbox, space, ir, objective).run(strategy_for, budget)


class _Search:
    def __init__(self, sandbox: Sandbox, space: PassSpace, ir: str, objective: str) -> None:
        self._sandbox = sandbox
        self._texts = [one.text for one in space.passes]
        self._ir = ir
        self._objective = objective
        self._compilations = 0
        self._spent_us = 0

    def run(self, strategy_for: Callable[[Measurement], Strategy], budget: Budget) -> SearchResult:
        own_started = time.process_time()
        evaluations: list[Evaluation] = []
        with self._sandbox.session() as self._session:
            oz_plain = self._baseline(without_size_attributes(self._ir))
            oz = self._baseline(self._ir)
            strategy = strategy_for(oz)
            while True:
                cpu_s = self._spent_us / 1e6 + time.process_time() - own_started
                asked = strategy.ask(budget.next_batch(len(evaluations), cpu_s))
                if not asked:
                    break
                told = self._evaluate(asked)
                evaluations += told
                strategy.tell(told)
            winner = self._settle(evaluations, oz)
        return SearchResult(winner, oz, oz_plain, evaluations, self._compilations)

    def _load(self, ir: str) -> None:
        self._session.load(ir.encode(errors="surrogateescape"))

    def _baseline(self, ir: str) -> Measurement:
        self._load(ir)
        (measurement,) = self._session.evaluate([OZ], with_object=True)
        self._count(measurement)
        if measurement.outcome is not Outcome.OK:
            raise NoBaseline(f"{OZ} {measurement.outcome}: {measurement.reason}")
        return measurement

    def _evaluate(self, asked: Sequence[PassIds]) -> list[Evaluation]:
        measurements = self._session.evaluate(
            [self._text(pass_ids) for pass_ids in asked],
            with_object=self._objective == "object_bytes",
        )
        for measurement in measurements:
            self._count(measurement)
        return [Evaluation(*pair) for pair in zip(asked, measurements, strict=True)]

    def _count(self, measurement: Measurement) -> None:
        self._compilations += 1
        self._spent_us += measurement.cpu_us

    def _text(self, pass_ids: PassIds) -> str:
        return ",".join([self._texts[one] for one in pass_ids])

    def _value(self, measurement: Measurement) -> int:
        value = measured(measurement, self._objective)
        assert value is not None, measurement
        return value

    def _settle(self, evaluations: Sequence[Evaluation], oz: Measurement) -> Winner:
        """Take what beats -Oz to the real `opt`, best first, until nothing left can be better.

        `opt` may hold a list and still count more than the sandbox did; then the next candidate,
        if the sandbox counts less for it than `opt` did for this one, has its turn too.
        """
        confirmed: Winner | None = None
        least = self._value(oz)
        tried: set[PassIds] = set()
        for candidate in self._candidates(evaluations, oz):
            if len(tried) == MOST_CONFIRMATIONS or self._value(candidate.measurement) >= least:
                break
            self._load(self._ir)
            minimised = shortest(candidate, self._evaluate, self._objective).evaluation.pass_ids
            if minimised in tried:
                continue
            tried.add(minimised)
            found = self._confirm(minimised)
            if found is not None and self._value(found.measurement) < least:
                confirmed, least = found, self._value(found.measurement)
        if confirmed is not None:
            return confirmed
        self._load(self._ir)
        return Winner(OZ, 1, oz, self._session.apply(OZ), stable=None)

    def _confirm(self, pass_ids: PassIds) -> Winner | None:
        """The list as the real `opt` measures it; None where it fails or does not repeat."""
        pass_list = self._text(pass_ids)
        reference = refer(self._session, self._sandbox.toolchain, self._ir, pass_list)
        self._compilations += reference.runs
        if not reference.stable or reference.measurement.outcome is not Outcome.OK:
            return None
        # The session holds what `opt` wrote: the very module whose count is recorded.
        written = self._session.apply("")
        return Winner(pass_list, len(pass_ids), reference.measurement, written, stable=True)

    def _candidates(
        self, evaluations: Sequence[Evaluation], oz: Measurement
    ) -> Sequence[Evaluation]:
        """What beats -Oz, the smallest first, each list once."""
        value = self._value(oz)
        better = [one for one in evaluations if one.ok and self._value(one.measurement) < value]
        return ranked(better, self._text, self._objective)
