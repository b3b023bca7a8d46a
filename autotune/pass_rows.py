"""A pass space as rows of `passes`, so that rows that carry ids can be read for ever."""

from contextlib import suppress

import pyarrow as pa

from corpus.llvm.passes import PassSpace
from warehouse import schema
from warehouse.errors import SequenceTaken
from warehouse.lake import Lake


def pass_rows(space: PassSpace) -> pa.Table:
    """The rows of a pass space, usable passes and barred ones."""
    usable = [
        {
            "pass_space": space.version,
            "pass_id": one.pass_id,
            "text": one.text,
            "name": one.name,
            "level": one.level,
            "legacy": one.legacy,
            "barred": None,
        }
        for one in space.passes
    ]
    barred = [
        {
            "pass_space": space.version,
            "pass_id": None,
            "text": name,
            "name": name,
            "level": "barred",
            "legacy": None,
            "barred": reason,
        }
        for name, reason in space.barred.items()
    ]
    return schema.table_of("passes", [*usable, *barred])


def record_pass_space(lake: Lake, space: PassSpace) -> None:
    """Write the rows of a pass space, unless they are there."""
    if space.version in lake.existing("passes", "pass_space"):
        return
    staged = lake.stage("passes", pass_rows(space), name=space.version)
    with suppress(SequenceTaken):  # another campaign recorded it meanwhile
        lake.commit(f"pass-space-{space.version}", 0, [staged])
