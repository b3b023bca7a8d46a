"""Every touch of the disk that a lake makes, in a few functions, and what they are in other stores.

What is promised: a file appears under its final name whole and on the disk, or not at all
(temporary name, fsync, rename, fsync of the folder). Temporary names start with a dot. A full or
closed disk raises `LakeFull` or `LakeUnwritable`, which name the place and the way out.

In an object store (`warehouse/object_path.py`) an object is written whole or not at all by itself,
and locks are leases (`warehouse/leases.py`).
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import io
import os
import re
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from typing import IO, TYPE_CHECKING

from warehouse import leases, object_path
from warehouse.errors import (
    BadName,
    LakeFull,
    LakeUnreadable,
    LakeUnwritable,
    PasslakeError,
)
from warehouse.object_path import ObjectPath

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from warehouse.places import Place

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_RIGHT = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR}
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._=+@-]{0,199}")
_POLL_S = 0.02
_AT_ONCE = 500
"""Files that are removed before it is asked again whether they may be."""

_REQUESTS = 16
"""At a time: an answer takes tens of milliseconds, whatever its size."""


def check_name(kind: str, name: str) -> str:
    """The name itself, if it can be part of a file's name on any store.

    Raises:
        BadName: it is empty, too long, starts with a dot or has a character such as a slash.
    """
    if not _NAME.fullmatch(name):
        raise BadName(
            f"{kind} {name!r} cannot be used: take up to 200 letters, digits, or any of . _ = + @ -"
            " and begin with a letter, a digit or _"
        )
    return name


@contextlib.contextmanager
def disk_errors(place: Place, *, reading: bool = False) -> Iterator[None]:
    """Turn the system's errors of a full or closed disk into those that a user can act on.

    Raises:
        LakeFull: no room, quota used up, or the file size limit reached.
        LakeUnwritable: no right to write there, or it is mounted read-only.
        LakeUnreadable: the same while reading.
    """
    try:
        yield
    except PasslakeError:  # one of ours already
        raise
    except OSError as error:
        # deltalake's errors carry the number in their text only: "... (os error 28)".
        found = re.search(r"\(os error (\d+)\)", str(error))
        number = error.errno or (int(found[1]) if found else None)
        if number in _NO_ROOM:
            raise LakeFull(
                f"no room left to write {place}: free space there, or give another place with "
                "--lake, then run the same command again"
            ) from error
        if number in _NO_RIGHT and reading:
            raise LakeUnreadable(
                f"cannot read {place}: get the right to read there, or give another place with "
                "--lake"
            ) from error
        if number in _NO_RIGHT:
            raise LakeUnwritable(
                f"cannot write {place}: get the right to write there, or give another place with "
                "--lake"
            ) from error
        raise


def make_folder(folder: Place) -> None:
    """The folder and its parents, if they are not there; an object store has none."""
    if isinstance(folder, ObjectPath) or folder.is_dir():
        return
    try:
        with disk_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            sync_folder(folder.parent)
    except FileNotFoundError as error:  # a file system of another kind, such as /proc
        raise LakeUnwritable(
            f"cannot make {folder}: no folder can be made there; give another place with --lake"
        ) from error


def sync_folder(folder: Place) -> None:
    """Make the names in a folder outlast a loss of power."""
    if isinstance(folder, ObjectPath):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(path: Place) -> None:
    """Make a file that something else wrote, and its name, outlast a loss of power."""
    if isinstance(path, ObjectPath):
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    sync_folder(path.parent)


def write_file(
    path: Place, fill: Callable[[IO[bytes]], object], *, exclusive: bool = False
) -> None:
    """Write a file through `fill`: under `path` it is whole and on the disk, or not there.

    Raises:
        FileExistsError: `exclusive`, and something has this name; what was there stays.
        LakeFull, LakeUnwritable: nothing of the file is left.
    """
    if isinstance(path, ObjectPath):
        content = io.BytesIO()
        fill(content)
        path.write(content.getbuffer(), only_new=exclusive)
        return
    make_folder(path.parent)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    with disk_errors(path):
        try:
            with draft.open("xb") as file:
                fill(file)
                file.flush()
                os.fsync(file.fileno())
            if exclusive:
                os.link(draft, path)  # unlike a rename, fails where the name is taken
                draft.unlink()
            else:
                draft.replace(path)
            sync_folder(path.parent)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise


def write_bytes(path: Place, content: bytes, *, exclusive: bool = False) -> None:
    """`write_file` for content that is at hand."""
    write_file(path, lambda file: file.write(content), exclusive=exclusive)


def rename(path: Place, target: Place) -> None:
    """Give a file another name in the same folder, in the place of what had that name.

    Cut off in an object store it may have both names.
    """
    if isinstance(path, ObjectPath) or isinstance(target, ObjectPath):
        assert isinstance(path, ObjectPath), f"{path} is not in the store of {target}"
        assert isinstance(target, ObjectPath), f"{target} is not in the store of {path}"
        target.write(path.read_bytes())
        path.unlink()
        return
    with disk_errors(target):
        path.replace(target)
        sync_folder(target.parent)


def remove(path: Place) -> None:
    """Remove a file for good."""
    with disk_errors(path):
        path.unlink()
        sync_folder(path.parent)


def remove_all(paths: Sequence[Place], allowed: Callable[[], bool]) -> int:
    """Remove files for good for as long as it is allowed; how many of them, from the first on.

    Those that are gone already, as after an interruption, count, too.
    """
    for start in range(0, len(paths), _AT_ONCE):
        if not allowed():
            return start
        some = paths[start : start + _AT_ONCE]
        object_path.remove([path for path in some if isinstance(path, ObjectPath)])
        _remove_files([path for path in some if not isinstance(path, ObjectPath)])
    return len(paths)


def _remove_files(paths: Sequence[Path]) -> None:
    folders = set()
    for path in paths:
        with disk_errors(path):
            path.unlink(missing_ok=True)
            folders.add(path.parent)
    for folder in folders:
        with disk_errors(folder):
            sync_folder(folder)


def probe(folder: Place) -> None:
    """Raise what writing a file in a folder would raise."""
    if isinstance(folder, ObjectPath):
        object_path.probe(folder)
        return
    trial = folder / f".probe.{os.getpid()}.{secrets.token_hex(4)}.tmp"
    with disk_errors(folder):
        try:
            trial.write_bytes(b"x")
        finally:
            trial.unlink(missing_ok=True)


def read_text(path: Place) -> str | None:
    """What a small file says; None if there is none.

    Raises:
        LakeUnreadable: it may not be read.
    """
    with disk_errors(path, reading=True):
        try:
            return path.read_bytes().decode("utf-8", errors="replace")
        except (FileNotFoundError, NotADirectoryError):
            return None


def read_texts(paths: Sequence[Place]) -> list[str | None]:
    """What many small files say, as `read_text`; a store is asked for several at a time."""
    if not any(isinstance(path, ObjectPath) for path in paths):
        return [read_text(path) for path in paths]
    with ThreadPoolExecutor(_REQUESTS) as several:
        return list(several.map(read_text, paths))


def now_s(folder: Place) -> float:
    """The present in seconds since 1970, by the clock that dates files there."""
    return (folder / "locks" / "now").now_s() if isinstance(folder, ObjectPath) else time.time()


def names(folder: Place) -> list[str]:
    """What lies in a folder, in order; nothing if there is no folder.

    Raises:
        LakeUnreadable: it may not be looked into. (Path.glob would find it empty.)
    """
    if isinstance(folder, ObjectPath):
        return folder.names()
    with disk_errors(folder, reading=True):
        try:
            return sorted(entry.name for entry in folder.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []


def is_bare(folder: Place) -> bool:
    """Whether a folder is missing, empty, or holds nothing but what a cut-off write left."""
    return all(name.startswith(".") and name.endswith(".tmp") for name in names(folder))


@contextlib.contextmanager
def locked(path: Place, *, wait_s: float) -> Iterator[Callable[[], bool] | None]:
    """Hold an exclusive lock on a file for the length of the block.

    Yields what says whether it is still held, as in an object store who stands still may lose it;
    None if it was not to be had.

    The lock is the kernel's (`flock`): it is gone with the process, however that ends. The file
    stays, and holds a line about its last holder. The handle is closed in exec'd children; a
    forked child that does not exec shares the lock. Threads exclude each other too.

    Raises:
        LakeUnwritable: the lock's file cannot be made or opened.
    """
    if isinstance(path, ObjectPath):
        with leases.leased(path, wait_s=wait_s) as is_held:
            yield is_held
        return
    make_folder(path.parent)
    with disk_errors(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        had = _flock(handle, time.monotonic() + wait_s)
        if had:
            with contextlib.suppress(OSError):  # a full disk; the line is only a courtesy
                line = f"process {os.getpid()} on {os.uname().nodename}\n".encode()
                os.ftruncate(handle, 0)
                os.pwrite(handle, line, 0)
        yield (lambda: True) if had else None
    finally:
        os.close(handle)


def lock_holder(path: Place) -> str:
    """Who holds a lock, or held it last, in words; empty where that is not known."""
    if isinstance(path, ObjectPath):
        return leases.holder(path)
    return (read_text(path) or "").strip()


@contextlib.contextmanager
def folder_locked(folder: Place, *, shared: bool, wait_s: float) -> Iterator[bool]:
    """Hold a lock on a folder itself, as many do when `shared`; yields whether it was had.

    The kernel's, as in `locked`, but nothing is written: who may only read can hold it, too. In an
    object store nobody can be kept out, and it is always had: what is cleared away there has to be
    older than anybody reads.

    Raises:
        LakeUnreadable: the folder may not be opened.
    """
    if isinstance(folder, ObjectPath):
        yield True
        return
    with disk_errors(folder, reading=True):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        yield _flock(handle, time.monotonic() + wait_s, kind)
    finally:
        os.close(handle)


def _flock(handle: int, deadline: float, kind: int = fcntl.LOCK_EX) -> bool:
    while True:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_POLL_S)
        else:
            return True
