"""Any sampler of Optuna as a strategy: `optuna:tpe`, `optuna:nsgaii`, `optuna:random` and so on.

A list is K slots, each with one of the passes or none, and the number of slots that are used: with
one choice in 160 for nothing, lists would nearly always be as long as they may.

Optuna was made for objectives that take minutes; a pass list takes half a millisecond, so what a
sampler costs is kept down in three ways. Its studies are in memory. Its categorical distribution,
which compares all choices with all choices and copies them for each slot of each trial, is replaced
by one of numbers that are their own indices (twelve slots of 160 choices: 0.4 ms per list in place
of 2.5 for `random`, 0.45 in place of 4.3 for `nsgaii`). And where the cost grows with the number of
trials, as with TPE, a study ends after a window of trials, and the next begins with the best of all
that is known: 2 to 4 ms per list at any time, where one study costs 16 at trial 100 and 100 at
trial 2,000. That is still more than an evaluation.

A study cannot be written down and read back with all that its sampler remembers. So the state holds
what was answered since the study began, and `restore` asks and tells it all again; the samplers are
seeded and have no other source of chance.
"""

import warnings
from collections.abc import Callable, Sequence
from typing import Any, Final, Self, cast

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler
from optuna.trial import Trial, TrialState, create_trial

from autotune.errors import BadOption
from autotune.search.base import PassIds, Problem
from autotune.search.generations import Answer, GenerationalSearch
from autotune.search.moves import Moves
from autotune.search.starts import starting_lists

SLOTS: Final = 12
"""Longest list. Winners of searches without a limit have fewer passes once minimised."""

USED: Final = "used"
"""The parameter that says how many slots a list has; those after them are left out."""

WIDTH: Final = 8
"""Trials drawn before any of them is answered."""

WINDOW: Final = 120
"""Trials of one study of TPE, of which..."""

KEPT: Final = 24
"""...so many are the best from before; as many lists begin the very first study."""

FIRST_LENGTH: Final = 9
"""Passes of the longest list that is drawn to begin with, so that samplers see empty slots."""

DRAWS: Final = 4
"""Trials drawn at most for each new list that is wanted: a sampler at rest repeats itself."""

GROWING: Final = frozenset({"tpe"})
"""Samplers whose cost per trial grows with the trials before it."""

REFUSED: Final = {
    "cmaes": "it draws categorical choices at random, as optuna:random does at less cost",
    "qmc": "it draws categorical choices at random, as optuna:random does at less cost",
    "gp": "its Gaussian process takes half a second per list, a thousand times an evaluation",
    "grid": "the grid of all pass lists has no end",
    "partialfixed": "it is a part of other samplers",
}


# Each study that begins would otherwise be a line on standard error.
optuna.logging.set_verbosity(optuna.logging.WARNING)


class _Slot(CategoricalDistribution):
    """Choices 0 to n - 1, which are their own indices: never compared, searched or copied."""

    def __init__(self, choices: int) -> None:
        super().__init__(tuple(range(choices)))

    def to_internal_repr(self, param_value_in_external_repr: Any) -> Any:  # noqa: ANN401 - Optuna's
        return param_value_in_external_repr

    def to_external_repr(self, param_value_in_internal_repr: float) -> Any:  # noqa: ANN401
        return int(param_value_in_internal_repr)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Slot) and len(other.choices) == len(self.choices)

    def __hash__(self) -> int:
        return hash(len(self.choices))

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self


class OptunaSearch(GenerationalSearch):
    """A sampler over slots."""

    def __init__(self, problem: Problem, sampler: str) -> None:
        """Raise BadOption for a sampler that Optuna lacks or that cannot draw pass lists."""
        super().__init__(problem)
        self.name = f"optuna:{sampler}"
        options = problem.options
        self._slots = int(options.get("slots", SLOTS))
        self._width = int(options.get("width", WIDTH))
        self._window = int(options.get("window", WINDOW if sampler in GROWING else 0))
        self._sampler = _sampler_class(sampler)
        self._none = len(problem.space.passes)
        self._levels = frozenset(one.pass_id for one in problem.space.meta)
        self._space: dict[str, BaseDistribution] = {
            f"slot_{number}": _Slot(self._none + 1) for number in range(self._slots)
        }
        self._space[USED] = IntDistribution(1, self._slots)
        self._longest_drawn = min(FIRST_LENGTH, self._slots)
        self._moves = Moves(problem, self.random)
        self._first = self._first_lists(problem)
        self._known: dict[PassIds, Answer] = {}
        self._drawn: dict[PassIds, list[Trial]] = {}
        self._begin(0)

    def generation(self) -> Sequence[PassIds]:
        """Lists that no trial came down to before; a known list is told the sampler at once."""
        self._drawn = {}
        for _ in range(self._width * DRAWS):
            trial = self._study.ask(self._space)
            pass_ids = self._list_of(trial)
            if pass_ids in self._known or not pass_ids:
                self._tell(trial, self._known.get(pass_ids))
            else:
                self._drawn.setdefault(pass_ids, []).append(trial)
            if len(self._drawn) == self._width:
                break
        if not self._drawn:
            # The sampler has come to rest on what is known; so it is shown something else.
            other = self.unasked(lambda: self._moves.fresh_list(self._longest_drawn), ())
            self._drawn = {other: []} if other else {}
        return list(self._drawn)

    def learn(self, answers: Sequence[Answer]) -> None:
        """Tell the study; begin a new one when its window is full."""
        for answer in answers:
            self._known[answer.pass_ids] = answer
            trials = self._drawn[answer.pass_ids]
            for trial in trials:
                self._tell(trial, answer)
            if not trials and answer.value is not None:
                self._show(answer)
        self._drawn = {}
        self._since.append([answer.pass_ids for answer in answers])
        # Trials that came down to known lists cost as much as others.
        if self._window and len(self._study.get_trials(deepcopy=False)) >= self._window:
            self._begin(self._number + 1)

    def own_state(self) -> Any:  # noqa: ANN401 - see the base class
        """All answers, and which of them the study under way was told, in their generations."""
        return {
            "study": self._number,
            "known": [one.plain() for one in self._known.values()],
            "since": [[list(one) for one in generation] for generation in self._since],
            "drawn": bool(self._drawn),
        }

    def restore_own(self, state: Any) -> None:  # noqa: ANN401 - see the base class
        """Ask and tell the study under way again."""
        known = [Answer.of_plain(one) for one in state["known"]]
        since = [[tuple(one) for one in generation] for generation in state["since"]]
        told = {pass_ids for generation in since for pass_ids in generation}
        answers = {one.pass_ids: one for one in known}
        self._known = {one.pass_ids: one for one in known if one.pass_ids not in told}
        self._begin(state["study"])
        for generation in since:
            self.generation()
            self.learn([answers[pass_ids] for pass_ids in generation])
        if state["drawn"]:
            self.generation()

    def _begin(self, number: int) -> None:
        """Begin the study of this number with the best of what is known."""
        self._study = optuna.create_study(sampler=self._new_sampler(number))
        self._number = number
        self._since: list[list[PassIds]] = []
        ok = [one for one in self._known.values() if one.value is not None]
        for one in sorted(ok, key=Answer.rank)[:KEPT]:
            self._show(one)
        if number == 0:
            for pass_ids in self._first:
                self._study.enqueue_trial(self._params(pass_ids))

    def _show(self, answer: Answer) -> None:
        """Make an answer a trial of the study that it did not draw itself."""
        params = self._params(answer.pass_ids)
        self._study.add_trial(
            create_trial(value=answer.value, params=params, distributions=self._space)
        )

    def _new_sampler(self, number: int) -> BaseSampler:
        with warnings.catch_warnings():
            # Whoever names a sampler wants that one, experimental or not.
            warnings.simplefilter("ignore", ExperimentalWarning)
            return self._sampler(seed=(self.problem.seed + number) % 2**32)

    def _tell(self, trial: Trial, answer: Answer | None) -> None:
        """What is empty or failed is a failed trial, from which samplers learn nothing."""
        if answer is None or answer.value is None:
            self._study.tell(trial, state=TrialState.FAIL)
        else:
            self._study.tell(trial, answer.value)

    def _list_of(self, trial: Trial) -> PassIds:
        """The passes of a trial's slots; of a level that comes twice, the first."""
        entries: list[int] = []
        for number in range(trial.params[USED]):
            entry: int = trial.params[f"slot_{number}"]
            if entry != self._none and not (entry in self._levels and entry in entries):
                entries.append(entry)
        return tuple(entries)

    def _params(self, pass_ids: PassIds) -> dict[str, int]:
        padded = [*pass_ids, *[self._none] * (self._slots - len(pass_ids)), len(pass_ids)]
        return dict(zip(self._space, padded, strict=True))

    def _first_lists(self, problem: Problem) -> list[PassIds]:
        """What the first study begins with: known lists that fit, then short random ones."""
        known = starting_lists(problem, KEPT * 2 // 3)
        lists = [one for one in known if len(one) <= self._slots]
        while len(lists) < KEPT:
            lists.append(self._moves.fresh_list(self._longest_drawn))
        return lists


def optuna_factory(sampler: str) -> Callable[[Problem], OptunaSearch]:
    """The maker of searches with this sampler. Raises BadOption for one that there is not."""
    _sampler_class(sampler)
    return lambda problem: OptunaSearch(problem, sampler)


def _sampler_class(name: str) -> Callable[..., BaseSampler]:
    """Optuna's class of this name: `tpe` is TPESampler."""
    if name in REFUSED:
        raise BadOption(f"--strategy optuna:{name}: {REFUSED[name]}")
    known = {
        one.removesuffix("Sampler").lower(): one
        for one in optuna.samplers.__all__
        if one.endswith("Sampler") and not one.startswith("Base")
    }
    if name not in known:
        offered = ", ".join(f"optuna:{one}" for one in sorted(known.keys() - REFUSED.keys()))
        raise BadOption(f"--strategy optuna:{name}: there is {offered}")
    return cast("Callable[..., BaseSampler]", getattr(optuna.samplers, known[name]))
