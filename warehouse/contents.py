"""What a snapshot is made of, and whether its files are what they were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from warehouse import schema, snapshot
from warehouse.errors import TableDamaged
from warehouse.file_list import hash_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warehouse.file_list import ListedFile
    from warehouse.lake import Lake
    from warehouse.snapshot import Snapshot


@dataclass(frozen=True)
class Contents:
    """A snapshot, its files, and, where they were read, which of them are not what they were."""

    snapshot: Snapshot
    files: Sequence[ListedFile]
    checked: bool
    damaged: Sequence[str]

    def rows(self) -> list[dict[str, Any]]:
        """A row for each table that has any: its files, rows, bytes and version."""
        found = []
        for table in schema.TABLES:
            own = [file for file in self.files if file.table == table]
            if own:
                found.append(
                    {
                        "table": table,
                        "rows": sum(file.rows for file in own),
                        "files": len(own),
                        "bytes": sum(file.bytes for file in own),
                        "version": self.snapshot.versions.get(table),
                    }
                )
        return found

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        files = [vars(file) for file in self.files]
        return {
            **self.snapshot.document(),
            "tables": self.rows(),
            "files": files,
            "checked": self.checked,
            "damaged": list(self.damaged),
        }

    def lines(self) -> list[str]:
        """For a person."""
        made = self.snapshot
        notes = ", ".join(f"{name} {count}" for name, count in made.left_out_notes.items())
        lines = [
            f"made by Passlake {made.created_by} on {made.created_at}, schema {made.schema_version}"
        ]
        if made.pulled_from is not None:
            lines.append(f"pulled from {made.pulled_from}")
        lines.append(
            f"{made.left_out} training functions are left out ({notes or 'none looked for'})"
        )
        if self.checked:
            said = f"{len(self.damaged)} of {len(self.files)} files are not what they were"
            lines += [*self.damaged, said]
        return lines


def contents(lake: Lake, name: str, *, check: bool = False) -> Contents:
    """What a snapshot is made of; with `check`, every file is read and its hash compared.

    Raises:
        SnapshotMissing, BadName: as `snapshot.get`.
        TableDamaged: the list of its files is gone or broken.
    """
    with lake.reading():
        made = snapshot.get(lake, name)
        files = snapshot.files(lake, made)
        damaged = [file.path for file in files if not _is_whole(lake, file)] if check else []
    return Contents(made, files, check, damaged)


def _is_whole(lake: Lake, file: ListedFile) -> bool:
    try:
        return hash_file(lake.folder / file.path) == file.sha256
    except TableDamaged:
        return False
