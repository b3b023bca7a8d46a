"""From translation units to rows: what one task makes.

A unit passes these stages, and what fails at one of them is counted there with the tool's first
error line, while the rest goes on: `unpack` (a refused member of an archive), `generate` (csmith,
YARPGen), `read` (a file or row of LLVM IR), `compile`, `prepare` (LLVM parses a module and sets the
size attributes; for what clang printed they are set in the text), `extract`, `verify` (LLVM parses,
verifies and emits the function in its own module). What fails for a reason that nobody thought of
is lost at `fault`.
"""

import shlex
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from corpus.compile import CompiledUnit, HeaderIndex, compile_unit
from corpus.errors import BadModule
from corpus.extract import NotExtracted, extract
from corpus.llvm.frontend import targeted
from corpus.llvm.sandbox.supervisor import ModuleLost, Session
from corpus.llvm.toolchain import Toolchain
from corpus.losses import NOBODYS_LOSS, Losses
from corpus.measure import Candidate, Measuring
from corpus.module_text import ModuleText, read_module
from corpus.size_attributes import with_size_attributes
from corpus.sources.base import TranslationUnit
from corpus.sources.bitcode import language_of
from corpus.sources.contents import Contents, ContentsLost
from corpus.stopwatch import Stopwatch
from warehouse.schema import table_of

MAX_IR_BYTES = 256 << 20
"""Of one file of LLVM IR; every worker that takes one in holds it three times."""

_TOGETHER = 256
_TOGETHER_BYTES = 4 << 20
"""Functions, and bytes of them, that are measured together."""


class _Lost(Exception):
    """A unit that yields no module: the stage that failed and why."""

    def __init__(self, stage: str, reason: str) -> None:
        super().__init__(reason)
        self.stage = stage
        self.reason = reason


@dataclass
class Harvest:
    """The rows of one task, gathered unit by unit, and how many `files` and `compiled` there were.

    `known` are functions that need no more than an occurrence. `clang_s` are clang's processor
    seconds for the files that compiled, of what compiling took.
    """

    toolchain: Toolchain
    session: Session
    contents: Contents
    task_id: str
    known: AbstractSet[str] = frozenset()
    files: int = 0
    compiled: int = 0
    found: int = 0
    held_bytes: int = 0
    clang_s: float = 0.0
    _waiting: list[Candidate] = field(default_factory=list)
    _waiting_bytes: int = 0
    _headers: dict[str, HeaderIndex] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Start the clock."""
        self.stopwatch = Stopwatch(self.session)
        self._losses = Losses()
        self._measuring = Measuring(
            self.toolchain, self.session, self._losses, self.stopwatch, self.known
        )

    def add(self, unit: TranslationUnit) -> None:
        """Take a unit in. Raises MachineFault, and ToolchainMissing where clang is not there."""
        self.files += 1
        try:
            self._add(unit)
        except (_Lost, ContentsLost) as lost:
            self._losses.add(unit, lost.stage, lost.reason)
        except BadModule as error:
            self._losses.add(unit, "extract", str(error))
        except NOBODYS_LOSS:
            raise
        except Exception as error:  # noqa: BLE001 - nobody thought of it: this unit's loss
            self._losses.add_fault(unit, error)

    def take(self) -> dict[str, pa.Table]:
        """The rows since it was last called, for each table that has some. Raises as `add`."""
        self._measure()
        measured = self._measuring
        self.found += len(measured.occurrences)
        tables = {
            **self._table("functions", measured.functions),
            **self._table("occurrences", measured.occurrences),
            **self._table("losses", self._losses.take()),
        }
        self.stopwatch.lap("rows")
        tables |= self._table("fingerprints", measured.fingerprints)
        self.stopwatch.lap("fingerprint")
        for rows in (measured.functions, measured.occurrences, measured.fingerprints):
            rows.clear()
        self.held_bytes = 0
        return tables

    def counts(self) -> dict[str, int]:
        """What a driver may show while it runs: of what was taken."""
        return {
            "files": self.files,
            "compiled": self.compiled,
            "measured": self._measuring.count,
            "occurrences": self.found,
            "losses": self._losses.total,
        }

    def _add(self, unit: TranslationUnit) -> None:
        there = self.contents.file_of(unit)
        self.stopwatch.lap("contents")
        module, unit, flags = self._read(unit, there) if unit.ir else self._compile(unit, there)
        self.compiled += 1
        alone = module.num_definitions == 1
        for function in extract(module):
            if isinstance(function, NotExtracted):
                self._losses.add(unit, "extract", function.reason)
                continue
            name = _name(unit, function.symbol, alone=alone)
            self._waiting.append(Candidate(unit, function, flags, name))
            self._waiting_bytes += len(function.text)
            if len(self._waiting) >= _TOGETHER or self._waiting_bytes >= _TOGETHER_BYTES:
                self.stopwatch.lap("slice")
                self._measure()
        self.stopwatch.lap("slice")

    def _measure(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._measuring.take_in(waiting)
        self.held_bytes += 2 * self._waiting_bytes  # as much IR, and nearly as much text
        self._waiting_bytes = 0

    def _table(self, name: str, rows: list[dict[str, Any]]) -> dict[str, pa.Table]:
        for row in rows:
            row["task_id"] = self.task_id
        return {name: table_of(name, rows)} if rows else {}

    def _compile(
        self, unit: TranslationUnit, there: TranslationUnit
    ) -> tuple[ModuleText, TranslationUnit, str]:
        """A C or C++ unit's module, the unit, and the flags it was compiled with."""
        compiled = compile_unit(self.toolchain, there, self._headers_of(there))
        self.stopwatch.lap("compile")
        if not isinstance(compiled, CompiledUnit):
            raise _Lost("compile", compiled.reason)
        self.clang_s += compiled.cpu_s
        flags = shlex.join(compiled.flags).replace(f"{there.root}/", "")
        text = compiled.module.decode(errors="surrogateescape")
        module = with_size_attributes(read_module(text))
        self.stopwatch.lap("slice")
        return module or read_module(self._prepared(compiled.module)), unit, flags

    def _read(
        self, unit: TranslationUnit, there: TranslationUnit
    ) -> tuple[ModuleText, TranslationUnit, str]:
        """The module in a file of LLVM IR, the unit with the language that it was made from."""
        try:
            with Path(there.root, there.path).open("rb") as file:
                given = file.read(MAX_IR_BYTES + 1)
        except OSError as error:
            raise _Lost("read", error.strerror or "cannot be read") from error
        if len(given) > MAX_IR_BYTES:
            raise _Lost("read", f"over {MAX_IR_BYTES >> 20} MiB")
        self.stopwatch.lap("contents")
        text = self._prepared(given)
        if unit.language == "llvm-ir":
            unit = replace(unit, language=language_of(text))
        return read_module(text), unit, ""

    def _prepared(self, module: bytes) -> str:
        try:
            return targeted(self.toolchain, self.session.prepare(module))
        except (BadModule, ModuleLost) as error:
            raise _Lost("prepare", str(error)) from error
        finally:
            self.stopwatch.lap("prepare")

    def _headers_of(self, unit: TranslationUnit) -> HeaderIndex | None:
        if not unit.guess_includes:
            return None
        if unit.root not in self._headers:
            self._headers[unit.root] = HeaderIndex.of(Path(unit.root))
        return self._headers[unit.root]


def _name(unit: TranslationUnit, symbol: str, *, alone: bool) -> str:
    """The symbol; for a file of LLVM IR its stem, and the symbol where there are several."""
    if not unit.ir or unit.row is not None:
        return symbol
    stem = Path(unit.path).stem
    return stem if alone else f"{stem}:{symbol}"
