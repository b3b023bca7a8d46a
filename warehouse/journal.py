"""The write-ahead journal: what makes one commit over several Delta logs happen once, whole.

Life of a batch (writer W, sequence N), all of it under the lake's commit lease:

    1  journal/W/N.json is written       from here on the batch will be committed, by whomever
    2  each table's Delta commit         marked (W, N) in the log, so that a table which has it
                                         is skipped when the batch is taken up again
    3  N.json becomes last.json          from here on the batch is done

A process killed before 1 has done nothing; killed later, it leaves an entry that the next commit of
the same writer, `Lake.recover` or a snapshot finishes. `last.json` tells a repeated batch from
another one that was given the same sequence.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from warehouse import storage
from warehouse.errors import TableDamaged
from warehouse.staging import StagedFile

if TYPE_CHECKING:
    from collections.abc import Collection

    from warehouse.places import Place


@dataclass(frozen=True)
class Batch:
    """Files that enter their tables together: `sequence` is the writer's own count, from 0."""

    writer: str
    sequence: int
    files: tuple[StagedFile, ...]

    def to_json(self) -> str:
        """The entry's text."""
        files = [file.to_dict() for file in self.files]
        return json.dumps({"writer": self.writer, "sequence": self.sequence, "files": files})

    @classmethod
    def from_json(cls, text: str) -> Batch:
        """The batch of an entry's text."""
        values = json.loads(text)
        files = tuple(StagedFile(**file) for file in values["files"])
        return cls(values["writer"], values["sequence"], files)


def _folder(root: Place, writer: str) -> Place:
    return root / "journal" / writer


def _entry(root: Place, batch: Batch) -> Place:
    return _folder(root, batch.writer) / f"{batch.sequence}.json"


def open_entry(root: Place, batch: Batch) -> None:
    """Step 1: promise the batch."""
    content = batch.to_json().encode()
    storage.write_bytes(_entry(root, batch), content, exclusive=True)


def close_entry(root: Place, batch: Batch) -> None:
    """Step 3: the batch is in all its tables."""
    entry = _entry(root, batch)
    storage.rename(entry, entry.with_name("last.json"))


def last(root: Place, writer: str) -> Batch | None:
    """The writer's batch that was done last; None if the journal knows of none.

    Raises:
        TableDamaged: the entry cannot be read.
    """
    return _read(_folder(root, writer) / "last.json")


def unfinished(root: Place, writer: str) -> list[Batch]:
    """The writer's batches that were promised and are not done, in order.

    Raises:
        TableDamaged: an entry cannot be read.
    """
    folder = _folder(root, writer)
    stems = [name.removesuffix(".json") for name in storage.names(folder)]
    sequences = sorted(int(stem) for stem in stems if stem.isdigit())
    found = [_read(folder / f"{number}.json") for number in sequences]
    return [batch for batch in found if batch is not None]


def _read(entry: Place) -> Batch | None:
    text = storage.read_text(entry)
    try:
        return None if text is None else Batch.from_json(text)
    except (ValueError, KeyError, TypeError) as error:
        raise TableDamaged(f"{entry} is broken: restore it from a copy of the lake") from error


def writers(root: Place) -> list[str]:
    """Everyone who ever committed."""
    return storage.names(root / "journal")


def untold(root: Place, table: str, told: Collection[tuple[str, int]]) -> Batch | None:
    """The one batch that the journal has for a table and the table's log does not tell of.

    `told`: writers and sequences of the batches in the log. None where there is none or several.
    """
    known = [
        batch
        for writer in writers(root)
        for batch in (last(root, writer), *unfinished(root, writer))
        if batch is not None
    ]
    lost = [
        batch
        for batch in known
        if (batch.writer, batch.sequence) not in told
        and any(file.table == table for file in batch.files)
    ]
    return lost[0] if len(lost) == 1 else None
