"""A table's log read entry by entry: what entered and left with each version.

delta-rs says what a version holds; this says what is missing. It reads the JSON entries alone,
which are all there from version 0 on (nothing in a lake removes one), and stops at no broken one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from warehouse import delta, storage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warehouse.places import Place

_DIGITS = 20
"""A version in the name of its entry, as Delta's protocol writes it."""


@dataclass(frozen=True)
class Added:
    """A file as the log knows it: `path` is relative to the table, `size` in bytes.

    `rows` and `sha256` are None where the commit did not say, the hash in lakes of before it did.
    """

    path: str
    size: int
    rows: int | None
    sha256: str | None
    version: int


@dataclass
class TableLog:
    """Everything that a table's log says; `missing` and `torn` are versions it cannot tell of.

    `removed` says with which version a file left the table; `batches` are the pairs of a writer and
    a sequence that some version brought.
    """

    latest: int = delta.NO_VERSION
    missing: list[int] = field(default_factory=list)
    torn: list[int] = field(default_factory=list)
    added: dict[str, Added] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    batches: set[tuple[str, int]] = field(default_factory=set)

    def files(self, version: int) -> list[Added]:
        """The files of a version, in the order in which they entered."""
        return [
            file
            for path, file in self.added.items()
            if file.version <= version
            and (path not in self.removed or self.removed[path] > version)
        ]

    def files_of(self, versions: Iterable[int]) -> list[Added]:
        """The files of some versions and of the latest, each once."""
        wanted = sorted({*(one for one in versions if one < self.latest), self.latest})
        return list({file.path: file for one in wanted for file in self.files(one)}.values())


def entry_path(table: Place, version: int) -> Place:
    """Where the entry of a version lies."""
    return delta.log(table) / f"{version:0{_DIGITS}}.json"


def read(table: Place) -> TableLog:
    """Read all entries of a table's log; an empty log where nothing was ever committed.

    Raises:
        LakeUnreadable: the log may not be read.
    """
    found = TableLog()
    stems = [name.removesuffix(".json") for name in storage.names(delta.log(table))]
    versions = [int(stem) for stem in stems if len(stem) == _DIGITS and stem.isdigit()]
    if not versions:
        return found
    found.latest = max(versions)
    found.missing = sorted(set(range(found.latest)) - set(versions))
    versions.sort()
    texts = storage.read_texts([entry_path(table, version) for version in versions])
    for version, text in zip(versions, texts, strict=True):
        try:
            _take(found, version, [json.loads(line) for line in (text or "").splitlines()])
        except (ValueError, KeyError, TypeError, AttributeError):
            found.torn.append(version)
    return found


def _take(log: TableLog, version: int, actions: list[dict[str, Any]]) -> None:
    if not actions:
        raise ValueError(version)  # an entry that was cut off at its beginning
    hashes: dict[str, str] = {}
    for action in actions:
        hashes |= json.loads(action.get("commitInfo", {}).get(delta.SHA256, "{}"))
    for action in actions:
        if "add" in action:
            path = unquote(action["add"]["path"])
            rows = json.loads(action["add"].get("stats") or "{}").get("numRecords")
            size = action["add"]["size"]
            log.added[path] = Added(path, size, rows, hashes.get(path), version)
            log.removed.pop(path, None)
        elif "remove" in action:
            log.removed[unquote(action["remove"]["path"])] = version
        elif "txn" in action:
            log.batches.add((action["txn"]["appId"], action["txn"]["version"]))
