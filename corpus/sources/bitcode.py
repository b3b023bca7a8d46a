"""Files of LLVM IR: text (.ll) or bitcode (.bc), taken as they are."""

from collections.abc import Iterator
from pathlib import Path

from corpus.sources.base import LANGUAGE_OF, UNKNOWN_LICENSE, SourceError, TranslationUnit

ORIGIN = "bitcode"


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
