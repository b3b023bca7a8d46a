"""Archives that strangers made, unpacked into a cache by the hash of their contents.

A tree appears whole or not at all, and is never written to again. Nothing in it leads out of it:
members with absolute or climbing names, devices and pipes, and links that end outside are refused.
What is unpacked is bounded in members, bytes and memory. What was refused, and why, is kept beside
the tree, so that it can be counted as lost.

`tarfile` and `zipfile` are used to read; what they would write is written here, since their own
extraction trusts names and links more than this (CVE-2007-4559, CVE-2025-4517).
"""

import errno
import json
import lzma
import os
import shutil
import stat
import struct
import tarfile
import tempfile
import time
import zipfile
import zlib
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

from corpus.sources.base import SourceError
from corpus.sources.decompress import ForwardOnly, TooMuch, decompressed

FORMAT = 1
"""Version of this module's results; a change of what is unpacked raises it."""

_TREE = "tree"
_REFUSED = "refused.json"
_SCRATCH = "unpack-"
_LEFT_OVER_S = 24 * 3600
_COPY_BYTES = 1 << 20
_KEPT_REFUSALS = 1000
_ZIP = (b"PK\3\4", b"PK\5\6")
_WRONG_NAME = frozenset(
    {
        errno.EEXIST,
        errno.EINVAL,
        errno.EISDIR,
        errno.ELOOP,
        errno.EMLINK,
        errno.ENAMETOOLONG,
        errno.ENOENT,
        errno.ENOTDIR,
        errno.ENOTEMPTY,
    }
)
"""What the system says when a member's name does not fit what is there already."""

_BROKEN = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError),
    *(LookupError, OverflowError, RuntimeError, ValueError, struct.error),
)
"""What the readers raise for broken archives; the second line where they did not expect it."""


@dataclass(frozen=True)
class Bounds:
    """What one archive may come to: members, bytes of one file, bytes of all."""

    members: int = 200_000
    file_bytes: int = 256 << 20
    total_bytes: int = 4 << 30


@dataclass(frozen=True)
class Unpacked:
    """A tree of regular files, folders and links inside it; `refused` pairs a name with why."""

    root: Path
    refused: tuple[tuple[str, str], ...]


def unpacked(archive: Path, cache: Path, bounds: Bounds | None = None) -> Unpacked:
    """The archive's tree in `cache`, unpacked now unless it is there.

    Raises SourceError: not to be read, no archive, no room.
    """
    try:
        with archive.open("rb") as file:
            digest = file_digest(file, "blake2b").hexdigest()[:32]
        place = cache / f"{digest}-{FORMAT}"
        if not place.is_dir():
            cache.mkdir(parents=True, exist_ok=True)
            _unpack_whole(archive, place, bounds or Bounds())
        refused = json.loads((place / _REFUSED).read_text())
    except OSError as error:
        raise SourceError(
            f"{archive}: cannot be unpacked ({error.strerror}); {cache} needs room, and"
            " XDG_CACHE_HOME names another place"
        ) from error
    return Unpacked(place / _TREE, tuple((name, reason) for name, reason in refused))


def _unpack_whole(archive: Path, place: Path, bounds: Bounds) -> None:
    _remove_left_over(place.parent)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=_SCRATCH) as scratch:
        whole = Path(scratch, "whole")
        tree = _Tree(whole / _TREE, bounds)
        try:
            _members_into(tree, archive)
        except (*_BROKEN, OSError) as error:
            if isinstance(error, OSError) and error.errno != errno.EINVAL:  # seeking to nowhere
                raise
            if not tree.members:
                raise SourceError(f"{archive}: no archive that can be read ({error})") from error
            tree.refuse(archive.name, f"broken ({error}); what comes after is left out")
        except TooMuch as error:
            tree.refuse(archive.name, f"{error}; what comes after is left out")
        tree.link()
        (whole / _REFUSED).write_text(json.dumps(tree.refused))
        try:
            whole.rename(place)
        except OSError:
            if not place.is_dir():  # else somebody unpacked the same archive meanwhile
                raise


def _remove_left_over(cache: Path) -> None:
    """What a process that was killed while unpacking left; none takes so long."""
    for scratch in cache.glob(f"{_SCRATCH}*"):
        try:
            old = time.time() - scratch.stat().st_mtime > _LEFT_OVER_S
        except FileNotFoundError:  # its process just finished
            continue
        if old:
            shutil.rmtree(scratch, ignore_errors=True)


def _members_into(tree: "_Tree", archive: Path) -> None:
    with archive.open("rb") as file:
        zipped = file.read(len(_ZIP[0])) in _ZIP
    if zipped:
        _unzip(tree, archive)
        return
    with (
        archive.open("rb") as file,
        decompressed(file) as stream,
        tarfile.open(fileobj=ForwardOnly(stream, tree.bounds.total_bytes), mode="r:") as tar,
    ):
        while member := tar.next():
            cast("Any", tar).members.clear()  # else the names of all members stay in memory
            if member.isdir():
                tree.folder(member.name)
            elif member.isreg():
                contents = tar.extractfile(member)
                assert contents is not None
                with contents:
                    tree.file(member.name, member.size, contents)
            elif member.issym():
                tree.symbolic_link(member.name, member.linkname)
            elif member.islnk():
                tree.hard_link(member.name, member.linkname)
            else:
                tree.refuse(member.name, "neither a file, a folder nor a link")


def _unzip(tree: "_Tree", archive: Path) -> None:
    with zipfile.ZipFile(archive) as zipped:
        for info in zipped.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            if info.is_dir() and kind in (0, stat.S_IFDIR):
                tree.folder(info.filename)
            elif kind not in (0, stat.S_IFREG, stat.S_IFLNK):
                tree.refuse(info.filename, "neither a file, a folder nor a link")
            else:
                try:
                    with zipped.open(info) as contents:
                        if kind == stat.S_IFLNK:
                            target = contents.read(4096).decode(errors="surrogateescape")
                            tree.symbolic_link(info.filename, target)
                        else:
                            tree.file(info.filename, info.file_size, contents)
                except _BROKEN as error:
                    tree.refuse(info.filename, f"cannot be read ({error})")  # encrypted, say


class _Tree:
    """The tree that is being unpacked; only this writes, and only below `root`."""

    def __init__(self, root: Path, bounds: Bounds) -> None:
        self.bounds = bounds
        self.members = 0
        self.refused: list[tuple[str, str]] = []
        self._root = root
        self._left = bounds.total_bytes
        self._links: list[tuple[str, Path, str]] = []
        root.mkdir(parents=True)

    def refuse(self, name: str, reason: str) -> None:
        """Leave the member out. The first thousand are remembered, so that memory is bounded."""
        self.members += 1
        if len(self.refused) < _KEPT_REFUSALS:
            printable = name.encode(errors="surrogateescape").decode(errors="backslashreplace")
            self.refused.append((printable, reason))

    def folder(self, name: str) -> None:
        with _Refusing(self, name):
            self._place(name).mkdir(parents=True, exist_ok=True)

    def file(self, name: str, size: int, contents: IO[bytes]) -> None:
        with _Refusing(self, name):
            place = self._place(name)
            if size > self.bounds.file_bytes:
                raise _Refused(f"{size} bytes, over {self.bounds.file_bytes}")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.unlink(missing_ok=True)  # of members with one name the last counts
            try:
                self._copy(contents, place)
            except BaseException:
                place.unlink(missing_ok=True)
                raise

    def _copy(self, contents: IO[bytes], place: Path) -> None:
        with place.open("xb") as file:
            while read := contents.read(_COPY_BYTES):
                self._left -= len(read)
                if self._left < 0:
                    raise TooMuch(f"over {self.bounds.total_bytes} bytes in all")
                file.write(read)

    def hard_link(self, name: str, target: str) -> None:
        with _Refusing(self, name):
            place, existing = self._place(name), self._inside(target)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.unlink(missing_ok=True)
            place.hardlink_to(existing)

    def symbolic_link(self, name: str, target: str) -> None:
        with _Refusing(self, name):
            place = self._place(name)
            if not target or "\0" in target:
                raise _Refused("a link to nothing")
            place.parent.mkdir(parents=True, exist_ok=True)
            self._links.append((name, place, target))

    def link(self) -> None:
        """Make the symbolic links, now that nothing else is written: so no write follows one.

        Only when all are made is it known where each of them ends.
        """
        made = []
        for name, place, target in self._links:
            with _Refusing(self, name):
                place.symlink_to(target)
                made.append((name, place))
        root = self._root.resolve()
        ends = [(name, place, _end_of(place)) for name, place in made]
        for name, place, end in ends:
            if end is None or not end.is_relative_to(root):
                place.unlink()
                self.refuse(name, "a link out of the archive" if end else "a link to nothing")

    def _place(self, name: str) -> Path:
        self.members += 1
        if self.members > self.bounds.members:
            raise TooMuch(f"over {self.bounds.members} members")
        return self._inside(name)

    def _inside(self, name: str) -> Path:
        path = PurePosixPath(name)
        if path.is_absolute():
            raise _Refused("an absolute path")
        if ".." in path.parts:
            raise _Refused("a path that climbs")
        if "\0" in name:
            raise _Refused("a zero byte in the name")
        return self._root / path


class _Refused(Exception):
    """A member that is left out, and why."""


class _Refusing:
    """Turns what is wrong with one member into its refusal; a full disk is no such thing."""

    def __init__(self, tree: _Tree, name: str) -> None:
        self._tree = tree
        self._name = name

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        match error:
            case _Refused():
                self._tree.refuse(self._name, str(error))
            case OSError(errno=number) if number in _WRONG_NAME:
                self._tree.refuse(self._name, error.strerror or "cannot be written")
            case _:
                return False
        return True


def _end_of(link: Path) -> Path | None:
    """Where the system says that a link ends; None where nothing is.

    Asked of the system, since on paths that grow too long `os.path.realpath` is mistaken.
    """
    try:
        opened = os.open(link, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return Path(f"/proc/self/fd/{opened}").readlink()
    except OSError:
        return Path("/")
    finally:
        os.close(opened)
