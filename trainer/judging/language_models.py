"""Which language models are judged, by what `--model` says."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pyarrow.compute as pc

from trainer.find_model import model_folder
from trainer.methods.base import MethodSpec
from trainer.methods.registry import installed
from trainer.register import KIND
from warehouse.lake import Lake

NONE: Final = "none"


def language_models(lake: Lake, wanted: Sequence[str], snapshot: str) -> list[MethodSpec]:
    """The methods of the models that are named, by folder or by id; `none` for no model.

    Without names, of every model that the lake knows to be trained on this snapshot and whose
    folder is there. Raises ModelMissing, and what a damaged model's folder raises.
    """
    if NONE in wanted:
        return []
    found = [model_folder(lake, one) for one in wanted]
    if not wanted:
        ours = (pc.field("kind") == KIND) & (pc.field("snapshot") == snapshot)
        rows = lake.read("models", columns=["location", "trained_at"], where=ours)
        places = [Path(row["location"]) for row in rows.sort_by("trained_at").to_pylist()]
        found = [one for one in places if one.is_dir()]
    if not found:
        return []
    # torch and transformers are imported by who judges a model, and by nobody else.
    with installed("--model"):
        from trainer.methods.language_model import specs

        return [spec for folder in dict.fromkeys(found) for spec in specs(folder)]
