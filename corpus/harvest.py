"""From translation units to rows: what one task makes.

A unit passes these stages, and what fails at one of them is counted there with the tool's first
error line, while the rest goes on: `unpack` (a refused member of an archive), `generate` (csmith,
YARPGen), `read` (a file or row of LLVM IR), `compile`, `prepare` (LLVM parses a module and sets the
size attributes; for what clang printed they are set in the text), `extract`, `verify` (LLVM parses,
verifies and emits the function in its own module).

A function is known by its content before anything about it is measured: what this task has had,
under whatever name, is not even parsed again, and what the lake has is not measured again.
"""

import re
import shlex
from collections import Counter
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from corpus.compile import CompiledUnit, HeaderIndex, compile_unit
from corpus.deduplicate import function_id
from corpus.errors import BadModule
from corpus.extract import Extracted, NotExtracted, extract
from corpus.fidelity import NotItsText, text_is_faithful
from corpus.fingerprint import fingerprint_row
from corpus.llvm.frontend import targeted
from corpus.llvm.sandbox.supervisor import ModuleLost, Session
from corpus.llvm.toolchain import Toolchain
from corpus.module_text import ModuleText, read_module
from corpus.normalise import NORMALISER, canonical, normalise
from corpus.size_attributes import with_size_attributes
from corpus.sources.base import TranslationUnit
from corpus.sources.bitcode import language_of
from corpus.sources.contents import Contents, ContentsLost
from corpus.split import split_of
from corpus.stopwatch import Stopwatch
from warehouse.schema import table_of

MAX_IR_BYTES = 256 << 20
"""Of one file of LLVM IR; every worker that takes one in holds it three times."""

_TRIPLE = re.compile(r'^target triple = "(.*)"$', re.MULTILINE)


class _Lost(Exception):
    """A unit that yields no module: the stage that failed and why."""

    def __init__(self, stage: str, reason: str) -> None:
        super().__init__(reason)
        self.stage = stage
        self.reason = reason


@dataclass(frozen=True)
class _Found:
    """A function in the place where it was found."""

    unit: TranslationUnit
    function: Extracted
    flags: str
    name: str

    @property
    def place(self) -> dict[str, str]:
        return {**_where(self.unit), "name": _clean(self.name)}


@dataclass
class Harvest:
    """The rows of one task, gathered unit by unit, and how many `files` and `compiled` there were.

    Each function is kept once, under the first place where it was found. `known` are functions that
    need no more than an occurrence. What `take` has handed out is forgotten but for the ids.
    """

    toolchain: Toolchain
    session: Session
    contents: Contents
    task_id: str
    known: AbstractSet[str] = frozenset()
    files: int = 0
    compiled: int = 0
    functions: int = 0
    occurrences: int = 0
    losses: int = 0
    held_bytes: int = 0
    _kept: set[str] = field(default_factory=set)
    _functions: list[dict[str, Any]] = field(default_factory=list)
    _fingerprints: list[dict[str, Any]] = field(default_factory=list)
    _occurrences: list[dict[str, Any]] = field(default_factory=list)
    _losses: Counter[tuple[tuple[str, str], ...]] = field(default_factory=Counter)
    _headers: dict[str, HeaderIndex] = field(default_factory=dict)
    _ids: dict[str, str] = field(default_factory=dict)
    """Of functions by a hash of what was extracted, their own names aside."""

    def __post_init__(self) -> None:
        """Start the clock."""
        self.stopwatch = Stopwatch(self.session)

    def add(self, unit: TranslationUnit) -> None:
        """Take a unit in. Raises MachineFault, and ToolchainMissing where clang is not there."""
        self.files += 1
        try:
            there = self.contents.file_of(unit)
            self.stopwatch.lap("contents")
            module, unit, flags = self._read(unit, there) if unit.ir else self._compile(unit, there)
        except (_Lost, ContentsLost) as lost:
            self.lose(unit, lost.stage, lost.reason)
            return
        except BadModule as error:
            self.lose(unit, "extract", str(error))
            return
        self.compiled += 1
        alone = module.num_definitions == 1
        for function in extract(module):
            self.stopwatch.lap("slice")
            if isinstance(function, NotExtracted):
                self.lose(unit, "extract", function.reason)
            else:
                name = _name(unit, function.symbol, alone=alone)
                self._keep(_Found(unit, function, flags, name))
        self.stopwatch.lap("slice")

    def take(self) -> dict[str, pa.Table]:
        """The rows since it was last called, for each table that has some."""
        losses = [{**dict(key), "count": count} for key, count in self._losses.items()]
        rows = {
            "functions": self._functions,
            "occurrences": self._occurrences,
            "fingerprints": self._fingerprints,
            "losses": losses,
        }
        tables = {
            name: table_of(name, [{**row, "task_id": self.task_id} for row in listed])
            for name, listed in rows.items()
            if listed
        }
        for gathered in (self._functions, self._occurrences, self._fingerprints, self._losses):
            gathered.clear()
        self.held_bytes = 0
        self.stopwatch.lap("rows")
        return tables

    def counts(self) -> dict[str, int]:
        """What a driver may show while it runs."""
        return {
            "files": self.files,
            "compiled": self.compiled,
            "functions": self.functions,
            "occurrences": self.occurrences,
            "losses": self.losses,
        }

    def _compile(
        self, unit: TranslationUnit, there: TranslationUnit
    ) -> tuple[ModuleText, TranslationUnit, str]:
        """A C or C++ unit's module, the unit, and the flags it was compiled with."""
        compiled = compile_unit(self.toolchain, there, self._headers_of(there))
        self.stopwatch.lap("compile")
        if not isinstance(compiled, CompiledUnit):
            raise _Lost("compile", compiled.reason)
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

    def _keep(self, found: _Found) -> None:
        key = function_id(found.function.text, found.function.symbol)
        self.stopwatch.lap("identify")
        if key not in self._ids:
            try:
                self._ids[key] = self._measured(found)
            except (BadModule, ModuleLost) as error:
                self.lose(found.unit, "verify", str(error))
                return
        self._occurrences.append({"function_id": self._ids[key], **found.place})
        self.occurrences += 1

    def _measured(self, found: _Found) -> str:
        """The function's id, once its rows are there. Raises BadModule and ModuleLost."""
        text = found.function.text.encode(errors="surrogateescape")
        loaded = self.session.load(text, keep_names=True, with_text=True)
        self.stopwatch.lap("load")
        ir = canonical(loaded.text)
        identity = function_id(ir, found.function.symbol)
        self.stopwatch.lap("identify")
        if identity in self.known or identity in self._kept:
            return identity
        object_bytes = self.session.object_bytes()
        self.stopwatch.lap("object")
        text_to_read = normalise(ir)
        self.stopwatch.lap("normalise")
        try:
            faithful = text_is_faithful(self.session, ir, text_to_read)
        except NotItsText:
            faithful = False
        self.stopwatch.lap("fidelity")
        self._fingerprints.append(fingerprint_row(identity, text_to_read, text_faithful=faithful))
        self.stopwatch.lap("fingerprint")
        triple = _TRIPLE.search(ir)
        self._functions.append(
            {
                "function_id": identity,
                **found.place,
                "language": found.unit.language,
                "license": found.unit.license,
                "triple": triple.group(1) if triple else "",
                "split": split_of(found.unit.program),
                "instructions": loaded.instructions,
                "object_bytes": object_bytes,
                "ir": ir,
                "text": text_to_read,
                "normaliser": str(NORMALISER),
                "frontend_flags": _clean(found.flags),
                "toolchain": self.toolchain.fingerprint,
            }
        )
        self._kept.add(identity)
        self.functions += 1
        self.held_bytes += len(ir) + len(text_to_read)
        return identity

    def lose(self, unit: TranslationUnit, stage: str, reason: str) -> None:
        """Count that something of the unit was lost at a stage."""
        line = _clean(reason.strip().split("\n", 1)[0])
        if stage == "compile" and unit.remark:
            line = f"{line} ({_clean(unit.remark)})"
        self._losses[tuple({**_where(unit), "stage": stage, "reason": line}.items())] += 1
        self.losses += 1


def _name(unit: TranslationUnit, symbol: str, *, alone: bool) -> str:
    """The symbol; for a file of LLVM IR its stem, and the symbol where there are several."""
    if not unit.ir or unit.row is not None:
        return symbol
    stem = Path(unit.path).stem
    return stem if alone else f"{stem}:{symbol}"


def _where(unit: TranslationUnit) -> dict[str, str]:
    return {
        "program": _clean(unit.program),
        "version": unit.version,
        "origin": unit.origin,
        "source_file": _clean(unit.path),
    }


def _clean(text: str) -> str:
    """Names of files and symbols may hold any bytes; tables hold UTF-8."""
    return text.encode(errors="surrogateescape").decode(errors="backslashreplace")
