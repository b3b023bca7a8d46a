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
import traceback
from collections import Counter
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from contextlib import suppress
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
from corpus.llvm.sandbox.supervisor import Loaded, MachineFault, ModuleLost, Session
from corpus.llvm.toolchain import Toolchain, ToolchainMissing
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

_TOGETHER = 256
_TOGETHER_BYTES = 4 << 20
"""Functions, and bytes of them, that go through the stages together."""

NOBODYS_LOSS = (MachineFault, ToolchainMissing, OSError)
"""Errors that say nothing about what is taken in: they are raised, whatever it is."""

_TRIPLE = re.compile(r'^target triple = "(.*)"$', re.MULTILINE)


class _Lost(Exception):
    """A unit that yields no module: the stage that failed and why."""

    def __init__(self, stage: str, reason: str) -> None:
        super().__init__(reason)
        self.stage = stage
        self.reason = reason


@dataclass
class _Candidate:
    """A function in the place where it was found, and what becomes known of it on its way."""

    unit: TranslationUnit
    function: Extracted
    flags: str
    name: str
    key: str = ""
    loaded: Loaded | None = None
    ir: str = ""
    identity: str = ""
    object_bytes: int = 0
    text: str = ""
    faithful: bool = False

    @property
    def place(self) -> dict[str, str]:
        return {**_where(self.unit), "name": _clean(self.name)}


@dataclass
class Harvest:
    """The rows of one task, gathered unit by unit, and how many `files` and `compiled` there were.

    `clang_s` are clang's processor seconds for the files that compiled, of what compiling took.
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
    clang_s: float = 0.0
    _waiting: list[_Candidate] = field(default_factory=list)
    _waiting_bytes: int = 0
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
            self._add(unit)
        except NOBODYS_LOSS:
            raise
        except Exception as error:  # noqa: BLE001 - nobody thought of it: this unit's loss
            self.lose_to_fault(unit, error)

    def _add(self, unit: TranslationUnit) -> None:
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
            if isinstance(function, NotExtracted):
                self.lose(unit, "extract", function.reason)
                continue
            name = _name(unit, function.symbol, alone=alone)
            self._waiting.append(_Candidate(unit, function, flags, name))
            self._waiting_bytes += len(function.text)
            if len(self._waiting) >= _TOGETHER or self._waiting_bytes >= _TOGETHER_BYTES:
                self.stopwatch.lap("slice")
                self._settle()
        self.stopwatch.lap("slice")

    def take(self) -> dict[str, pa.Table]:
        """The rows since it was last called, for each table that has some. Raises as `add`."""
        self._settle()
        losses = [{**dict(key), "count": count} for key, count in self._losses.items()]
        tables = {
            **self._table("functions", self._functions),
            **self._table("occurrences", self._occurrences),
            **self._table("losses", losses),
        }
        self.stopwatch.lap("rows")
        tables |= self._table("fingerprints", self._fingerprints)
        self.stopwatch.lap("fingerprint")
        for gathered in (self._functions, self._occurrences, self._fingerprints, self._losses):
            gathered.clear()
        self.held_bytes = 0
        return tables

    def _table(self, name: str, rows: list[dict[str, Any]]) -> dict[str, pa.Table]:
        for row in rows:
            row["task_id"] = self.task_id
        return {name: table_of(name, rows)} if rows else {}

    def counts(self) -> dict[str, int]:
        """What a driver may show while it runs."""
        return {
            "files": self.files,
            "compiled": self.compiled,
            "measured": self.functions,
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

    def _settle(self) -> None:
        """Take the waiting candidates from stage to stage, all through one before the next.

        One function at a time through all stages would cost twice as much of Python's time: LLVM,
        on the same processor, leaves its caches cold.
        """
        waiting, self._waiting, self._waiting_bytes = self._waiting, [], 0
        waiting = self._each("identify", self._give_key, waiting)
        first = {one.key: one for one in reversed(waiting) if one.key not in self._ids}
        fresh = [one for one in waiting if first.get(one.key) is one]
        fresh = self._each("load", self._load, fresh)
        fresh = self._each("identify", self._give_identity, fresh)
        wanted = []
        for one in fresh:
            if one.identity in self.known or one.identity in self._kept:
                self._ids[one.key] = one.identity
            else:
                wanted.append(one)
        wanted = self._each("object", self._weigh, wanted)
        wanted = self._each("normalise", self._normalise, wanted)
        wanted = self._each("fidelity", self._compare_counts, wanted)
        self._each("fingerprint", self._fingerprint, wanted)
        for one in waiting:
            if one.key in self._ids:
                self._occurrences.append({"function_id": self._ids[one.key], **one.place})
                self.occurrences += 1
        self.stopwatch.lap("rows")

    def _each(
        self, stage: str, step: Callable[[_Candidate], None], candidates: list[_Candidate]
    ) -> list[_Candidate]:
        """Those that a step is done with; what it fails for is lost, and nothing beside it."""
        done = []
        for one in candidates:
            try:
                step(one)
            except (BadModule, ModuleLost) as error:
                self.lose(one.unit, "verify", str(error))
            except NOBODYS_LOSS:
                raise
            except Exception as error:  # noqa: BLE001 - nobody thought of it: this function's loss
                self.lose_to_fault(one.unit, error)
            else:
                done.append(one)
        self.stopwatch.lap(stage)
        return done

    def _give_key(self, one: _Candidate) -> None:
        one.key = function_id(one.function.text, one.function.symbol)

    def _load(self, one: _Candidate) -> None:
        module = one.function.text.encode(errors="surrogateescape")
        one.loaded = self.session.load(module, keep_names=True, with_text=True)
        if not self.known:  # then nearly all are new, and this one is loaded now
            self.stopwatch.lap("load")
            one.object_bytes = self.session.object_bytes()
            self.stopwatch.lap("object")

    def _give_identity(self, one: _Candidate) -> None:
        assert one.loaded is not None
        if not _is_utf8(one.loaded.text):  # LLVM prints the names of string attributes as they are
            raise BadModule("its text is not UTF-8")
        one.ir = canonical(one.loaded.text)
        one.identity = function_id(one.ir, one.function.symbol)

    def _weigh(self, one: _Candidate) -> None:
        if self.known:
            self.session.load(one.function.text.encode(errors="surrogateescape"), keep_names=True)
            one.object_bytes = self.session.object_bytes()

    def _normalise(self, one: _Candidate) -> None:
        one.text = normalise(one.ir)

    def _compare_counts(self, one: _Candidate) -> None:
        with suppress(NotItsText):
            one.faithful = text_is_faithful(self.session, one.ir, one.text)

    def _fingerprint(self, one: _Candidate) -> None:
        """The last step: from here on the function is one of the task's."""
        if one.identity not in self._kept:
            assert one.loaded is not None
            row = fingerprint_row(one.identity, one.text, text_faithful=one.faithful)
            triple = _TRIPLE.search(one.ir)
            self._fingerprints.append(row)
            self._functions.append(
                {
                    "function_id": one.identity,
                    **one.place,
                    "language": one.unit.language,
                    "license": _clean(one.unit.license),
                    "triple": triple.group(1) if triple else "",
                    "split": split_of(one.unit.program),
                    "instructions": one.loaded.instructions,
                    "object_bytes": one.object_bytes,
                    "ir": one.ir,
                    "text": one.text,
                    "normaliser": str(NORMALISER),
                    "frontend_flags": _clean(one.flags),
                    "toolchain": self.toolchain.fingerprint,
                }
            )
            self._kept.add(one.identity)
            self.functions += 1
            self.held_bytes += len(one.ir) + len(one.text)
        self._ids[one.key] = one.identity

    def lose_to_fault(self, unit: TranslationUnit, error: Exception) -> None:
        """Count an error that nobody thought of as a loss of the unit that it came with."""
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(frame.filename).name}:{frame.lineno}"
        self.lose(unit, "fault", f"{type(error).__name__} at {place}: {error}")

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


def _is_utf8(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _where(unit: TranslationUnit) -> dict[str, str]:
    return {
        "program": _clean(unit.program),
        "version": _clean(unit.version),
        "origin": unit.origin,
        "source_file": _clean(unit.path),
    }


def _clean(text: str) -> str:
    """Names of files and symbols may hold any bytes; tables hold UTF-8."""
    return text.encode(errors="surrogateescape").decode(errors="backslashreplace")
