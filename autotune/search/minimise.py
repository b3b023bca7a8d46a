"""Minimisation: the shortest list that dropping passes leads to, at no loss.

The paper drops passes that do not matter from each winner; so do we, with what states tell. The
beginnings of the list say where it was already as good as at its end, and which passes led from a
state back to the same one: nothing, and detours. What is left is shortened by single passes until
none can go. All lists of a round differ in one place and are asked for together, so that an engine
that shares beginnings runs few passes for them. A short list is cheaper to apply and easier to
explain.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from autotune.search.base import Evaluation, PassIds

EvaluateAll = Callable[[Sequence[PassIds]], Sequence[Evaluation]]
"""Evaluates lists, in order."""


@dataclass(frozen=True, slots=True)
class Shortest:
    """The shortest list that was found, and how many lists were evaluated to find it."""

    evaluation: Evaluation
    evaluations: int


def shortest(candidate: Evaluation, evaluate: EvaluateAll, objective: str) -> Shortest:
    """Drop passes from `candidate`, which is ok, as long as its value does not rise.

    No single pass of the result can go, and no beginning of it is as good; of two passes that could
    each go but not both, the later one goes. A list keeps at least one pass. For n passes at most
    n² lists are evaluated, and fewer than 2n where most of the passes do nothing.
    """
    search = _Minimisation(candidate, evaluate, objective)
    length = 0
    while length != len(search.best.pass_ids):
        length = len(search.best.pass_ids)
        search.cut_back()
        while search.drop_singles():
            pass
    return Shortest(search.best, search.evaluations)


class _Minimisation:
    def __init__(self, candidate: Evaluation, evaluate: EvaluateAll, objective: str) -> None:
        self.best = candidate
        self.evaluations = 0
        self._evaluate = evaluate
        self._objective = objective
        self._known = {candidate.pass_ids: candidate}

    def cut_back(self) -> None:
        """Leave out what comes after the best beginning, and detours on the way there."""
        pass_ids = self.best.pass_ids
        beginnings = self._told([pass_ids[:end] for end in range(1, len(pass_ids) + 1)])
        self._take(beginnings)
        way = beginnings[: len(self.best.pass_ids)]
        states = [one.measurement.state_hash for one in way]
        straight: list[int] = []
        position = 0
        while position < len(way):
            straight.append(pass_ids[position])
            # A failed beginning has no state: nothing leads back to it.
            state = states[position]
            last = len(states) - 1 - states[::-1].index(state) if state is not None else position
            position = last + 1
        self._take(self._told([tuple(straight)]))

    def drop_singles(self) -> bool:
        """Drop all single passes that can go, as far as they can go together; False if none can."""
        pass_ids = self.best.pass_ids
        if len(pass_ids) == 1:
            return False
        shorter = self._told([_without(pass_ids, {one}) for one in range(len(pass_ids))])
        can_go = [place for place, one in enumerate(shorter) if self._no_worse(one)]
        if not can_go:
            return False
        most = min(len(can_go), len(pass_ids) - 1)
        together = [set(can_go[-count:]) for count in range(1, most + 1)]
        # Those that go together come first: of equals, the first is taken.
        self._take([*self._told([_without(pass_ids, places) for places in together]), *shorter])
        return True

    def _told(self, lists: Sequence[PassIds]) -> list[Evaluation]:
        """The evaluations of these lists; none is evaluated twice."""
        new = [one for one in dict.fromkeys(lists) if one not in self._known]
        self.evaluations += len(new)
        self._known |= {one.pass_ids: one for one in (self._evaluate(new) if new else [])}
        return [self._known[one] for one in lists]

    def _take(self, found: Sequence[Evaluation]) -> None:
        """Go on from the best of `found` that is no worse; of equals, from the shortest."""
        no_worse = [one for one in found if self._no_worse(one)]
        self.best = min([*no_worse, self.best], key=self._rank)

    def _rank(self, one: Evaluation) -> tuple[int, int]:
        value = one.value(self._objective)
        assert value is not None, one
        return value, len(one.pass_ids)

    def _no_worse(self, one: Evaluation) -> bool:
        value, best = one.value(self._objective), self.best.value(self._objective)
        assert best is not None, self.best
        return value is not None and value <= best


def _without(pass_ids: PassIds, places: set[int]) -> PassIds:
    return tuple(one for place, one in enumerate(pass_ids) if place not in places)
