"""What the lake has of some programs: so that a new version of one costs only what is new in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.compute as pc

from corpus.fingerprint import FINGERPRINTER
from corpus.keys import KeySet, hash_of, keys_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from corpus.keys import Keys
    from warehouse.lake import Lake


def program_keys(programs: Sequence[str]) -> Keys:
    """What a KeySet knows programs by."""
    return keys_of([hash_of((program,)) for program in programs])


def programs_in(lake: Lake) -> KeySet:
    """The programs of which the lake has functions."""
    programs = KeySet()
    for rows in lake.batches("occurrences", columns=["program"]):
        programs.add(program_keys(rows.column("program").unique().to_pylist()))
    return programs


def known_functions(lake: Lake, programs: Sequence[str]) -> AbstractSet[str]:
    """Functions of these programs that have all their rows: finding one again is an occurrence."""
    if not programs:
        return frozenset()
    of_programs = pc.field("program").isin(list(programs))
    found = lake.read("occurrences", columns=["function_id"], where=of_programs)
    ids = found.column("function_id").unique()
    of_version = (pc.field("fingerprinter") == FINGERPRINTER) & pc.field("function_id").isin(ids)
    complete = lake.read("fingerprints", columns=["function_id"], where=of_version)
    return frozenset(complete.column("function_id").to_pylist())
