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


_NEVER = (Path("/dev"), Path("/proc"), Path("/sys"))
"""What lies there looks like files, but reading it may have no end."""


def source_paths(
    root: Path, skip: frozenset[str] = frozenset(), *, confined: bool = False
) -> Iterator[Path]:
    """Source files under `root`, as paths seen from it, in order; `skip` names folders in it."""
    paths = walk(root, skip, confined=confined)
    return (path for path in paths if path.suffix in LANGUAGE_OF)


def walk(
    root: Path, skip: frozenset[str] = frozenset(), *, confined: bool = False
) -> Iterator[Path]:
    """Regular files under `root`, seen from it, sorted, without hidden and version-control folders.

    Links to folders are not followed, so loops cannot occur; links to files are, once resolved.
    `confined`: not where they lead out of `root`, as those that a stranger made might.
    """
    real_root = root.resolve()
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
            if name.startswith(".") or not path.is_file():  # a pipe or device would block
                continue
            if not path.is_symlink() or _may_follow(path, real_root if confined else None):
                yield path.relative_to(root)


def _may_follow(link: Path, inside: Path | None) -> bool:
    end = link.resolve()
    if inside is not None and not end.is_relative_to(inside):
        return False
    return not any(end.is_relative_to(folder) for folder in _NEVER)


def headers_digest(root: Path, *, below: bool = True, confined: bool = False) -> str:
    """A digest of every header under `root`: what a file includes may change while it does not.

    Without `below`, headers in the folder itself only; `confined` as for `walk`.
    """
    digest = blake2b(digest_size=8)
    beside = () if below else sorted(Path(entry.name) for entry in root.iterdir())
    for path in walk(root, confined=confined) if below else beside:
        if path.suffix not in HEADER_SUFFIXES:
            continue
        if not (root / path).is_file():
            continue
        try:
            contents = (root / path).read_bytes()
        except OSError:
            continue
        digest.update(f"{path}\0{len(contents)}\0".encode(errors="surrogateescape") + contents)
    return digest.hexdigest()
