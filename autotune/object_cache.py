"""Objects that were made small before, by what they were made from.

A build compiles the same units again and again; a unit whose module, options, toolchain and search
options are the same gets its object from here, and the search is spared. An entry is one file, put
in place by a rename, so parallel builds share a folder; a cache that cannot be read or written
costs time, nothing else.
"""

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

MOST_ENTRIES = 64
"""Files of one of the 256 folders; beyond that the oldest go: about 16,000 objects in all."""


def cache_folder() -> Path:
    """Where `passlake cc` keeps what it found: PASSLAKE_CC_CACHE, or below the user's cache."""
    named = os.environ.get("PASSLAKE_CC_CACHE")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "passlake" / "cc"


@dataclass(frozen=True)
class Kept:
    """What is known of a unit: `object` is None where nothing is smaller than -Oz's."""

    pass_list: str
    object: bytes | None


def key_of(parts: Iterable[str | bytes]) -> str:
    """A key that depends on every part and on where each of them ends."""
    digest = blake2b(digest_size=20)
    for part in parts:
        content = part.encode(errors="surrogateescape") if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8, "little") + content)
    return digest.hexdigest()


class ObjectCache:
    """Entries in the folders below one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: str) -> Kept | None:
        """The entry of a key; None where there is none that can be read."""
        try:
            head, _, made = self._path(key).read_bytes().partition(b"\n")
            said = json.loads(head)
            if said["object_bytes"] != len(made):
                return None
            return Kept(said["pass_list"], made or None)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def put(self, key: str, kept: Kept) -> None:
        """Keep an entry, and let the oldest of its folder go."""
        path = self._path(key)
        made = kept.object or b""
        head = json.dumps({"pass_list": kept.pass_list, "object_bytes": len(made)})
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(f".{os.getpid()}")
            try:
                part.write_bytes(head.encode() + b"\n" + made)
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)
            self._trim(path.parent)

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / key[2:]

    def _trim(self, folder: Path) -> None:
        entries = list(folder.iterdir())
        if len(entries) > MOST_ENTRIES:
            entries.sort(key=lambda one: one.stat().st_mtime_ns)
            for entry in entries[:-MOST_ENTRIES]:
                entry.unlink(missing_ok=True)
