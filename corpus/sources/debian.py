"""Debian's source packages, fetched by apt and unpacked by dpkg-source, as any user may.

The packages are not configured or built here; files that need that are counted as losses.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from corpus.sources.apt import Apt, cache_folder, locked
from corpus.sources.base import LANGUAGE_OF, Source, SourceError, TranslationUnit
from corpus.sources.copyright import DebianCopyright, license_in_file
from corpus.sources.walk import source_paths

ORIGIN = "debian"

_PACKAGING = frozenset({"debian"})
_HOW_TO_GET = "apt-get and dpkg-source are needed (Debian: apt-get install dpkg-dev)"


_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+")


def sources_of(rest: str, spec: str) -> list[Source]:
    """`debian:NAME`. Raises SourceError for what is no package name."""
    if not _PACKAGE.fullmatch(rest):
        raise SourceError(f"{spec}: not a package name; write debian:NAME, as debian:zlib")
    return [DebianSource(rest)]


class DebianSource:
    """The newest source package that the machine's repositories offer under a name."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._root: Path | None = None

    def fetch(self) -> None:
        """Download and unpack the package, unless it is there already.

        Raises SourceError: no apt here, no such package, no network and nothing cached, a
        repository without sources.
        """
        for tool in ("apt-get", "apt-config", "dpkg-source"):
            if shutil.which(tool) is None:
                raise SourceError(f"debian:{self._name}: no {tool} here; {_HOW_TO_GET}")
        cache = cache_folder()
        try:
            with locked(cache):
                self._root = Apt(cache).unpacked(self._name)
        except OSError as error:
            raise SourceError(
                f"{cache}: cannot be used ({error.strerror}); set XDG_CACHE_HOME to a folder"
                " that can be written"
            ) from error
        if next(_paths(self._root), None) is None:
            raise SourceError(f"debian:{self._name}: the package holds no C or C++ file")

    def units(self) -> Iterator[TranslationUnit]:
        """Every C and C++ file outside the packaging, in the order of the paths."""
        assert self._root is not None, "fetch() comes first"
        root = self._root
        program, _, version = root.name.partition("_")
        copyright_file = root / "debian" / "copyright"
        text = copyright_file.read_text(errors="replace") if copyright_file.is_file() else ""
        licenses = DebianCopyright(text)
        for path in _paths(root):
            yield TranslationUnit(
                program=program,
                version=version.replace("%", ":"),
                origin=ORIGIN,
                license=license_in_file(root / path) or licenses.license_of(str(path)),
                language=LANGUAGE_OF[path.suffix],
                root=str(root),
                path=str(path),
                folder=str(root),
                guess_includes=True,
                context=root.name,
            )


def _paths(root: Path) -> Iterator[Path]:
    return (
        path for path in source_paths(root, _PACKAGING) if LANGUAGE_OF[path.suffix] != "llvm-ir"
    )
