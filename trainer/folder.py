"""Folders that are there whole or not at all, and a full disk in words.

Data and checkpoints are folders of files that belong together. Each is written under another name
beside its place, put on the disk, and renamed, so whoever finds the folder finds all of it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
from typing import TYPE_CHECKING, Final

from trainer.errors import NoRoom
from warehouse.errors import TargetTaken
from warehouse.storage import sync_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NO_ROOM: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextlib.contextmanager
def room(place: Path) -> Iterator[None]:
    """Say of a full disk where it was full.

    Raises:
        NoRoom: no space is left, a quota is used up, or a file may grow no further.
    """
    try:
        yield
    except NoRoom:
        raise
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        raise NoRoom(
            error.errno,
            f"no room left to write {place}: free space there or give another folder, then run "
            "the same command again",
        ) from error


@contextlib.contextmanager
def whole_folder(place: Path) -> Iterator[Path]:
    """An empty folder to fill, which becomes `place` when the block ends well, and else is no more.

    Raises:
        TargetTaken: something is there already, or no folder can be made there.
        NoRoom: as `room`; nothing is left behind.
    """
    if os.path.lexists(place):
        raise TargetTaken(f"{place} exists: give a folder that is not there yet")
    draft = place.with_name(f".{place.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    with room(place):
        try:
            draft.mkdir(parents=True)
        except (PermissionError, NotADirectoryError, FileExistsError) as error:
            raise TargetTaken(
                f"cannot write {place}: {error.strerror}; give another folder"
            ) from error
        try:
            yield draft
            _onto_disk(draft)
            draft.rename(place)
            sync_folder(place.parent)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def _onto_disk(folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            sync_folder(path)
        else:
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
    sync_folder(folder)
