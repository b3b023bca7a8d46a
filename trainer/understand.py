"""A model's understanding from a lake: its whole answers, held to the truth, in figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import warehouse
from trainer.labels import read_labels
from trainer.truth import held_to_truth, said_of
from trainer.understanding import Understanding, understanding

if TYPE_CHECKING:
    from collections.abc import Callable

    from corpus.llvm.toolchain import Toolchain
    from warehouse.lake import Lake


def understand(
    lake: Lake,
    model_id: str,
    toolchain: Toolchain,
    *,
    snapshot: str | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Understanding:
    """The figures of all whole answers that `passlake predict --full` has kept of a model.

    Lists count as seen that a training function of the same state has as its best. Raises
    NoPredictions, NoLabels, SnapshotMissing and MachineFault.
    """
    answers = said_of(lake, model_id, snapshot)
    held = held_to_truth(
        answers, toolchain, lambda done: say(f"{done} of {len(answers)} answers held to the truth")
    )
    here = warehouse.open(lake.location)
    with here.now() if snapshot is None else here.snapshot(snapshot) as state:
        seen = {label.pass_list for label in read_labels(state, "train")}
    return understanding(held, seen)
