"""What the judged language models say of their own answers, held to the truth."""

from collections.abc import Callable, Sequence
from pathlib import Path

from autotune.drive import Silent
from corpus.llvm.toolchain import Toolchain
from corpus.selection import Selection
from trainer.errors import NoPredictions
from trainer.methods.base import MethodSpec
from trainer.understand import ask, understand
from trainer.understanding import Understanding
from warehouse.lake import Lake

Understood = tuple[str, Understanding]
"""A model's id and its figures."""


def understood(  # noqa: PLR0913 - which models, on what, and who looks on
    lake: Lake,
    specs: Sequence[MethodSpec],
    toolchain: Toolchain,
    snapshot: str,
    selection: Selection | None,
    *,
    say: Callable[[str], None],
) -> list[Understood]:
    """The figures of each model whose whole answers on the snapshot `passlake predict --full` kept.

    With a `selection`, models are asked for whole answers on it first, as far as they were not.
    Raises what asking raises.
    """
    folders = {one.model_id: str(one.arguments["folder"]) for one in specs}
    found = []
    for model_id, folder in folders.items():
        if selection is not None:
            from trainer.answering import open_model

            say(f"model {model_id}: asked for counts and IR")
            ask(lake, open_model(Path(folder)), selection, snapshot=snapshot, progress=Silent())
        try:
            figures = understand(lake, model_id, toolchain, snapshot=snapshot, say=say)
        except NoPredictions:
            continue
        found.append((model_id, figures))
    return found
