"""What did not become a function, counted by place, stage and reason."""

import traceback
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from corpus.llvm.sandbox.supervisor import MachineFault
from corpus.llvm.toolchain import ToolchainMissing
from corpus.sources.base import TranslationUnit

NOBODYS_LOSS = (MachineFault, ToolchainMissing, OSError)
"""Errors that say nothing about what is taken in: they are raised, whatever it is."""


class Losses:
    """The losses of one task; `total` of them so far."""

    def __init__(self) -> None:
        """None yet."""
        self.total = 0
        self._counts: Counter[tuple[tuple[str, str], ...]] = Counter()

    def add(self, unit: TranslationUnit, stage: str, reason: str) -> None:
        """Something of the unit was lost at a stage; of the reason the first line counts."""
        line = clean(reason.strip().split("\n", 1)[0])
        if stage == "compile" and unit.remark:
            line = f"{line} ({clean(unit.remark)})"
        self._counts[tuple({**place_of(unit), "stage": stage, "reason": line}.items())] += 1
        self.total += 1

    def add_fault(self, unit: TranslationUnit, error: Exception) -> None:
        """An error of our own that nobody thought of is a loss of what it came with."""
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(frame.filename).name}:{frame.lineno}"
        self.add(unit, "fault", f"{type(error).__name__} at {place}: {error}")

    def take(self) -> list[dict[str, Any]]:
        """Rows of the losses since it was last called."""
        rows: list[dict[str, Any]] = [
            {**dict(key), "count": count} for key, count in self._counts.items()
        ]
        self._counts.clear()
        return rows


def place_of(unit: TranslationUnit) -> Mapping[str, str]:
    """The columns that say where something was found."""
    return {
        "program": clean(unit.program),
        "version": clean(unit.version),
        "origin": unit.origin,
        "source_file": clean(unit.path),
    }


def clean(text: str) -> str:
    """Names of files and symbols may hold any bytes; tables hold UTF-8."""
    return text.encode(errors="surrogateescape").decode(errors="backslashreplace")
