"""Which files of a folder count, in an order that depends on their names alone."""

import os
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

from corpus.sources.base import HEADER_SUFFIXES, LANGUAGE_OF

ORIGIN = "directory"
"""What rows say of code from a folder, with or without a compilation database."""

_VERSION_CONTROL = frozenset({"CVS", "_darcs", "RCS", "SCCS"})
"""Folders of version control that are not hidden; hidden folders are never looked into."""


def source_paths(root: Path, skip: frozenset[str] = frozenset()) -> Iterator[Path]:
    """Source files under `root`, as paths seen from it, in order; `skip` names folders in it."""
    return (path for path in walk(root, skip) if path.suffix in LANGUAGE_OF)


def walk(root: Path, skip: frozenset[str] = frozenset()) -> Iterator[Path]:
    """Regular files under `root`, seen from it, sorted, without hidden and version-control folders.

    Links to folders are not followed, so loops cannot occur; links to files are, once resolved.
    """
    for folder, subfolders, files in os.walk(root):
        here = Path(folder)
        subfolders[:] = sorted(
            name
            for name in subfolders
            if not name.startswith(".")
            and name not in _VERSION_CONTROL
            and not (here == root and name in skip)
        )
        for name in sorted(files):
            path = here / name
            if not name.startswith(".") and path.is_file():
                yield path.relative_to(root)


def headers_digest(root: Path, *, below: bool = True) -> str:
    """A digest of every header under `root`: what a file includes may change while it does not.

    Without `below`, headers in the folder itself only.
    """
    digest = blake2b(digest_size=8)
    for path in walk(root) if below else sorted(Path(entry.name) for entry in root.iterdir()):
        if path.suffix not in HEADER_SUFFIXES:
            continue
        try:
            contents = (root / path).read_bytes()
        except OSError:
            continue
        digest.update(f"{path}\0{len(contents)}\0".encode(errors="surrogateescape") + contents)
    return digest.hexdigest()
