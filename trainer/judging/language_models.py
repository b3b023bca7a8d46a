"""Which language models are judged, by what `--model` says."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow.compute as pc

from trainer.errors import ModelMissing
from trainer.methods.base import MethodSpec
from warehouse.lake import Lake

NONE: Final = "none"
_KIND: Final = "language_model"


def language_models(lake: Lake, wanted: Sequence[str], snapshot: str) -> list[MethodSpec]:
    """The methods of the models that are named, by folder or by id; `none` for no model.

    Without names, of every model that the lake knows to be trained on this snapshot and whose
    folder is there. Raises ModelMissing, and what a damaged model's folder raises.
    """
    if NONE in wanted:
        return []
    registered = lake.read("models", where=pc.field("kind") == _KIND).to_pylist()
    if not wanted:
        ours = [row for row in registered if row["snapshot"] == snapshot]
        found = [Path(row["location"]) for row in ours if Path(row["location"]).is_dir()]
    else:
        found = [_folder(one, registered, lake) for one in wanted]
    if not found:
        return []
    # torch and transformers are imported by who judges a model, and by nobody else.
    from trainer.methods.language_model import specs

    return [spec for folder in dict.fromkeys(found) for spec in specs(folder)]


def _folder(named: str, registered: Sequence[dict[str, Any]], lake: Lake) -> Path:
    if Path(named).is_dir():
        return Path(named).absolute()
    matching = [row for row in registered if row["model_id"].startswith(named)]
    if len(matching) != 1:
        known = ", ".join(row["model_id"] for row in registered) or "none"
        raise ModelMissing(
            f"--model {named}: there is no such folder, and {lake.location} has {known}"
        )
    location = Path(matching[0]["location"])
    if not location.is_dir():
        raise ModelMissing(f"--model {named}: its folder {location} is gone")
    return location
