"""What a lake remembers of its pulls: files that were looked at, and campaigns of other lakes.

Lies in `pulls/`, in JSON. The files save work: one that is forgotten is compared once more. The
campaigns are remembered since what one knew when it started is a state of the lake that it was
started in: it is read here, and never continued.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

from warehouse import storage

if TYPE_CHECKING:
    from collections.abc import Collection

    from warehouse.lake import Lake


def note(
    lake: Lake, name: str, *, files: Collection[str] = (), campaigns: Collection[str] = ()
) -> None:
    """Remember paths of files that were looked at, or ids of campaigns that come in.

    Raises:
        LakeFull, LakeUnwritable: the disk does not take it.
    """
    content = {"files": sorted(files), "campaigns": sorted(campaigns)}
    storage.write_bytes(lake.folder / "pulls" / f"{name}.json", json.dumps(content).encode())


def files(lake: Lake) -> set[str]:
    """Paths of files that were looked at by earlier pulls."""
    return _all(lake, "files")


def campaigns(lake: Lake) -> set[str]:
    """Ids of campaigns that were started in other lakes."""
    return _all(lake, "campaigns")


def _all(lake: Lake, kind: str) -> set[str]:
    folder = lake.folder / "pulls"
    noted: set[str] = set()
    for name in storage.names(folder):
        with contextlib.suppress(ValueError, KeyError, TypeError):
            noted |= set(json.loads(storage.read_text(folder / name) or "")[kind])
    return noted
