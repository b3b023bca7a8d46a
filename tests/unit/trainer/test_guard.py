"""Steps that say that something is wrong stop a run or do not count, as the recipe wants."""

import math

import pytest

from trainer.errors import TrainingFailed
from trainer.guard import judge
from trainer.progress import REMEMBERED, Progress
from trainer.recipe import Guard

CALM = Progress(step=30, norms=[1.0] * 30)


def test_a_usual_step_is_no_trouble() -> None:
    assert judge(Guard(), CALM, 2.0, 1.5) is None


@pytest.mark.parametrize(("loss", "norm"), [(math.nan, 1.0), (2.0, math.inf)])
def test_what_is_not_finite_stops_or_does_not_count(loss: float, norm: float) -> None:
    with pytest.raises(TrainingFailed, match=r"step 30: loss .*, gradient norm .*lower"):
        judge(Guard(on_not_finite="stop"), CALM, loss, norm)
    assert "gradient norm" in str(judge(Guard(on_not_finite="skip"), CALM, loss, norm))


def test_a_gradient_that_leaps_stops_or_does_not_count() -> None:
    assert judge(Guard(leap=20), CALM, 2.0, 19.0) is None
    assert judge(Guard(leap=20), CALM, 2.0, 30.0) == "gradient norm 30, 30 times the median"
    with pytest.raises(TrainingFailed, match="30 times the median"):
        judge(Guard(leap=20, on_leap="stop"), CALM, 2.0, 30.0)


def test_the_first_steps_may_leap() -> None:
    assert judge(Guard(), Progress(step=3, norms=[1.0] * 3), 2.0, 1e6) is None


def test_too_many_steps_in_a_row_that_do_not_count_stop_a_run() -> None:
    skipped = Progress(step=30, norms=[1.0] * 30, skipped=9)
    with pytest.raises(TrainingFailed, match="the 10th step in a row"):
        judge(Guard(patience=10), skipped, 2.0, 1e6)


def test_a_step_that_does_not_count_leaves_no_norm() -> None:
    progress = Progress()
    progress.advance(100, 1.0, 2.5)
    progress.advance(100, 1.0, None)
    assert (progress.step, progress.tokens, progress.norms) == (2, 200, [2.5])
    assert (progress.skipped, progress.skips) == (1, 1)
    progress.advance(100, 1.0, 3.0)
    assert (progress.skipped, progress.skips) == (0, 1)


def test_norms_of_long_ago_are_forgotten() -> None:
    progress = Progress(norms=[0.0] * REMEMBERED)
    progress.advance(1, 1.0, 9.0)
    assert len(progress.norms) == REMEMBERED
    assert progress.norms[-1] == 9.0
