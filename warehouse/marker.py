"""lake.json: what makes a folder a lake, and says which schema its tables have."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from warehouse import storage
from warehouse.errors import LakeMissing, LakeTooNew, NotALake
from warehouse.provenance import code_version
from warehouse.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from warehouse.places import Place


def ensure(folder: Place, *, create: bool) -> None:
    """Make sure that a folder is a lake which this code can read; with `create`, make it one.

    Raises:
        LakeMissing, NotALake, LakeTooNew, LakeUnreadable: as `Lake.open`.
        LakeUnwritable, LakeFull: as `Lake.open`.
    """
    marker = folder / "lake.json"
    if storage.read_text(marker) is None:
        _check_bare(folder, marker)
        if not create:
            raise LakeMissing(
                f"no lake at {folder}: run `passlake corpus add` first or give --lake"
            )
        _make(marker)
    _check(folder, marker)


def _check_bare(folder: Place, marker: Place) -> None:
    if folder.is_file():
        raise NotALake(f"{folder} is a file: give --lake a folder")
    # The marker a second time: another process may just have made the lake.
    if not storage.is_bare(folder) and storage.read_text(marker) is None:
        raise NotALake(
            f"{folder} holds other things and no lake.json: give --lake a folder that is empty, "
            "new or a lake"
        )


def _make(marker: Place) -> None:
    facts = {"schema_version": SCHEMA_VERSION, "created_by": code_version()}
    with contextlib.suppress(FileExistsError):  # another process made it just now
        storage.write_bytes(marker, (json.dumps(facts) + "\n").encode(), exclusive=True)


def upgrade(folder: Place) -> None:
    """Say that the lake has this code's schema, if it says an older one; under the commit lease.

    To be called before anything of a newer schema is written: an older Passlake that opens the lake
    from then on refuses it.

    Raises:
        LakeTooNew: a newer Passlake wrote to the lake since it was opened.
        NotALake, LakeUnwritable, LakeFull: as `ensure`.
    """
    marker = folder / "lake.json"
    facts = _check(folder, marker)
    if facts["schema_version"] < SCHEMA_VERSION:
        facts |= {"schema_version": SCHEMA_VERSION, "upgraded_by": code_version()}
        storage.write_bytes(marker, (json.dumps(facts) + "\n").encode())


def _check(folder: Place, marker: Place) -> dict[str, Any]:
    try:
        facts: dict[str, Any] = json.loads(storage.read_text(marker) or "")
        version = facts["schema_version"]
        newer = version > SCHEMA_VERSION
    except (ValueError, KeyError, TypeError) as error:
        raise NotALake(f"{marker} is broken: restore it, or give another --lake") from error
    if newer:
        raise LakeTooNew(
            f"the lake at {folder} has schema version {version}, this Passlake knows up to "
            f"{SCHEMA_VERSION}: upgrade Passlake or give another --lake"
        )
    return facts
