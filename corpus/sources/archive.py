"""Archives: released sources, or files of LLVM IR that somebody packed.

What is in them is somebody else's: build descriptions in them are not followed, links out of them
lead nowhere, and what was refused while unpacking is one lost unit each.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from corpus.sources import parquet
from corpus.sources.base import LANGUAGE_OF, UNKNOWN_LICENSE, SourceError, TranslationUnit
from corpus.sources.cache import cache_folder
from corpus.sources.copyright import DebianCopyright, license_in_file
from corpus.sources.parquet import ParquetSource
from corpus.sources.release import name_and_version
from corpus.sources.unpack import Unpacked, unpacked
from corpus.sources.walk import headers_digest, source_paths, walk

ORIGIN = "archive"


@dataclass(frozen=True)
class Release:
    """What an archive holds: a program in a version; `license` where no file says another."""

    program: str
    version: str
    origin: str
    license: str = UNKNOWN_LICENSE
    flags: tuple[str, ...] = ()
    context: str = ""


class ArchiveSource:
    """Every C, C++ and LLVM IR file in an archive.

    Program and version are those in the archive's name, as `zlib-1.3.tar.gz`, else in that of the
    one folder on top of it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()
        self._unpacked: Unpacked | None = None

    def fetch(self) -> None:
        """Unpack it into the cache, unless it is there. Raises SourceError."""
        found = unpacked(self._path, cache_folder("archives"))
        refuse_empty(found, str(self._path))
        self._unpacked = found

    def units(self) -> Iterator[TranslationUnit]:
        """The files in the order of their paths, then what was refused."""
        assert self._unpacked is not None, "fetch() comes first"
        top = top_folder(self._unpacked.root)
        program, version = _named(self._path.name, top.name)
        declared = top / "debian" / "copyright"
        text = declared.read_text(errors="replace") if declared.is_file() else ""
        license_ = DebianCopyright(text).license_of("*")
        yield from release_units(self._unpacked, Release(program, version, ORIGIN, license_))


def _named(archive: str, top: str) -> tuple[str, str]:
    """Program and version, by the names of the archive and of the folder on top."""
    program, version = name_and_version(archive)
    above, above_version = name_and_version(top)
    if program and (version or not above_version):
        return program, version
    return above or program or archive, version or above_version


def refuse_empty(found: Unpacked, name: str) -> None:
    """Raise SourceError where nothing in the tree can be taken in."""
    if any(True for _ in source_paths(found.root, confined=True)):
        return
    if any(ParquetSource(found.root / path).holds_bitcode() for path in _tables(found.root)):
        return
    refused = "; refused: " + ", ".join(map(": ".join, found.refused[:3])) if found.refused else ""
    suffixes = " ".join((*LANGUAGE_OF, parquet.SUFFIX))
    raise SourceError(f"{name}: no source file in it; files of {suffixes} are read{refused}")


def top_folder(root: Path) -> Path:
    """The folder that holds all: the one on top of the tree, or the tree."""
    entries = list(root.iterdir())
    only = entries[0] if len(entries) == 1 else root
    return only if only.is_dir() and not only.is_symlink() else root


def release_units(found: Unpacked, release: Release) -> Iterator[TranslationUnit]:
    """The units of an unpacked archive, as seen from the folder that holds all."""
    root = top_folder(found.root)
    context = f"{release.context}{headers_digest(root, confined=True)}"
    for path in source_paths(root, confined=True):
        language = LANGUAGE_OF[path.suffix]
        yield _unit(
            root,
            release,
            path=str(path),
            license=license_in_file(root / path) or release.license,
            language=language,
            ir=language == "llvm-ir",
            flags=() if language == "llvm-ir" else release.flags,
            guess_includes=True,
            context=context,
        )
    for path in _tables(root):
        table = ParquetSource(root / path, root)
        if table.holds_bitcode():
            yield from table.units()
    for name, reason in found.refused:
        said = f"refused while unpacking: {reason}"
        yield _unit(root, release, path=name, license=release.license, language="c", refused=said)


def _unit(root: Path, release: Release, **file: object) -> TranslationUnit:
    return TranslationUnit(
        program=release.program,
        version=release.version,
        origin=release.origin,
        root=str(root),
        folder=str(root),
        **file,  # type: ignore[arg-type] # the other fields, by name
    )


def _tables(root: Path) -> Iterator[Path]:
    paths = walk(root, confined=True)
    return (path for path in paths if path.suffix == parquet.SUFFIX)
