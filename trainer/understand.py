"""A model's understanding from a lake: its whole answers, held to the truth, in figures.

    model = open_model(folder)
    ask(lake, model, Selection(split="test"), snapshot="study")
    understand(lake, model.model_id, toolchain, snapshot="study").document()

`ask` is `passlake predict --full`; what was asked before is not asked again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import warehouse
from trainer.answering import LocalModel
from trainer.decoding import Decoding
from trainer.labels import read_labels
from trainer.predict import predict
from trainer.truth import held_to_truth, said_of
from trainer.understanding import Understanding, understanding

if TYPE_CHECKING:
    from collections.abc import Callable

    from autotune.drive import Progress
    from corpus.llvm.toolchain import Toolchain
    from corpus.selection import Selection
    from trainer.model import LoadedModel
    from trainer.predict import PredictReport
    from warehouse.lake import Lake


def ask(
    lake: Lake,
    model: LoadedModel,
    selection: Selection,
    *,
    snapshot: str | None = None,
    progress: Progress | None = None,
) -> PredictReport:
    """Have a model answer functions with counts and IR, and keep that. Raises as `predict`."""
    whole = Decoding(full=True)
    answerer = LocalModel(model, whole)
    return predict(lake, answerer, whole, selection, snapshot=snapshot, progress=progress)


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
