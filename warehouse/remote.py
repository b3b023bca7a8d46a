"""Another lake, as far as a pull sees it: files to read, in a folder, a store or behind a server.

Nothing but the files of a lake's folder is asked of a web server: any that serves a folder will do.
"""

from __future__ import annotations

import http.client
import re
import urllib.error
import urllib.parse
import urllib.request
from typing import IO, TYPE_CHECKING, Protocol

from warehouse import places
from warehouse.errors import LakeUnreadable, RemoteMissing, RemoteUnreachable

if TYPE_CHECKING:
    import os

    from warehouse.places import Place

_WAIT_S = 60.0
"""How long a server may say nothing."""

_PIECE = 1 << 20


class Sink(Protocol):
    """Where a copy goes."""

    def write(self, piece: bytes, /) -> object:
        """Take the next piece."""


class Remote(Protocol):
    """A lake that is only read; `location` says where it is."""

    location: str

    def read(self, path: str, most_bytes: int) -> bytes:
        """What a file of the lake holds, of at most so many bytes.

        Raises:
            RemoteMissing: there is no such file, or it is larger.
            RemoteUnreachable, LakeUnreadable: it cannot be read now, or by us.
        """

    def copy(self, path: str, to: Sink, most_bytes: int) -> None:
        """Copy a file of the lake piece by piece. Raises as `read` does."""


def remote(location: str | os.PathLike[str]) -> Remote:
    """The lake in a folder, in an object store, or at an address that begins with http: or https:.

    Raises:
        UnsupportedLocation: an address of another kind, or a path that cannot hold a lake.
    """
    text = str(location)
    if re.match(r"https?://", text):
        return _WebRemote(text.rstrip("/"))
    if text.startswith("file://"):
        text = urllib.parse.unquote(urllib.parse.urlsplit(text).path)
    return _PlaceRemote(places.place_of(text))


class _PlaceRemote:
    def __init__(self, folder: Place) -> None:
        self._folder = folder
        self.location = str(folder)

    def read(self, path: str, most_bytes: int) -> bytes:
        with self._open(path) as file:
            return _within(file.read(most_bytes + 1), most_bytes, f"{self.location}/{path}")

    def copy(self, path: str, to: Sink, most_bytes: int) -> None:
        with self._open(path) as file:
            _pour(file, to, most_bytes, f"{self.location}/{path}")

    def _open(self, path: str) -> IO[bytes]:
        try:
            return (self._folder / path).open("rb")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise RemoteMissing(f"{self.location} has no {path}") from error
        except LakeUnreadable:
            raise
        except OSError as error:
            raise LakeUnreadable(f"cannot read {self.location}/{path}: {error.strerror}") from error


class _WebRemote:
    def __init__(self, location: str) -> None:
        self.location = location

    def read(self, path: str, most_bytes: int) -> bytes:
        try:
            with self._open(path) as answer:
                return _within(answer.read(most_bytes + 1), most_bytes, f"{self.location}/{path}")
        except (OSError, http.client.HTTPException) as error:
            raise self._lost(path, error) from error

    def copy(self, path: str, to: Sink, most_bytes: int) -> None:
        with self._open(path) as answer:
            _pour(_Heard(self, path, answer), to, most_bytes, f"{self.location}/{path}")

    def _open(self, path: str) -> IO[bytes]:
        address = f"{self.location}/{urllib.parse.quote(path)}"
        try:
            answer: IO[bytes] = urllib.request.urlopen(address, timeout=_WAIT_S)  # noqa: S310  (http or https, as `remote` saw to)
        except urllib.error.HTTPError as error:
            if error.code in {403, 404, 410}:
                raise RemoteMissing(f"{self.location} has no {path} ({error.code})") from error
            raise self._lost(path, error) from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise self._lost(path, error) from error
        return answer

    def _lost(self, path: str, error: Exception) -> RemoteUnreachable:
        return RemoteUnreachable(
            f"{self.location}/{path} cannot be had ({error}): the same command continues later"
        )


class _Heard:
    """An answer whose failures are the server's, not those of the disk that it is copied to."""

    def __init__(self, server: _WebRemote, path: str, answer: IO[bytes]) -> None:
        self._server, self._path, self._answer = server, path, answer

    def read(self, size: int) -> bytes:
        try:
            return self._answer.read(size)
        except (OSError, http.client.HTTPException) as error:
            raise self._server._lost(self._path, error) from error  # noqa: SLF001


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _pour(given: _Readable, to: Sink, most_bytes: int, name: str) -> None:
    done = 0
    while piece := given.read(_PIECE):
        done += len(piece)
        _within(piece, most_bytes - done + len(piece), name)
        to.write(piece)


def _within(content: bytes, most_bytes: int, name: str) -> bytes:
    if len(content) > most_bytes:
        raise RemoteMissing(
            f"{name} is larger than it should be: it is not the file that was named"
        )
    return content
