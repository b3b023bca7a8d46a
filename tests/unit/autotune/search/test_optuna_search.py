import subprocess
import sys
from statistics import mean

import pytest

from autotune.errors import BadOption
from autotune.search.base import Evaluation, PassIds, Problem
from autotune.search.optuna_search import SLOTS, WINDOW, OptunaSearch
from autotune.search.registry import STRATEGIES, factory_of
from corpus.llvm.measurement import Measurement, Outcome
from corpus.llvm.passes import PassSpace

SPACE = PassSpace.load()
LONG = tuple(range(SLOTS + 1))


def problem(seed: int = 0, **options: int) -> Problem:
    return Problem(SPACE, seed, 40, "instructions", 26, coreset=((4, 5), LONG), options=options)


def few_of(pass_ids: PassIds) -> Evaluation:
    """The fewer passes, the smaller."""
    size = len(pass_ids)
    return Evaluation(pass_ids, Measurement(Outcome.OK, size, state_hash=size))


def played(strategy: OptunaSearch, lists: int) -> list[PassIds]:
    asked: list[PassIds] = []
    while len(asked) < lists:
        told = [few_of(one) for one in strategy.ask(lists - len(asked))]
        asked += [one.pass_ids for one in told]
        strategy.tell(told)
    return asked


def test_known_lists_that_fit_come_first_and_longer_ones_not() -> None:
    asked = played(OptunaSearch(problem(), "random"), 40)
    assert (4, 5) in asked[:8]
    assert LONG not in asked
    assert {len(one) for one in asked[:24]} > {1, 2, 5}


@pytest.mark.parametrize("sampler", ["tpe", "nsgaii", "nsgaiii", "bruteforce"])
def test_samplers_by_their_names_in_optuna(sampler: str) -> None:
    assert factory_of(f"optuna:{sampler}")(problem()).name == f"optuna:{sampler}"
    assert len(set(played(OptunaSearch(problem(), sampler), 30))) == 30


def test_tpe_learns_what_makes_it_smaller() -> None:
    learned, random = (
        mean([len(one) for one in played(OptunaSearch(problem(), sampler), 80)[40:]])
        for sampler in ("tpe", "random")
    )
    assert learned < random / 2


def test_a_study_of_tpe_ends_after_a_window_so_that_its_cost_does_not_grow() -> None:
    strategy = OptunaSearch(problem(), "tpe")
    played(strategy, WINDOW + 8)
    state = strategy.state()["own"]
    assert state["study"] == 1
    assert sum(map(len, state["since"])) < WINDOW
    assert len(state["known"]) == WINDOW + 8


def test_the_window_is_an_option() -> None:
    strategy = OptunaSearch(problem(window=40), "nsgaii")
    played(strategy, 80)
    assert strategy.state()["own"]["study"] == 3  # of 40 and then of 16 trials each


def test_a_sampler_at_rest_is_shown_other_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OptunaSearch, "_list_of", lambda *_: (4, 5))
    asked = played(OptunaSearch(problem(), "random"), 10)
    assert asked[0] == (4, 5)
    assert len(set(asked)) == 10


@pytest.mark.parametrize(
    ("sampler", "reason"),
    [
        ("cmaes", "categorical choices at random"),
        ("qmc", "categorical choices at random"),
        ("gp", "a thousand times an evaluation"),
        ("grid", "no end"),
        ("partialfixed", "part of other samplers"),
        ("annealing", "there is .*optuna:nsgaii.*optuna:tpe"),
        ("", "there is .*optuna:tpe"),
    ],
)
def test_samplers_that_cannot_draw_pass_lists_are_refused(sampler: str, reason: str) -> None:
    with pytest.raises(BadOption, match=f"--strategy optuna:{sampler}: .*{reason}"):
        factory_of(f"optuna:{sampler}")


def test_an_unknown_strategy_is_told_what_there_is() -> None:
    with pytest.raises(BadOption, match=r"--strategy best: there is .*random.*optuna:SAMPLER"):
        factory_of("best")


def test_optuna_is_imported_by_who_asks_for_it_alone() -> None:
    look = "import sys, autotune.search.registry; sys.exit('optuna' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], check=False).returncode == 0
    assert "optuna" not in STRATEGIES
