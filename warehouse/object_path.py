"""A place in an object store, with those of a path's operations that the warehouse uses.

An object is written whole or not at all, is seen by everyone as soon as its write returns, and can
be written on the condition that nobody has written it meanwhile: that is all a lake needs of a
store. There are no folders; a name with a slash is only a name.

`obstore` speaks to the store and takes its credentials from the environment, as the Delta library
does; both are the same library below (`object_store`). It is imported when first used.

    s3://BUCKET/PREFIX      S3 and what speaks like it: AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, …
    az://CONTAINER/PREFIX   Azure's blobs: AZURE_STORAGE_ACCOUNT_NAME, AZURE_STORAGE_ACCOUNT_KEY, …
    gs://BUCKET/PREFIX      Google's: GOOGLE_APPLICATION_CREDENTIALS. Tried against a stand-in made
                            after its documentation alone, as no emulator knows its conditions

Stores that take no notice of a condition would lose commits without a word, so whoever makes a
lake, adds code to it or pulls into it finds out first (`probe`).
"""

# ruff: noqa: PLC0415  (obstore is an extra, imported when first used, as said above)

from __future__ import annotations

import contextlib
import io
import re
import secrets
import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from warehouse.errors import (
    LakeUnreadable,
    LakeUnwritable,
    UnsupportedLocation,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from obstore.store import ObjectStore

_URL = re.compile(
    r"((?:s3|az|gs)://[a-z0-9][a-z0-9._-]{1,61}[a-z0-9])((?:/[A-Za-z0-9_][A-Za-z0-9._=+@-]*)*)/?"
)

_CREDENTIALS = {
    "s3": "AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID",
    "az": "AZURE_STORAGE_ACCOUNT_NAME, AZURE_STORAGE_ACCOUNT_KEY",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS",
}

_NO_BUCKET = ("NoSuchBucket", "ContainerNotFound")

_PIECE_BYTES = 4 * 2**20
"""Read or written in one request: a request is given half a minute, whatever the line."""


class Tag(NamedTuple):
    """What tells one content of an object from every other: stores look at one or the other."""

    e_tag: str | None
    version: str | None


class ObjectFacts(NamedTuple):
    """What the store says of an object: bytes, and seconds since 1970 by its clock."""

    st_size: int
    st_mtime: float


@dataclass(frozen=True, order=True)
class ObjectPath:
    """A name in a bucket, `s3://bucket` and the key; a lake's folder is a name that nothing has."""

    bucket: str
    key: str

    @classmethod
    def of_url(cls, url: str) -> ObjectPath:
        """The place that a URL means.

        Raises:
            UnsupportedLocation: it is of another kind of store or has odd characters, or what
                speaks to stores is not installed.
        """
        found = _URL.fullmatch(url)
        if found is None:
            raise UnsupportedLocation(
                f"{url}: give a folder, or s3://BUCKET/PREFIX (az://, gs://) of letters, digits and"
                " . _ = + @ -"
            )
        try:
            import obstore  # noqa: F401 - to know it now
        except ImportError as error:
            raise UnsupportedLocation(
                f"{url}: run `pip install 'passlake[object-store]'` for lakes in object stores"
            ) from error
        return cls(found[1], found[2].removeprefix("/"))

    def __str__(self) -> str:
        return f"{self.bucket}/{self.key}".rstrip("/")

    def __truediv__(self, name: str) -> ObjectPath:
        return ObjectPath(self.bucket, f"{self.key}/{name}".removeprefix("/"))

    @property
    def name(self) -> str:
        """The last part."""
        return self.key.rpartition("/")[2] or self.bucket.rpartition("/")[2]

    @property
    def parent(self) -> ObjectPath:
        """All but the last part."""
        return ObjectPath(self.bucket, self.key.rpartition("/")[0])

    def with_name(self, name: str) -> ObjectPath:
        """Another name beside this one."""
        return self.parent / name

    def with_suffix(self, suffix: str) -> ObjectPath:
        """The name with another ending."""
        stem, dot, _ = self.name.rpartition(".")
        return self.with_name(f"{stem if dot else self.name}{suffix}")

    def stat(self) -> ObjectFacts:
        """What the store says of the object. Raises FileNotFoundError."""
        import obstore

        with _store_errors(self, reading=True):
            facts = obstore.head(_store(self.bucket), self.key)
        return ObjectFacts(facts["size"], facts["last_modified"].timestamp())

    def exists(self) -> bool:
        """Whether there is an object of this name."""
        if not self.key:
            return False
        try:
            self.stat()
        except FileNotFoundError:
            return False
        return True

    is_file = exists

    def read_bytes(self) -> bytes:
        """A small object's content. Raises FileNotFoundError."""
        return self.read_tagged()[0]

    def read_tagged(self) -> tuple[bytes, Tag]:
        """A small object's content and what it is told by. Raises FileNotFoundError."""
        import obstore

        with _store_errors(self, reading=True):
            got = obstore.get(_store(self.bucket), self.key)
            return bytes(got.bytes()), Tag(got.meta["e_tag"], got.meta["version"])

    def open(self, mode: str = "rb") -> io.BufferedReader:
        """The object's content as a file, read piece by piece. Raises FileNotFoundError."""
        assert mode == "rb", mode
        return io.BufferedReader(_Reading(self, self.stat().st_size), _PIECE_BYTES)

    def write(
        self, content: bytes | memoryview, *, only_new: bool = False, only_over: Tag | None = None
    ) -> Tag:
        """Write the object; what its content is now told by.

        With `only_new` nothing may be there, with `only_over` what is told by this has to be.
        Raises FileExistsError where that does not hold: nothing was written.
        """
        import obstore
        from obstore.exceptions import AlreadyExistsError, NotFoundError, PreconditionError

        over = {} if only_over is None else only_over._asdict()
        known = {name: value for name, value in over.items() if value is not None}
        mode: Any = "create" if only_new else known or "overwrite"
        with _store_errors(self):
            try:
                # In parts only where it is large: parts of a write that was cut off stay, unseen,
                # until the bucket's own rules clear them away.
                done = obstore.put(
                    _store(self.bucket),
                    self.key,
                    content,
                    mode=mode,
                    use_multipart=mode == "overwrite" and len(content) > 4 * _PIECE_BYTES,
                )
            except (AlreadyExistsError, PreconditionError) as error:
                raise FileExistsError(str(self)) from error
            except NotFoundError as error:
                if only_over:
                    raise FileExistsError(str(self)) from error
                raise
        return Tag(done["e_tag"], done["version"])

    def unlink(self, *, missing_ok: bool = True) -> None:
        """Remove the object; the store does not say whether there was one."""
        import obstore
        from obstore.exceptions import NotFoundError

        del missing_ok
        with _store_errors(self), contextlib.suppress(FileNotFoundError, NotFoundError):
            obstore.delete(_store(self.bucket), self.key)

    def names(self) -> list[str]:
        """The next parts of all names that begin with this one and a slash, in order."""
        import obstore

        prefix = f"{self.key}/" if self.key else ""
        with _store_errors(self, reading=True):
            found = obstore.list_with_delimiter(_store(self.bucket), prefix)
        keys = [one["path"] for one in found["objects"]] + list(found["common_prefixes"])
        return sorted({key.removeprefix(prefix).split("/")[0] for key in keys})

    def now_s(self) -> float:
        """What the store's own clock says, to a second, in seconds since 1970; writes beside."""
        clock = self.with_name(f"{self.name}.clock")
        clock.write(b"")
        return clock.stat().st_mtime

    def filesystem(self) -> Any:  # noqa: ANN401 - fsspec has no types
        """The store as `fsspec` knows file systems: DuckDB and Arrow read through it."""
        return _filesystem(_kind(self))


def remove(objects: Sequence[ObjectPath]) -> None:
    """Remove objects of one bucket; those that are gone already, too."""
    import obstore
    from obstore.exceptions import NotFoundError

    for one in objects[:1]:
        store = _store(one.bucket)
        with _store_errors(one):
            try:
                obstore.delete(store, [each.key for each in objects])
            except (FileNotFoundError, NotFoundError):  # some stores say so, and leave the rest
                for each in objects:
                    with contextlib.suppress(FileNotFoundError, NotFoundError):
                        obstore.delete(store, each.key)


def probe(folder: ObjectPath) -> None:
    """Find out whether a store can be written, and heeds the conditions that a lake writes under.

    Raises:
        LakeUnwritable: it cannot, or does not.
    """
    trial = folder / f".probe.{secrets.token_hex(4)}.tmp"
    first = trial.write(b"1", only_new=True)
    second = trial.write(b"2", only_over=first)
    for refused in ({"only_new": True}, {"only_over": first}):
        with contextlib.suppress(FileExistsError):
            trial.write(b"3", **refused)
    if trial.read_tagged() != (b"2", second):
        trial.unlink()
        raise LakeUnwritable(
            f"the store of {folder} writes over objects that it was told not to write over, and "
            "would lose commits: take one that knows conditional writes, or a folder"
        )
    trial.unlink()


def _kind(place: ObjectPath) -> str:
    return place.bucket.partition("://")[0]


class _Reading(io.RawIOBase):
    """An object's bytes, asked for where they are read.

    Each thread has a position of its own: DuckDB's threads share a file, and what one of them reads
    after another has moved on is some other part of it.
    """

    def __init__(self, place: ObjectPath, size: int) -> None:
        super().__init__()
        self._place, self._size = place, size
        self._own = threading.local()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return getattr(self._own, "at", 0)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        begin = {io.SEEK_SET: 0, io.SEEK_CUR: self.tell(), io.SEEK_END: self._size}[whence]
        self._own.at = begin + offset
        return begin + offset

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - a buffer has no type before 3.12
        import obstore

        at = self.tell()
        length = min(len(buffer), self._size - at)
        if length <= 0:
            return 0
        with _store_errors(self._place, reading=True):
            store = _store(self._place.bucket)
            piece = obstore.get_range(store, self._place.key, start=at, length=length)
        buffer[: len(piece)] = memoryview(piece)
        self._own.at = at + len(piece)
        return len(piece)


@lru_cache(maxsize=8)
def _filesystem(kind: str) -> Any:  # noqa: ANN401 - fsspec has no types
    from obstore.fsspec import FsspecStore

    class Store(FsspecStore):
        """obstore's, but for files that threads may share."""

        def _open(  # type: ignore[override]  # a file, and what it is told to buffer is no matter
            self, path: str, mode: str = "rb", **options: object
        ) -> _Reading:
            assert mode == "rb", (mode, options)
            bucket, _, key = path.removeprefix(f"{kind}://").partition("/")
            place = ObjectPath(f"{kind}://{bucket}", key)
            return _Reading(place, place.stat().st_size)

    asked: Any = kind
    return Store(asked)


@lru_cache(maxsize=8)
def _store(bucket: str) -> ObjectStore:
    from obstore.store import from_url

    return from_url(bucket)


@contextlib.contextmanager
def _store_errors(place: ObjectPath, *, reading: bool = False) -> Iterator[None]:
    """Turn the store's errors into those that paths raise, or that a user can act on."""
    from obstore.exceptions import BaseError, NotFoundError

    try:
        yield
    except (FileNotFoundError, NotFoundError) as error:
        # A bucket that is not there is no object that is not there: nothing in it can be written.
        if not reading or any(name in str(error) for name in _NO_BUCKET):
            raise LakeUnwritable(f"cannot write {place}: there is no such bucket") from error
        raise FileNotFoundError(str(place)) from error
    except BaseError as error:
        line = str(error).splitlines()[0]
        way_out = f"see {_CREDENTIALS[_kind(place)]} and the rights that these have"
        kind = LakeUnreadable if reading else LakeUnwritable
        verb = "read" if reading else "write"
        raise kind(f"cannot {verb} {place} ({line}): {way_out}") from error
