"""Files of LLVM IR: text (.ll) or bitcode (.bc), taken as they are, whatever made them."""

import re
from collections.abc import Iterator
from pathlib import Path

from corpus.sources.base import LANGUAGE_OF, UNKNOWN_LICENSE, SourceError, TranslationUnit

ORIGIN = "bitcode"

_SOURCE_FILENAME = re.compile(r'^source_filename = "(.*)"$', re.MULTILINE)
_IDENT = re.compile(r"^!llvm\.ident = !\{!(\d+)", re.MULTILINE)
_LANGUAGE_OF_PRODUCER = {"rustc": "rust", "swift": "swift", "julia": "julia"}
"""By a word of what front ends write into `!llvm.ident`; clang's does not tell C from C++."""

_LANGUAGE_OF_SUFFIX = {**LANGUAGE_OF, ".rs": "rust", ".swift": "swift", ".jl": "julia"}


def language_of(module: str) -> str:
    """The language that a printed module was made from, where it says so; else `llvm-ir`."""
    ident = _IDENT.search(module)
    said = ident and re.search(rf'^!{ident[1]} = !\{{!"(.*)"\}}$', module, re.MULTILINE)
    if said:
        words = re.findall(r"[a-z]+", said[1].lower())
        for word, language in _LANGUAGE_OF_PRODUCER.items():
            if word in words:
                return language
    named = _SOURCE_FILENAME.search(module)
    return _LANGUAGE_OF_SUFFIX.get(Path(named[1]).suffix, "llvm-ir") if named else "llvm-ir"


class BitcodeSource:
    """One named file; the program is the folder that it lies in.

    Since it was named, that LLVM cannot read it is an error, not a loss: planning checks it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def fetch(self) -> None:
        """See whether there is a file to read. Raises SourceError."""
        try:
            empty = self.path.stat().st_size == 0
        except OSError as error:
            raise SourceError(f"{self.path}: cannot be read ({error.strerror})") from error
        if empty:
            raise SourceError(f"{self.path}: is empty; a file of LLVM IR was expected")

    def units(self) -> Iterator[TranslationUnit]:
        """The one file."""
        path = self.path.resolve()
        yield TranslationUnit(
            program=path.parent.name,
            version="",
            origin=ORIGIN,
            license=UNKNOWN_LICENSE,
            language=LANGUAGE_OF[path.suffix],
            root=str(path.parent),
            path=path.name,
            folder=str(path.parent),
            ir=True,
        )
