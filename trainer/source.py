"""Where a run's labels come from: a snapshot of a lake, or the folder of an exported one."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b, file_digest
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import warehouse
from trainer.errors import NoLabels
from trainer.labels import read_labels
from warehouse import snapshot
from warehouse.lake import Lake
from warehouse.places import is_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trainer.labels import Label


@dataclass(frozen=True)
class LabelSource:
    """One immutable state of the data. `place` is a lake's folder or address, or that of an export.

    `name` is the snapshot's; `identity` a hash of what the state is, the same wherever it lies.
    """

    place: str
    name: str
    identity: str
    exported: bool

    @classmethod
    def of_lake(cls, location: str, name: str | None) -> LabelSource:
        """A snapshot of a lake, by default its latest.

        Raises NoLabels where it has none, SnapshotMissing, and what `Lake.open` raises.
        """
        lake = Lake.open(location)
        if name is None:
            names = [one.name for one in snapshot.list_(lake)]
            if not names:
                raise NoLabels(
                    f"{lake.location} has no snapshot to train on: passlake snapshot create NAME"
                )
            name = names[-1]
        found = snapshot.get(lake, name)
        content = [found.name, found.versions, found.left_out_file, found.created_at]
        return cls(lake.location, name, _hash(content), exported=False)

    @classmethod
    def of_export(cls, folder: Path) -> LabelSource:
        """The folder of an exported snapshot, as Parquet.

        Raises NoLabels where it is none.
        """
        files = sorted(path for name in ("functions", "best") for path in (folder / name).glob("*"))
        if not files:
            raise NoLabels(
                f"{folder} is no exported snapshot: passlake snapshot export NAME FOLDER"
            )
        digests = []
        for path in files:
            with path.open("rb") as file:
                digests.append(file_digest(file, "sha256").hexdigest())
        return cls(str(folder.absolute()), folder.absolute().name, _hash(digests), exported=True)

    def labels(self, split: str, objective: str) -> Iterator[Label]:
        """Functions of a split with their best list, in order of their ids.

        Raises as `trainer.labels.read_labels`.
        """
        if self.exported:
            yield from read_labels(Path(self.place), split, objective=objective)
            return
        with warehouse.open(self.place).snapshot(self.name) as state:
            yield from read_labels(state, split, objective=objective)

    def runs(self) -> Path:
        """Where runs on it lie by default: in a lake's folder; here if that is an address."""
        here = self.exported or is_url(self.place)
        return Path("runs") if here else Path(self.place, "runs")

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "place": self.place,
            "name": self.name,
            "identity": self.identity,
            "exported": self.exported,
        }

    @classmethod
    def of_document(cls, document: dict[str, Any]) -> LabelSource:
        """The source that `document` wrote down."""
        return cls(**document)


def _hash(content: object) -> str:
    return blake2b(dumps(content, sort_keys=True).encode(), digest_size=8).hexdigest()
