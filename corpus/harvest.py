"""From translation units to rows: what one task makes.

A unit passes these stages, and what fails at one of them is counted there with the tool's first
error line, while the rest goes on: `unpack` (a refused member of an archive), `generate` (csmith,
YARPGen), `read` (a file or row of LLVM IR), `compile`,
`prepare` (LLVM parses the module and sets the size attributes), `extract`, `verify` (LLVM parses,
verifies and emits the function in its own module).
"""

import re
import shlex
from collections import Counter
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pyarrow as pa

from corpus.compile import CompiledUnit, HeaderIndex, compile_unit
from corpus.deduplicate import function_id
from corpus.errors import BadModule
from corpus.extract import Extracted, NotExtracted, extract
from corpus.llvm.frontend import targeted
from corpus.llvm.sandbox.supervisor import ModuleLost, Session
from corpus.llvm.toolchain import Toolchain
from corpus.normalise import NORMALISER, canonical, normalise
from corpus.sources.base import TranslationUnit
from corpus.sources.bitcode import language_of
from corpus.sources.contents import Contents, ContentsLost
from corpus.split import split_of
from warehouse.schema import table_of

_TRIPLE = re.compile(r'^target triple = "(.*)"$', re.MULTILINE)


class _Lost(Exception):
    """A unit that yields no module: the stage that failed and why."""

    def __init__(self, stage: str, reason: str) -> None:
        super().__init__(reason)
        self.stage = stage
        self.reason = reason


@dataclass
class Harvest:
    """The rows of one task, gathered unit by unit, and how many `files` and `compiled` there were.

    Each function is kept once, under the first place where it was found.
    """

    toolchain: Toolchain
    session: Session
    contents: Contents
    task_id: str
    files: int = 0
    compiled: int = 0
    _functions: dict[str, dict[str, Any]] = field(default_factory=dict)
    _occurrences: list[dict[str, Any]] = field(default_factory=list)
    _losses: Counter[tuple[tuple[str, str], ...]] = field(default_factory=Counter)
    _headers: dict[str, HeaderIndex] = field(default_factory=dict)
    _measured: dict[bytes, str] = field(default_factory=dict)

    def add(self, unit: TranslationUnit) -> None:
        """Take a unit in. Raises MachineFault, and ToolchainMissing where clang is not there."""
        self.files += 1
        try:
            module, flags = self._module(self.contents.file_of(unit))
            extracted = extract(module)
        except (_Lost, ContentsLost) as lost:
            self._lose(unit, lost.stage, lost.reason)
            return
        except BadModule as error:
            self._lose(unit, "extract", str(error))
            return
        self.compiled += 1
        if unit.language == "llvm-ir":
            unit = replace(unit, language=language_of(module))
        alone = module.count("\ndefine ") == 1
        for function in extracted:
            if isinstance(function, NotExtracted):
                self._lose(unit, "extract", function.reason)
            else:
                self._keep(unit, function, flags, alone=alone)

    def tables(self) -> dict[str, pa.Table]:
        """The rows so far, for each table that has some."""
        losses = [{**dict(key), "count": count} for key, count in self._losses.items()]
        rows = {
            "functions": list(self._functions.values()),
            "occurrences": self._occurrences,
            "losses": losses,
        }
        return {
            name: table_of(name, [{**row, "task_id": self.task_id} for row in listed])
            for name, listed in rows.items()
            if listed
        }

    def notes(self) -> dict[str, int]:
        """What a driver may show while it runs."""
        return {
            "files": self.files,
            "compiled": self.compiled,
            "functions": len(self._functions),
            "occurrences": len(self._occurrences),
            "losses": self._losses.total(),
        }

    def _module(self, unit: TranslationUnit) -> tuple[str, str]:
        """The unit's module as LLVM prints it, and the flags it was compiled with."""
        if unit.ir:
            try:
                bitcode, flags = Path(unit.root, unit.path).read_bytes(), ""
            except OSError as error:
                raise _Lost("read", error.strerror or "cannot be read") from error
        else:
            compiled = compile_unit(self.toolchain, unit, self._headers_of(unit))
            if not isinstance(compiled, CompiledUnit):
                raise _Lost("compile", compiled.reason)
            bitcode = compiled.module
            flags = shlex.join(compiled.flags).replace(f"{unit.root}/", "")
        try:
            return targeted(self.toolchain, self.session.prepare(bitcode)), flags
        except (BadModule, ModuleLost) as error:
            raise _Lost("prepare", str(error)) from error

    def _headers_of(self, unit: TranslationUnit) -> HeaderIndex | None:
        if not unit.guess_includes:
            return None
        if unit.root not in self._headers:
            self._headers[unit.root] = HeaderIndex.of(Path(unit.root))
        return self._headers[unit.root]

    def _keep(self, unit: TranslationUnit, function: Extracted, flags: str, *, alone: bool) -> None:
        digest = blake2b(function.text.encode(errors="surrogateescape")).digest()
        if digest not in self._measured:
            row = self._measure(unit, function)
            if row is None:
                return
            self._measured[digest] = row["function_id"]
            if row["function_id"] not in self._functions:
                self._functions[row["function_id"]] = {
                    **row,
                    **self._place(unit, function, alone=alone),
                    "language": unit.language,
                    "license": unit.license,
                    "split": split_of(unit.program),
                    "frontend_flags": _clean(flags),
                    "toolchain": self.toolchain.fingerprint,
                }
        self._occurrences.append(
            {
                "function_id": self._measured[digest],
                **self._place(unit, function, alone=alone),
            }
        )

    def _measure(self, unit: TranslationUnit, function: Extracted) -> dict[str, Any] | None:
        """What only the function's own module tells; None when LLVM does not take it."""
        try:
            measured = self.session.measure(function.text)
        except (BadModule, ModuleLost) as error:
            self._lose(unit, "verify", str(error))
            return None
        ir = canonical(measured.ir)
        triple = _TRIPLE.search(ir)
        return {
            "function_id": function_id(ir, function.symbol),
            "triple": triple.group(1) if triple else "",
            "instructions": measured.instructions,
            "object_bytes": measured.object_bytes,
            "ir": ir,
            "text": normalise(ir),
            "normaliser": str(NORMALISER),
        }

    def _place(self, unit: TranslationUnit, function: Extracted, *, alone: bool) -> dict[str, Any]:
        name = function.symbol
        if unit.ir and unit.row is None:
            stem = Path(unit.path).stem
            name = stem if alone else f"{stem}:{name}"
        return {**_where(unit), "name": _clean(name)}

    def _lose(self, unit: TranslationUnit, stage: str, reason: str) -> None:
        line = _clean(reason.strip().split("\n", 1)[0])
        if stage == "compile" and unit.remark:
            line = f"{line} ({_clean(unit.remark)})"
        self._losses[tuple({**_where(unit), "stage": stage, "reason": line}.items())] += 1


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
