"""One search on one function: baselines, the strategy's lists, and the answer they settle for.

Runs in a worker. All counts come from the sandbox, and what beats `-Oz` also from the real `opt`
(`settle.py`): only a count that its processes repeat, with randomised addresses, becomes a label,
and only of a list that the gate does not refute.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from autotune.errors import AutotuneError
from autotune.gate.verdict import Gate, Judgement
from autotune.search.base import Evaluation, PassIds, Strategy
from autotune.settle import Searched, Settling, Winner
from corpus.llvm.baselines import OZ, without_size_attributes
from corpus.llvm.measurement import Measurement, Outcome
from corpus.llvm.passes import PassSpace
from corpus.llvm.sandbox.supervisor import Sandbox, Session

BATCH = 64
"""Lists asked for at once: as many as one request to the sandbox carries."""


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
class SearchResult:
    """All that one search saw.

    `evaluations` is what the strategy asked for, in order; `compilations` counts these and the
    baselines, the minimisation's and the real `opt`'s too; `judgements` are the gate's, and those
    on lists that `opt` does not repeat.
    """

    winner: Winner
    oz: Measurement
    oz_plain: Measurement
    evaluations: Sequence[Evaluation]
    compilations: int
    judgements: Sequence[Judgement] = ()


def search_function(  # noqa: PLR0913 - each is one thing that decides the result
    sandbox: Sandbox,
    space: PassSpace,
    strategy_for: Callable[[Measurement], Strategy],
    ir: str,
    *,
    objective: str,
    budget: Budget,
    function_id: str = "",
    gate: Gate | None = None,
) -> SearchResult:
    """Search one function in a fresh sandbox child; what wins is judged by `gate`, if there is one.

    `strategy_for` makes the strategy when -Oz's measurement is known.

    Raises NoBaseline, and MachineFault when the search has to start again from its seed.
    """
    with sandbox.session() as session:
        search = _Search(session, space, ir, objective)
        oz, oz_plain, evaluations = search.run(strategy_for, budget)
        texts = [one.text for one in space.passes]
        searched = Searched(function_id, ir, texts, objective, oz, evaluations)
        settling = Settling(sandbox, searched, gate)
        answer = settling.answer(session)
    winner = settling.settled(answer)
    compilations = search.compilations + settling.compilations
    return SearchResult(winner, oz, oz_plain, evaluations, compilations, settling.judgements)


class _Search:
    def __init__(self, session: Session, space: PassSpace, ir: str, objective: str) -> None:
        self._session = session
        self._texts = [one.text for one in space.passes]
        self._ir = ir
        self._objective = objective
        self.compilations = 0
        self._spent_us = 0

    def run(
        self, strategy_for: Callable[[Measurement], Strategy], budget: Budget
    ) -> tuple[Measurement, Measurement, Sequence[Evaluation]]:
        """-Oz, -Oz without size attributes, and all that the strategy asked for."""
        own_started = time.process_time()
        evaluations: list[Evaluation] = []
        oz_plain = self._baseline(without_size_attributes(self._ir))
        oz = self._baseline(self._ir)
        strategy = strategy_for(oz)
        while True:
            cpu_s = self._spent_us / 1e6 + time.process_time() - own_started
            asked = strategy.ask(budget.next_batch(len(evaluations), cpu_s))
            if not asked:
                return oz, oz_plain, evaluations
            told = self._evaluate(asked)
            evaluations += told
            strategy.tell(told)

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
            [",".join([self._texts[one] for one in pass_ids]) for pass_ids in asked],
            with_object=self._objective == "object_bytes",
        )
        for measurement in measurements:
            self._count(measurement)
        return [Evaluation(*pair) for pair in zip(asked, measurements, strict=True)]

    def _count(self, measurement: Measurement) -> None:
        self.compilations += 1
        self._spent_us += measurement.cpu_us
