"""Where a lake lies: a folder of a local disk, or a place in an object store."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import IO, Any

from warehouse.errors import UnsupportedLocation
from warehouse.object_path import ObjectPath

Place = Path | ObjectPath
"""Where something of a lake lies."""


def is_url(location: str | os.PathLike[str]) -> bool:
    """Whether a location is an address and no path."""
    return bool(re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", os.fspath(location)))


def place_of(location: str | os.PathLike[str]) -> Place:
    """What a lake's location means: a folder, or a place in an object store; nothing is created.

    Raises:
        UnsupportedLocation: as `local_folder` and `ObjectPath.of_url`.
    """
    if is_url(location):
        return ObjectPath.of_url(os.fspath(location))
    return local_folder(location)


def local_folder(location: str | os.PathLike[str]) -> Path:
    """The folder that a location means, as an absolute path; nothing is created.

    Raises:
        UnsupportedLocation: the location is an address (`s3://…`), or delta-rs would take its name
            for another folder's.
    """
    text = os.fspath(location)
    if is_url(text):
        raise UnsupportedLocation(
            f"{text}: this works on a lake on a local disk only; give such a folder"
        )
    folder = Path(text).expanduser().absolute()
    if re.search(r"%[0-9A-Fa-f]{2}|[\\\x00-\x1f\x7f]", str(folder)):
        raise UnsupportedLocation(
            f"{str(folder)!r}: a lake's path can have no backslash, no control character and no "
            "percent escape such as %20; give another folder"
        )
    return folder


def as_local(place: Place) -> Path:
    """The place, if it is a folder of a local disk.

    Raises:
        UnsupportedLocation: it is in an object store.
    """
    return local_folder(str(place)) if isinstance(place, ObjectPath) else place


def within(path: Place, folder: Place) -> str:
    """What is to be appended to a folder to get to a path in it, with forward slashes."""
    prefix = f"{folder}/"
    assert str(path).startswith(prefix), f"{path} is not in {folder}"
    return str(path).removeprefix(prefix)


def in_store(place: Place) -> bool:
    """Whether a place is in an object store, where a reader cannot say that it reads."""
    return isinstance(place, ObjectPath)


def readable(path: Place) -> Path | IO[bytes]:
    """What Arrow's readers of one file take for this one.

    Raises:
        FileNotFoundError: there is none, in an object store.
    """
    return path.open() if isinstance(path, ObjectPath) else path


def for_arrow(folder: Place, paths: list[str]) -> tuple[list[str], Any]:
    """Paths under a folder as Arrow's data sets take them, with the file system they are in."""
    if isinstance(folder, ObjectPath):
        return [path.partition("://")[2] for path in paths], folder.filesystem()
    return paths, None
