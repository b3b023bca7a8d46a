"""Writing what a lake knows in the form in which Passlake ships it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from autotune.coresets import NoCoreset, find, latest
from autotune.neighbours import read_known, record_vectors
from autotune.shipped import written
from corpus.llvm.passes import PassSpace
from warehouse.lake import Lake
from warehouse.provenance import code_version


def export_known(  # noqa: PLR0913 - what to write of what
    lake: Lake,
    space: PassSpace,
    path: Path,
    *,
    objective: str,
    coreset_id: str | None,
    winners: int,
) -> dict[str, Any]:
    """Write a coreset, the latest by default, and the winners that saved most, one per function.

    Only winners on training functions. Raises NoCoreset.
    """
    coreset = latest(lake, objective) if coreset_id is None else find(lake, coreset_id)
    if coreset is None:
        raise NoCoreset(f"{lake.location} has no coreset: learn or import one first")
    rows = lake.read("functions", columns=["function_id"], where=pc.field("split") == "train")
    train = set(rows.column("function_id").to_pylist())
    of_objective = pc.field("objective") == objective
    searched = lake.read("winners", columns=["function_id"], where=of_objective)
    known = read_known(lake, space, objective, versions=record_vectors(lake, objective))
    by_function = {
        one.function_id: one
        for one in sorted(known, key=lambda one: (one.saved, -len(one.pass_ids)))
        if one.function_id in train
    }
    kept = sorted(by_function.values(), key=lambda one: (-one.saved, one.function_id))[:winners]
    provenance = {
        "written_on": datetime.now(UTC).date().isoformat(),
        "written_by": code_version(),
        "command": f"passlake coreset export --objective {objective}",
        "split": "train",
        "functions_searched": len(train & set(searched.column("function_id").to_pylist())),
    }
    texts = [(one, str(space.decode(one.pass_ids))) for one in kept]
    path.write_text(written(coreset, texts, provenance), encoding="utf-8")
    return {"coreset_id": coreset.coreset_id, "lists": len(coreset.lists), "winners": len(kept)}
