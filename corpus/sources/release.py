"""Names of released archives and folders: `zlib-1.3.1.tar.gz` is version 1.3.1 of zlib."""

import re

ARCHIVE_SUFFIXES = (
    ".tar",
    *(".tar.gz", ".tgz"),
    *(".tar.bz2", ".tbz2", ".tbz"),
    *(".tar.xz", ".txz"),
    ".zip",
)
"""Kinds of archives that are unpacked, by the end of their names in small letters."""

_OTHER_SUFFIXES = (".git", ".crate", ".tar.zst", ".tar.lz", ".7z")
_VERSION = r"v?\d+(?:[.+~_-][A-Za-z0-9.+~_-]*|[a-z]\d*)?"
_NAME_AND_VERSION = re.compile(rf"(.*?[A-Za-z].*?)[-_@]({_VERSION})")
_ONLY_VERSION = re.compile(_VERSION)


def is_archive(name: str) -> bool:
    """Whether a file of this name is an archive that is unpacked."""
    return name.lower().endswith(ARCHIVE_SUFFIXES)


def name_and_version(name: str) -> tuple[str, str]:
    """Name and version of a release, by the name of its archive or folder.

    Without a version it is empty; of what is a version alone, the name is.
    """
    stem = _stem(name)
    if _ONLY_VERSION.fullmatch(stem):
        return "", stem.removeprefix("v")
    both = _NAME_AND_VERSION.fullmatch(stem)
    return (both[1], both[2].removeprefix("v")) if both else (stem, "")


def _stem(name: str) -> str:
    for suffix in sorted((*ARCHIVE_SUFFIXES, *_OTHER_SUFFIXES), key=len, reverse=True):
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return name
