"""A trained model's row in the lake's table `models`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import pyarrow.compute as pc

from warehouse import schema
from warehouse.lake import Lake

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from trainer.source import LabelSource

WRITER: Final = "models"
KIND: Final = "language_model"


def register(source: LabelSource, folder: Path, info: Mapping[str, Any]) -> str | None:
    """Enter a model where its snapshot is; its id, or None where that is no lake.

    A model that is there already is entered no second time.
    """
    if source.exported:
        return None
    lake = Lake.open(source.place)
    model_id = str(info["model_id"])
    with lake.hold(WRITER):
        sequence = lake.recover(WRITER)
        known = lake.read("models", columns=["model_id"], where=pc.field("model_id") == model_id)
        if known.num_rows:
            return model_id
        row = {
            "model_id": model_id,
            "recipe": info["recipe"]["name"],
            "snapshot": info["snapshot"],
            "parameters": info["parameters"],
            "tokens": info["tokens"],
            "location": str(folder.absolute()),
            "seed": info["seed"],
            "options": json.dumps(info["recipe"]),
            "code_version": info["code_version"],
            "trained_at": datetime.now(UTC),
            "kind": KIND,
            "tokenizer": info["tokenizer"],
            "results": json.dumps(info["results"]),
        }
        staged = lake.stage("models", schema.table_of("models", [row]), name=WRITER)
        lake.commit(WRITER, sequence, [staged])
    return model_id
