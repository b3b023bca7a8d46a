"""What the user types after `corpus add`, as sources."""

import re
from collections.abc import Callable
from pathlib import Path

from corpus.sources import compile_commands, csmith, debian, parquet, pypi, yarpgen
from corpus.sources.archive import ArchiveSource
from corpus.sources.base import LANGUAGE_OF, Source, SourceError
from corpus.sources.bitcode import BitcodeSource
from corpus.sources.compile_commands import CompileCommandsSource
from corpus.sources.directory import DirectorySource, FileSource
from corpus.sources.parquet import ParquetSource
from corpus.sources.release import is_archive

ACCEPTED = (
    "a folder, a file (.c .cc .cpp .cxx .ll .bc, compile_commands.json, .parquet of bitcode, .zip"
    " .tar .tar.gz .tar.bz2 .tar.xz), @LIST, debian:NAME, pypi:NAME, csmith:COUNT or yarpgen:COUNT"
)

LIST_BYTES = 1 << 20
"""A list of sources is written by hand or by a script; what is larger was named by mistake."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+-]*):(.*)", re.DOTALL)
_SCHEMES: dict[str, Callable[[str, str], list[Source]]] = {
    "csmith": csmith.sources_of,
    "debian": debian.sources_of,
    "pypi": pypi.sources_of,
    "yarpgen": yarpgen.sources_of,
}
"""Each gets what follows the colon, and the whole for its messages; it raises SourceError."""


def resolve(spec: str) -> list[Source]:
    """The sources that `spec` names; nothing is fetched and no folder is read yet.

    `@FILE` names a list: one source per line, paths seen from the list's folder; empty lines, and
    what follows a `#` at the start of a line or after a space, say nothing. A list may name lists.

    Raises SourceError: no such path, unknown scheme or suffix, a malformed count or name, a list
    that cannot be read or names itself.
    """
    return _resolve(spec, Path(), ())


def _resolve(spec: str, folder: Path, lists: tuple[Path, ...]) -> list[Source]:
    if spec.startswith("@"):
        return _listed(folder / Path(spec[1:]).expanduser(), lists)
    path = folder / Path(spec).expanduser()
    scheme = _SCHEME.fullmatch(spec)
    if scheme is not None and not path.exists():
        sources_of = _SCHEMES.get(scheme.group(1))
        if sources_of is None:
            raise SourceError(f"{spec}: unknown scheme {scheme.group(1)}:; name {ACCEPTED}")
        return sources_of(scheme.group(2), spec)
    return [_at(path, spec)]


def _at(path: Path, spec: str) -> Source:
    if not path.exists():
        raise SourceError(f"{spec}: no such file or folder; name {ACCEPTED}")
    if path.is_dir():
        return DirectorySource(path)
    if not path.is_file():  # reading a pipe or a device might never end
        raise SourceError(f"{spec}: neither a file nor a folder; name {ACCEPTED}")
    if path.name == compile_commands.NAME:
        return CompileCommandsSource(path)
    if is_archive(path.name):
        return ArchiveSource(path)
    if path.suffix == parquet.SUFFIX:
        return ParquetSource(path)
    match LANGUAGE_OF.get(path.suffix):
        case None:
            raise SourceError(f"{spec}: not a kind of file that is read; name {ACCEPTED}")
        case "llvm-ir":
            return BitcodeSource(path)
        case _:
            return FileSource(path)


def _listed(path: Path, lists: tuple[Path, ...]) -> list[Source]:
    """The sources of a list; `lists` are those that led to it."""
    path = path.resolve()
    if path in lists:
        raise SourceError(f"{path}: a list of sources that names itself; remove that line")
    sources = []
    for number, line in enumerate(_lines(path), start=1):
        spec = re.sub(r"(^|\s)#.*", "", line).strip()
        if not spec:
            continue
        try:
            sources += _resolve(spec, path.parent, (*lists, path))
        except SourceError as error:
            raise SourceError(f"{path}, line {number}: {error}") from error
    if not sources:
        raise SourceError(f"{path}: names no source; write one on each line")
    return sources


def _lines(path: Path) -> list[str]:
    if path.exists() and not path.is_file():
        raise SourceError(f"@{path}: not a file; a list has one source on each line")
    try:
        with path.open("rb") as file:
            contents = file.read(LIST_BYTES + 1)
    except OSError as error:
        raise SourceError(f"@{path}: cannot be read ({error.strerror})") from error
    if len(contents) > LIST_BYTES:
        raise SourceError(f"@{path}: over {LIST_BYTES >> 20} MiB; is this a list of sources?")
    return contents.decode(errors="surrogateescape").splitlines()
