"""What the user types after `corpus add`, as a source."""

import re
from pathlib import Path

from corpus.sources import compile_commands
from corpus.sources.base import LANGUAGE_OF, Source, SourceError
from corpus.sources.bitcode import BitcodeSource
from corpus.sources.compile_commands import CompileCommandsSource
from corpus.sources.csmith import FIRST_SEED, CsmithSource
from corpus.sources.debian import DebianSource
from corpus.sources.directory import DirectorySource, FileSource

ACCEPTED = (
    "a folder, a file (.c .cc .cpp .cxx .ll .bc or compile_commands.json), debian:NAME or"
    " csmith:COUNT"
)

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+-]*):(.*)", re.DOTALL)
_COUNT = re.compile(r"(\d+)(?:@(\d+))?")
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+")


def resolve(spec: str) -> Source:
    """The source that `spec` names; nothing is fetched and no folder is read yet.

    Raises SourceError: no such path, unknown scheme or suffix, malformed count or package name.
    """
    path = Path(spec).expanduser()
    scheme = _SCHEME.fullmatch(spec)
    if scheme is not None and not path.exists():
        return _by_scheme(scheme.group(1), scheme.group(2), spec)
    if not path.exists():
        raise SourceError(f"{spec}: no such file or folder; name {ACCEPTED}")
    if path.is_dir():
        return DirectorySource(path)
    if path.name == compile_commands.NAME:
        return CompileCommandsSource(path)
    match LANGUAGE_OF.get(path.suffix):
        case None:
            raise SourceError(f"{spec}: not a kind of file that is read; name {ACCEPTED}")
        case "llvm-ir":
            return BitcodeSource(path)
        case _:
            return FileSource(path)


def _by_scheme(scheme: str, rest: str, spec: str) -> Source:
    match scheme:
        case "csmith":
            count = _COUNT.fullmatch(rest)
            if count is None or int(count.group(1)) == 0:
                raise SourceError(f"{spec}: write csmith:COUNT or csmith:COUNT@FIRST_SEED")
            return CsmithSource(int(count.group(1)), int(count.group(2) or FIRST_SEED))
        case "debian":
            if not _PACKAGE.fullmatch(rest):
                raise SourceError(f"{spec}: not a package name; write debian:NAME, as debian:zlib")
            return DebianSource(rest)
        case "pypi":
            raise SourceError(f"{spec}: pypi: is not supported yet; name {ACCEPTED}")
        case _:
            raise SourceError(f"{spec}: unknown scheme {scheme}:; name {ACCEPTED}")
