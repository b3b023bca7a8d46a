"""Debian's source packages, fetched by apt, unpacked by dpkg-source and built in isolation.

The build brings the headers and sources that it generates, and how each file is compiled
(`package_build`, `build_flags`). A package that cannot be built here is taken as it was unpacked:
its include folders are guessed, and its losses say why it was not built.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

from corpus.sources.apt import Apt, Gone, locked
from corpus.sources.base import HEADER_SUFFIXES, LANGUAGE_OF, Source, SourceError, TranslationUnit
from corpus.sources.binaries import CannotBeBuilt
from corpus.sources.build_flags import OF_BUILD_SYSTEMS, BuildFlags
from corpus.sources.cache import cache_folder
from corpus.sources.copyright import DebianCopyright, license_in_file
from corpus.sources.package_build import SOURCE_AT, PackageBuild, build_package
from corpus.sources.walk import source_paths, walk

ORIGIN = "debian"

_PACKAGING = frozenset({"debian"})
_HOW_TO_GET = "apt-get and dpkg-source are needed (Debian: apt-get install dpkg-dev)"
_PACKAGE = re.compile(r"([a-z0-9][a-z0-9+.-]+)(?:=([A-Za-z0-9.+:~-]+))?")
_SECTION = re.compile(r"section/([a-z0-9-]+)(?::([1-9]\d*))?")
_INCLUDE = re.compile(
    rb'^[ \t]*#[ \t]*include[ \t]*["<]([^">\n]+\.(?:c|cc|cpp|cxx))[">]', re.MULTILINE
)


_Answer = TypeVar("_Answer")


def sources_of(rest: str, spec: str) -> list[Source]:
    """`debian:NAME`, `debian:NAME=VERSION`, `debian:section/NAME` and `debian:section/NAME:COUNT`.

    Raises SourceError for what is none of these.
    """
    section = _SECTION.fullmatch(rest)
    if section is not None:
        return [DebianSection(section.group(1), int(section.group(2) or 0))]
    package = _PACKAGE.fullmatch(rest)
    if package is None:
        raise SourceError(
            f"{spec}: not a package name; write debian:NAME, as debian:zlib, debian:NAME=VERSION"
            " or debian:section/NAME:COUNT, as debian:section/libs:20"
        )
    return [DebianSource(package.group(1), package.group(2) or "")]


class NoCode(SourceError):
    """A package without a file of C or C++."""


class DebianSource:
    """A source package of the machine's repositories: the newest version, or the one named."""

    def __init__(self, name: str, version: str = "") -> None:
        self._name = name
        self._version = version
        self._tree: Path | None = None

    def fetch(self) -> None:
        """Download and unpack the package, unless it is there already.

        Raises SourceError: no apt here, no such package, no network and nothing cached, a
        repository without sources.
        """
        self._tree = _with_apt(
            f"debian:{self._name}", lambda apt: apt.unpacked(self._name, self._version)
        )
        if next(_source_files(self._tree), None) is None:
            raise NoCode(f"debian:{self._name}: the package holds no C or C++ file")

    def outline(self) -> Iterator[TranslationUnit]:
        """The files as they were unpacked."""
        assert self._tree is not None, "fetch() comes first"
        return _Units(self._tree, self._name, "").unbuilt("")

    def units(self) -> Iterator[TranslationUnit]:
        """Every C and C++ file that is no part of another, in the order of the paths.

        The first call builds the package. Raises SourceError where that needs a network.
        """
        assert self._tree is not None, "fetch() comes first"
        program, _, version = self._tree.name.partition("_")
        version = version.replace("%", ":")
        units = _Units(self._tree, program, version)
        try:
            build = build_package(Apt(cache_folder("debian")), self._tree, program, version)
        except CannotBeBuilt as error:
            yield from units.unbuilt(str(error))
        else:
            yield from units.built(build)


class DebianSection:
    """Source packages of one section of the archive: `count` of them, or all.

    Which ones: the first in the order of their names' hashes, so that they are no alphabet's
    beginning, and a larger count brings the same packages and more. Packages without C or C++, and
    those that the repository lists but no longer has, do not count; they are found out as the
    others are fetched.
    """

    def __init__(self, name: str, count: int) -> None:
        self._name = name
        self._count = count
        self._packages: list[str] = []

    def fetch(self) -> None:
        """List the section's packages. Raises SourceError where there is no such section."""
        names = _with_apt(f"debian:section/{self._name}", lambda apt: apt.section(self._name))
        self._packages = sorted(names, key=lambda name: blake2b(name.encode()).digest())

    def outline(self) -> Iterator[TranslationUnit]:
        """Nothing: its packages are not here yet."""
        return iter(())

    def units(self) -> Iterator[TranslationUnit]:
        """The units of one package after the other, each fetched when its turn comes."""
        taken = 0
        for name in self._packages:
            if self._count and taken == self._count:
                return
            source = DebianSource(name)
            try:
                source.fetch()
            except (NoCode, Gone):
                continue
            taken += 1
            yield from source.units()


def _with_apt(what: str, ask: Callable[[Apt], _Answer]) -> _Answer:
    for tool in ("apt-get", "apt-config", "dpkg-source", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise SourceError(f"{what}: no {tool} here; {_HOW_TO_GET}")
    cache = cache_folder("debian")
    try:
        with locked(cache):
            return ask(Apt(cache))
    except OSError as error:
        raise SourceError(
            f"{cache}: cannot be used ({error.strerror}); set XDG_CACHE_HOME to a folder"
            " that can be written"
        ) from error


class _Units:
    """Makes the units of one package's tree."""

    def __init__(self, tree: Path, program: str, version: str) -> None:
        copyright_file = tree / "debian" / "copyright"
        text = copyright_file.read_text(errors="replace") if copyright_file.is_file() else ""
        self._licenses = DebianCopyright(text)
        self._tree = tree
        self._program = program
        self._version = version

    def unbuilt(self, reason: str) -> Iterator[TranslationUnit]:
        """Every file as it was unpacked; `reason` says why it was not built."""
        for path in _source_files(self._tree):
            yield replace(
                self._unit(self._tree, path),
                folder=str(self._tree),
                guess_includes=True,
                context=self._tree.name,
                remark=f"not built: {reason}",
            )

    def built(self, build: PackageBuild) -> Iterator[TranslationUnit]:
        """What the build compiled, and every other file that stands for itself."""
        flags = BuildFlags(build.commands, SOURCE_AT)
        recorded = {file for file in flags.recorded if (build.source / file).is_file()}
        files = {str(path) for path in _source_files(build.source)} - recorded
        if recorded:
            files -= _included(build.source)
        for file in sorted(files | recorded):
            compilation = flags.of(file)
            yield replace(
                self._unit(build.source, Path(file)),
                folder=os.path.normpath(build.source / compilation.folder),
                flags=compilation.flags,
                guess_includes=file not in recorded,
                context=build.digest,
                remark=f"building the package failed: {build.problem}" if build.problem else "",
            )

    def _unit(self, root: Path, path: Path) -> TranslationUnit:
        return TranslationUnit(
            program=self._program,
            version=self._version,
            origin=ORIGIN,
            license=license_in_file(root / path) or self._licenses.license_of(str(path)),
            language=LANGUAGE_OF[path.suffix],
            root=str(root),
            path=str(path),
            folder=str(root),
        )


def _source_files(root: Path) -> Iterator[Path]:
    return (
        path
        for path in source_paths(root, _PACKAGING)
        if LANGUAGE_OF[path.suffix] != "llvm-ir" and not OF_BUILD_SYSTEMS & {*path.parts}
    )


def _included(root: Path) -> set[str]:
    """Files of code that another file includes: parts of that one, seen from the tree."""
    found: set[str] = set()
    for path in walk(root):
        if path.suffix not in HEADER_SUFFIXES and path.suffix not in LANGUAGE_OF:
            continue
        try:
            included = _INCLUDE.findall((root / path).read_bytes())
        except OSError:
            continue
        for name in included:
            wanted = os.fsdecode(name)
            found.update(
                os.path.normpath(folder / wanted) for folder in (path.parent, *path.parents)
            )
    return found
