"""Which model is meant by `--model`: a folder, an id of the lake's, or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from trainer.errors import ModelMissing
from trainer.register import KIND

if TYPE_CHECKING:
    from warehouse.lake import Lake


def model_folder(lake: Lake, named: str | None) -> Path:
    """The folder of a model; without a name, of the one that the lake learned of last.

    Raises:
        ModelMissing: there is none of this name, or its folder is gone.
    """
    if named is not None and Path(named).is_dir():
        return Path(named).absolute()
    known = lake.read("models", where=pc.field("kind") == KIND).to_pylist()
    known.sort(key=lambda row: (row["trained_at"], row["model_id"]))
    found = known[-1:] if named is None else [r for r in known if r["model_id"].startswith(named)]
    if len(found) != 1:
        ids = ", ".join(row["model_id"] for row in known) or "none; `passlake train` makes one"
        asked = "--model" if named is None else f"--model {named}"
        raise ModelMissing(f"{asked}: no such folder, and no one model of {lake.location}: {ids}")
    folder = Path(found[0]["location"])
    if not folder.is_dir():
        raise ModelMissing(
            f"model {found[0]['model_id']} was left in {folder}, which is gone: give its folder"
        )
    return folder
