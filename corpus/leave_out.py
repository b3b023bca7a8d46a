"""What a snapshot leaves out: training functions that a valid or test program has the like of.

A split is a hash of the program, so that nothing ever moves; but programs share code. Which
functions those are depends on all that the lake holds, and is therefore settled when a snapshot is
made: the list is stored with it and never changes.
"""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from corpus.fingerprint import FINGERPRINTER
from corpus.near import THRESHOLD
from corpus.related import Related, Shared
from warehouse.lake import Lake
from warehouse.schema import left_out_schema
from warehouse.snapshot import LeftOut, Snapshot, create

HELD_OUT = ("valid", "test")
"""Splits that no training function may resemble."""

RULE = f"exact, structural, or near: MinHash similarity {THRESHOLD}, fingerprints {FINGERPRINTER}"
"""How functions to leave out are found, as kept with each snapshot."""


def create_snapshot(lake: Lake, name: str) -> Snapshot:
    """Make a snapshot without the training functions that held-out programs have the like of.

    Raises as `warehouse.snapshot.create` does.
    """
    return create(lake, name, lambda versions: left_out(lake, versions))


def left_out(lake: Lake, versions: Mapping[str, int]) -> LeftOut:
    """The functions to leave out of tables at these versions, each with its nearest relation.

    Exact goes before structural, that before near; then the highest similarity, then the least id.
    """
    related = Related(lake, HELD_OUT, versions=versions)
    functions = related.functions
    rows: dict[int, tuple[str, float, str, str]] = {}
    for batch in related.shared():
        for one in _nearest(batch):
            place = int(batch.train[one])
            held = int(related.members.values[related.members.offsets[batch.classes[one]]])
            rows[place] = (
                "structural" if batch.structural[one] else "near",
                round(float(batch.similarity[one]), 4),
                functions.id_of(held),
                functions.program_names[functions.programs[held]],
            )
    for place, program in related.exact():
        own = functions.id_of(place)
        if rows.get(place, ("",))[0] != "exact" or program < rows[place][3]:
            rows[place] = ("exact", 1.0, own, program)
    schema = left_out_schema()
    listed = [
        dict(zip(schema.names, (functions.id_of(place), *rows[place]), strict=True))
        for place in sorted(rows)
    ]
    kinds = [row["kind"] for row in listed]
    return LeftOut(
        rows=pa.Table.from_pylist(listed, schema=schema),
        rule=RULE,
        notes={
            **{kind: kinds.count(kind) for kind in ("exact", "structural", "near")},
            "without_fingerprints": related.without_fingerprints,
        },
    )


def _nearest(batch: Shared) -> list[int]:
    """The place in the batch of each training function's nearest relation."""
    order = np.lexsort((batch.classes, -batch.similarity, ~batch.structural, batch.train))
    first = np.unique(batch.train[order], return_index=True)[1]
    return [int(place) for place in order[first]]


def snapshot_lines(made: Snapshot) -> list[str]:
    """What making it came to, for a person; the last line warns where the lists have a gap."""
    counts = ", ".join(
        f"{kind} {made.left_out_notes[kind]}" for kind in ("exact", "structural", "near")
    )
    left_out = f"{made.left_out} training functions left out that held-out programs have too"
    lines = [f"snapshot {made.name} created", f"{left_out} ({counts})"]
    lacking = made.left_out_notes["without_fingerprints"]
    if lacking:
        lines.append(
            f"{lacking} functions have no fingerprint, so their near relations stayed: run"
            " `passlake corpus add` with the same sources again, then make another snapshot"
        )
    return lines
