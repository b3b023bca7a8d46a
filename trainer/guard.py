"""Steps whose loss or gradient says that something is wrong, and what is done about them."""

from __future__ import annotations

import math
from statistics import median
from typing import TYPE_CHECKING, Final

from trainer.errors import TrainingFailed

if TYPE_CHECKING:
    from trainer.progress import Progress
    from trainer.recipe import Guard

_ENOUGH: Final = 20
"""Norms below which nothing is called a leap: gradients of the first steps do leap."""


def judge(guard: Guard, progress: Progress, loss: float, norm: float) -> str | None:
    """What is wrong with the next step, whose gradient is then to be dropped; None if nothing is.

    Raises TrainingFailed where the run must not go on.
    """
    norms, step = progress.norms, progress.step
    if not (math.isfinite(loss) and math.isfinite(norm)):
        trouble, action = f"loss {loss}, gradient norm {norm}", guard.on_not_finite
    elif len(norms) >= _ENOUGH and norm > guard.leap * median(norms):
        trouble = f"gradient norm {norm:.3g}, {norm / median(norms):.0f} times the median"
        action = guard.on_leap
    else:
        return None
    if action == "stop":
        raise TrainingFailed(
            f"step {step}: {trouble}; the last checkpoint is as it was: lower the learning rate, "
            "or let the recipe's guard skip such steps"
        )
    if progress.skipped + 1 >= guard.patience:
        raise TrainingFailed(
            f"step {step}: {trouble}, the {guard.patience}th step in a row that does not count; "
            "the last checkpoint is as it was: lower the learning rate"
        )
    return trouble
