"""From what a search saw to its answer: the best list that the real `opt` and the gate confirm.

Candidates are taken best first. One becomes the answer when `opt`, in processes with randomised
addresses, gives the same count twice, that count beats -Oz, and the gate does not refute it. A
refuted one makes room for the next best, and so does one that `opt` does not confirm; after
MOST_CONFIRMATIONS, and as many more as were refuted up to MOST_REFUTATIONS, -Oz is settled for.

What is wrong once is wrong again: candidates that hold a refuted list's passes in their order, or
that reach the state that a refuted list reached, are passed over.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from autotune.gate.verdict import (
    NOT_RUN,
    SAME_AS_OZ,
    Gate,
    Judgement,
    Kind,
    Verdict,
    state_of,
)
from autotune.search.base import Evaluation, PassIds, measured
from autotune.search.canonical import ranked
from autotune.search.minimise import shortest
from corpus.llvm.baselines import OZ
from corpus.llvm.measurement import Measurement, Outcome
from corpus.llvm.reference import Reference, refer
from corpus.llvm.sandbox.supervisor import Sandbox, Session

MOST_CONFIRMATIONS = 8
"""Candidates of one function that are taken to the real `opt` before -Oz is settled for."""

MOST_REFUTATIONS = 8
"""Refuted candidates of one function that each let one more be tried."""


@dataclass(frozen=True)
class Winner:
    """The best confirmed list, or -Oz where nothing beats it.

    `stable` is None for -Oz: nothing is claimed, so nothing was confirmed. `gate` is the gate's
    state, as `best` shows it.
    """

    pass_list: str
    num_passes: int
    measurement: Measurement
    optimised_ir: str
    stable: bool | None
    gate: str


@dataclass(frozen=True)
class Searched:
    """A function and what a search of it saw.

    `texts` are the passes of the space by id, `oz` is -Oz's measurement.
    """

    function_id: str
    ir: str
    texts: Sequence[str]
    objective: str
    oz: Measurement
    evaluations: Sequence[Evaluation]

    def text(self, pass_ids: PassIds) -> str:
        """A list as `opt` takes it."""
        return ",".join([self.texts[one] for one in pass_ids])

    def value(self, measurement: Measurement) -> int:
        """The objective's figure of a measurement that has one."""
        value = measured(measurement, self.objective)
        assert value is not None, measurement
        return value

    @cached_property
    def candidates(self) -> Sequence[Evaluation]:
        """What beats -Oz, the smallest first, each list once."""
        bar = self.value(self.oz)
        better = [one for one in self.evaluations if one.ok and self.value(one.measurement) < bar]
        return ranked(better, self.text, self.objective)


@dataclass(frozen=True)
class _Confirmed:
    pass_ids: PassIds
    winner: Winner


class Settling:
    """The way from candidates to an answer.

    `compilations` counts lists that were compiled on it, minimisation's and the real `opt`'s;
    `judgements` are the gate's, and those on lists that `opt` does not repeat, in order.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        searched: Searched,
        gate: Gate | None,
        refuted: Sequence[PassIds] = (),
    ) -> None:
        """`refuted` are lists that were refuted on this function, or on programs, before."""
        self._sandbox = sandbox
        self._searched = searched
        self._gate = gate
        self._left: Iterator[Evaluation] = iter(searched.candidates)
        self._next = next(self._left, None)
        self._tried: set[PassIds] = set()
        self._confirmed: list[_Confirmed] = []
        self._refuted = list(refuted)
        self._refuted_states: set[int | None] = set()
        self.compilations = 0
        self.judgements: list[Judgement] = []

    def answer(self, session: Session) -> Winner:
        """The best answer that nothing is known against; confirms candidates until it is found.

        Raises MachineFault, and BadModule and ModuleLost as loading the function does.
        """
        while self._next is not None and self._may_try(self._next):
            candidate, self._next = self._next, next(self._left, None)
            if not self._hopeless(candidate):
                self._try(session, candidate)
        if self._confirmed:
            return self._best().winner
        self._load(session)
        oz = self._searched.oz
        return Winner(OZ, 1, oz, session.apply(OZ), stable=None, gate=SAME_AS_OZ)

    def settled(self, answer: Winner | None = None) -> Winner:
        """The answer that the gate leaves standing, in sessions of its own.

        `answer` is what `answer` gave, if it was asked for already. The sandbox must be in no
        session. Raises as `answer` does.
        """
        while True:
            if answer is None:
                with self._sandbox.session() as session:
                    answer = self.answer(session)
            winner = self._judged(answer)
            if winner is not None:
                return winner
            answer = None

    def _judged(self, winner: Winner) -> Winner | None:
        """The winner with its gate's state; None where the gate refutes it."""
        if self._gate is None or winner.gate == SAME_AS_OZ:
            return winner
        searched = self._searched
        found = self._gate.judge(
            searched.function_id, searched.ir, winner.pass_list, winner.optimised_ir
        )
        self.judgements += found
        if not any(one.refutes for one in found):
            return Winner(
                winner.pass_list,
                winner.num_passes,
                winner.measurement,
                winner.optimised_ir,
                winner.stable,
                state_of(found),
            )
        refuted = self._best()
        assert refuted.winner == winner, winner
        self._confirmed.remove(refuted)
        self._refuted_states.add(winner.measurement.state_hash)
        self._refuted.append(refuted.pass_ids)
        self._refuted += self._guilty(found)
        return None

    def _guilty(self, found: Iterable[Judgement]) -> Iterator[PassIds]:
        by_text = {text: number for number, text in enumerate(self._searched.texts)}
        for one in found:
            if one.guilty and all(text in by_text for text in one.guilty):
                yield tuple(by_text[text] for text in one.guilty)

    def _may_try(self, candidate: Evaluation) -> bool:
        """Whether a candidate can be better than what is confirmed, and there are tries left."""
        most = MOST_CONFIRMATIONS + min(len(self._refuted_states), MOST_REFUTATIONS)
        value = self._searched.value
        least = value(self._best().winner.measurement if self._confirmed else self._searched.oz)
        return len(self._tried) < most and value(candidate.measurement) < least

    def _best(self) -> _Confirmed:
        """Of what is confirmed and not refuted the smallest; of equals the one found first."""
        return min(self._confirmed, key=lambda one: self._searched.value(one.winner.measurement))

    def _hopeless(self, candidate: Evaluation) -> bool:
        return candidate.measurement.state_hash in self._refuted_states or any(
            _holds(candidate.pass_ids, wrong) for wrong in self._refuted
        )

    def _try(self, session: Session, candidate: Evaluation) -> None:
        self._load(session)

        def evaluate(asked: Sequence[PassIds]) -> list[Evaluation]:
            return self._evaluate(session, asked)

        pass_ids = shortest(candidate, evaluate, self._searched.objective).evaluation.pass_ids
        if pass_ids in self._tried:
            return
        self._tried.add(pass_ids)
        found = self._confirm(session, pass_ids)
        value = self._searched.value
        if found is not None and value(found.measurement) < value(self._searched.oz):
            self._confirmed.append(_Confirmed(pass_ids, found))

    def _confirm(self, session: Session, pass_ids: PassIds) -> Winner | None:
        """The list as the real `opt` measures it; None where it fails or does not repeat."""
        pass_list = self._searched.text(pass_ids)
        said = refer(session, self._sandbox.toolchain, self._searched.ir, pass_list)
        self.compilations += said.runs
        if not said.stable:
            self.judgements.append(unstable(self._searched.function_id, pass_list, said))
            return None
        if said.measurement.outcome is not Outcome.OK:
            return None
        # The session holds what `opt` wrote: the very module whose count is recorded.
        written = session.apply("")
        return Winner(
            pass_list, len(pass_ids), said.measurement, written, stable=True, gate=NOT_RUN
        )

    def _load(self, session: Session) -> None:
        session.load(self._searched.ir.encode(errors="surrogateescape"))

    def _evaluate(self, session: Session, asked: Sequence[PassIds]) -> list[Evaluation]:
        measurements = session.evaluate(
            [self._searched.text(one) for one in asked],
            with_object=self._searched.objective == "object_bytes",
        )
        self.compilations += len(measurements)
        return [Evaluation(*pair) for pair in zip(asked, measurements, strict=True)]


def unstable(function_id: str, pass_list: str, said: Reference) -> Judgement:
    """The judgement on a list after which processes of `opt` do not count the same."""
    return Judgement(
        Kind.STABILITY,
        function_id,
        pass_list,
        Verdict.REFUTED,
        reason=f"opt gave {_figures(said.measurement)}, then {_figures(said.last)}",
    )


def _figures(measurement: Measurement) -> str:
    if measurement.outcome is not Outcome.OK:
        return measurement.outcome.value
    return f"{measurement.instructions} instructions ({measurement.object_bytes} bytes)"


def _holds(pass_ids: PassIds, wrong: PassIds) -> bool:
    """Whether the passes of `wrong` stand in `pass_ids` in their order, others between them."""
    rest = iter(pass_ids)
    return all(one in rest for one in wrong)
