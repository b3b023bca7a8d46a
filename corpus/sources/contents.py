"""The contents of units that are no file yet, made one where the unit is taken in.

A generated program is generated, a row of a Parquet file is written out. All lies in a scratch
folder that goes when it is done with: one program, or one row, at a time.
"""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from corpus.errors import CorpusError
from corpus.sources import csmith, parquet, yarpgen
from corpus.sources.base import TranslationUnit
from corpus.sources.generator import GenerationFailed

_GENERATE: dict[str, Callable[[int, Path], None]] = {
    csmith.ORIGIN: csmith.generate,
    yarpgen.ORIGIN: yarpgen.generate,
}
"""What makes the files of a seed in a folder, by origin. Raises GenerationFailed."""


class ContentsLost(CorpusError):
    """There are no contents to take in: `stage` is what failed, `reason` why."""

    def __init__(self, stage: str, reason: str) -> None:
        super().__init__(reason)
        self.stage = stage
        self.reason = reason


class Contents:
    """Gives the units of one task a file each; to be closed, or used as a context.

    Units are best asked for in the order of their source: a program of several files is then made
    once, and a Parquet file is read from front to back.
    """

    def __init__(self) -> None:
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._generated: tuple[str, int] | None = None
        self._rows: parquet.Rows | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove what was made."""
        if self._scratch is not None:
            self._scratch.cleanup()
        self._scratch = self._generated = self._rows = None

    def file_of(self, unit: TranslationUnit) -> TranslationUnit:
        """The unit with its contents in the file `root`/`path`, until the next call.

        Raises ContentsLost: refused, not generated, a row that cannot be read, no IR at all.
        """
        if unit.refused:
            raise ContentsLost("unpack", unit.refused)
        if unit.seed is not None:
            return self._generate(unit, unit.seed)
        if unit.row is not None:
            return self._write_row(unit, unit.row)
        if unit.ir and _is_empty(Path(unit.root, unit.path)):
            # LLVM takes nothing for a module without anything in it.
            raise ContentsLost("read", "is empty; LLVM IR was expected")
        return unit

    def _generate(self, unit: TranslationUnit, seed: int) -> TranslationUnit:
        if self._generated != (unit.origin, seed):
            try:
                _GENERATE[unit.origin](seed, self._fresh())
            except GenerationFailed as error:
                raise ContentsLost("generate", str(error)) from error
            self._generated = (unit.origin, seed)
        assert self._scratch is not None
        return replace(unit, root=self._scratch.name, folder=self._scratch.name)

    def _write_row(self, unit: TranslationUnit, row: int) -> TranslationUnit:
        file = Path(unit.root, unit.container)
        try:
            if self._rows is None or self._rows.file != file:
                self._rows = parquet.Rows(file)
            contents = self._rows.contents(row)
        except parquet.RowLost as error:
            raise ContentsLost("read", str(error)) from error
        scratch = self._fresh()
        path = scratch / unit.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents)
        return replace(unit, root=str(scratch), folder=str(scratch), container="", row=None)

    def _fresh(self) -> Path:
        if self._scratch is not None:
            self._scratch.cleanup()
        self._generated = None
        self._scratch = tempfile.TemporaryDirectory(prefix="passlake-")
        return Path(self._scratch.name)


def _is_empty(path: Path) -> bool:
    try:
        return path.stat().st_size == 0
    except OSError:  # reading it will say what is wrong
        return False
