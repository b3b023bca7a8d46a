"""A place in an object store, with those of a path's operations that the warehouse uses.

An object is written whole or not at all, is seen by everyone as soon as its write returns, and can
be written on the condition that nobody has written it meanwhile: that is all a lake needs of a
store. There are no folders; a name with a slash is only a name.

`obstore` speaks to the store and takes its credentials from the environment (`AWS_ENDPOINT_URL`,
`AWS_ACCESS_KEY_ID`, …), as the Delta library does; it is imported when first used.
"""

# ruff: noqa: PLC0415  (obstore is an extra, imported when first used, as said above)

from __future__ import annotations

import contextlib
import io
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from warehouse.errors import (
    LakeUnreadable,
    LakeUnwritable,
    UnsupportedLocation,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from obstore.store import ObjectStore

_URL = re.compile(
    r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:/[A-Za-z0-9_][A-Za-z0-9._=+@-]*)*)/?"
)


class ObjectFacts(NamedTuple):
    """What the store says of an object: bytes, seconds since 1970 by its clock, its e-tag."""

    st_size: int
    st_mtime: float
    e_tag: str | None


@dataclass(frozen=True, order=True)
class ObjectPath:
    """A name in a bucket, `s3://bucket/key`; a lake's folder is a name that nothing has."""

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
                f"{url}: give a folder, or s3://BUCKET/PREFIX of letters, digits and . _ = + @ -"
            )
        try:
            import obstore  # noqa: F401 - to know it now
        except ImportError as error:
            raise UnsupportedLocation(
                f"{url}: run `pip install 'passlake[object-store]'` for lakes in object stores"
            ) from error
        return cls(found[1], found[2].removeprefix("/"))

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}".rstrip("/")

    def __truediv__(self, name: str) -> ObjectPath:
        return ObjectPath(self.bucket, f"{self.key}/{name}".removeprefix("/"))

    @property
    def name(self) -> str:
        """The last part."""
        return self.key.rpartition("/")[2] or self.bucket

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
        return ObjectFacts(facts["size"], facts["last_modified"].timestamp(), facts["e_tag"])

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
        """The object's content. Raises FileNotFoundError."""
        return self.read_tagged()[0]

    def read_tagged(self) -> tuple[bytes, str | None]:
        """The object's content and the e-tag that it has. Raises FileNotFoundError."""
        import obstore

        with _store_errors(self, reading=True):
            got = obstore.get(_store(self.bucket), self.key)
            return bytes(got.bytes()), got.meta["e_tag"]

    def open(self, mode: str = "rb") -> io.BytesIO:
        """The object's content as a file. Raises FileNotFoundError."""
        assert mode == "rb", mode
        return io.BytesIO(self.read_bytes())

    def write(self, content: bytes, *, only_new: bool = False, only_over: str = "") -> str | None:
        """Write the object; its e-tag.

        With `only_new` nothing may be there, with `only_over` what has this e-tag has to be.
        Raises FileExistsError where that does not hold: nothing was written.
        """
        import obstore
        from obstore.exceptions import AlreadyExistsError, NotFoundError, PreconditionError

        mode: Any = "create" if only_new else {"e_tag": only_over} if only_over else "overwrite"
        with _store_errors(self):
            try:
                done = obstore.put(
                    _store(self.bucket), self.key, content, mode=mode, use_multipart=False
                )
            except (AlreadyExistsError, PreconditionError) as error:
                raise FileExistsError(str(self)) from error
            except NotFoundError as error:
                if only_over:
                    raise FileExistsError(str(self)) from error
                raise
        e_tag: str | None = done["e_tag"]
        return e_tag

    def unlink(self, *, missing_ok: bool = True) -> None:
        """Remove the object; the store does not say whether there was one."""
        import obstore

        del missing_ok
        with _store_errors(self):
            obstore.delete(_store(self.bucket), self.key)

    def names(self) -> list[str]:
        """The next parts of all names that begin with this one and a slash, in order."""
        import obstore

        prefix = f"{self.key}/" if self.key else ""
        with _store_errors(self, reading=True):
            found = obstore.list_with_delimiter(_store(self.bucket), prefix)
        keys = [one["path"] for one in found["objects"]] + list(found["common_prefixes"])
        return sorted({key.removeprefix(prefix).split("/")[0] for key in keys})


def filesystem() -> Any:  # noqa: ANN401 - fsspec has no types
    """The store as `fsspec` knows file systems: DuckDB and Arrow read through it."""
    from obstore.fsspec import FsspecStore

    return FsspecStore("s3")


@lru_cache(maxsize=8)
def _store(bucket: str) -> ObjectStore:
    from obstore.store import from_url

    return from_url(f"s3://{bucket}")


@contextlib.contextmanager
def _store_errors(place: ObjectPath, *, reading: bool = False) -> Iterator[None]:
    """Turn the store's errors into those that paths raise, or that a user can act on."""
    from obstore.exceptions import BaseError, NotFoundError

    try:
        yield
    except (FileNotFoundError, NotFoundError) as error:
        # A bucket that is not there is no object that is not there: nothing in it can be written.
        if not reading or "NoSuchBucket" in str(error):
            raise LakeUnwritable(f"cannot write {place}: there is no such bucket") from error
        raise FileNotFoundError(str(place)) from error
    except BaseError as error:
        line = str(error).splitlines()[0]
        way_out = "see AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID and the rights that the key has"
        kind = LakeUnreadable if reading else LakeUnwritable
        verb = "read" if reading else "write"
        raise kind(f"cannot {verb} {place} ({line}): {way_out}") from error
