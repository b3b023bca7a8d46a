"""Reading and checking the reviewed data file of a pass space (passes_<LLVM major>.toml).

The file's own header says what each of its tables means. Every complaint names the file and the
entry, so that whoever edits the file finds the line.
"""

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from corpus.errors import CorpusError
from corpus.llvm.pass_list import BadPassList, PassList

PLACES: Final[Mapping[str, str]] = {
    "module": "{}",
    "cgscc": "cgscc({})",
    "function": "function({})",
    "loopnest": "function(loop({}))",
    "loop": "function(loop({}))",
    "loop-mssa": "function(loop-mssa({}))",
}
"""The wrapper that a pass of each level runs in, written out from the module down."""

SECTIONS: Final = ("module", "cgscc", "function", "loopnest", "loop")
"""The parts of the file and of opt's listing; level `loop-mssa` is listed among loop passes."""


class BadPassFile(CorpusError, ValueError):
    """A data file of a pass space that cannot be used; names the entry."""


@dataclass(frozen=True, slots=True)
class UsableEntry:
    """A pass that a search may use."""

    section: str
    name: str
    level: str
    variants: tuple[str, ...]
    """Parameters worth searching, each a pass of its own; "" is the pass without parameters."""

    def texts(self) -> Iterator[str]:
        """Yield the complete text of every variant, in its wrapper."""
        for parameters in self.variants:
            yield PLACES[self.level].format(
                f"{self.name}<{parameters}>" if parameters else self.name
            )


@dataclass(frozen=True, slots=True)
class BarredEntry:
    """A pass that a search must not use, and why."""

    section: str
    name: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class PassFile:
    """The contents of one data file, checked."""

    llvm: int
    """Major version of the LLVM whose listing the file covers."""
    usable: tuple[UsableEntry, ...]
    barred: tuple[BarredEntry, ...]
    left_out: Mapping[str, str]
    """Title of a section of opt's listing that holds no transformations → why."""
    legacy: Mapping[str, str]
    """Flag of LLVM 10 → complete text of the pass it became."""
    absent: Mapping[str, str]
    """Flag of LLVM 10 that nothing stands for → why."""

    @property
    def named(self) -> frozenset[tuple[str, str]]:
        """(section, name) of every pass that the file names."""
        usable = frozenset((entry.section, entry.name) for entry in self.usable)
        return usable | {(entry.section, entry.name) for entry in self.barred}


def read_pass_file(path: Path) -> PassFile:
    """Read a data file.

    Raises:
        BadPassFile: it cannot be read, or an entry is malformed, doubled or of an unknown kind.
    """
    return _Reading(path).result()


class _Reading:
    """One reading of one file: knows its path for the messages."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            self._fail(f"cannot be read ({error.strerror})")
        except ValueError as error:
            self._fail(f"is no TOML: {error}")

    def result(self) -> PassFile:
        llvm = self._data.get("llvm")
        if not isinstance(llvm, int):
            self._fail("`llvm` must be the major version, as in `llvm = 22`")
        self._know(self._data, {"llvm", "left_out", "legacy", "absent", "kinds", *SECTIONS})
        kinds = self._texts("kinds", self._table(self._data, "kinds"))
        usable: list[UsableEntry] = []
        barred: list[BarredEntry] = []
        for section in SECTIONS:
            table = self._table(self._data, section)
            self._know(table, {"usable", "barred"}, f"{section}.")
            usable += self._usable(section, self._table(table, "usable"))
            barred += self._barred(section, self._table(table, "barred"), kinds)
        return self._checked(
            PassFile(
                llvm=llvm,
                usable=tuple(usable),
                barred=tuple(barred),
                left_out=self._texts("left_out", self._table(self._data, "left_out")),
                legacy=self._texts("legacy", self._table(self._data, "legacy")),
                absent=self._texts("absent", self._table(self._data, "absent")),
            )
        )

    def _usable(self, section: str, table: dict[str, Any]) -> Iterator[UsableEntry]:
        for name, entry in table.items():
            where = f"[{section}.usable] {name}"
            if not isinstance(entry, dict):
                self._fail(f"{where}: must be a table such as {{}} or {{ variants = [...] }}")
            for key in sorted(entry.keys() - {"level", "plain", "variants"}):
                self._fail(f"{where}: unknown key {key!r} (level, plain, variants)")
            level = entry.get("level", section)
            if level not in PLACES:
                self._fail(f"{where}: level {level!r} is none of {', '.join(PLACES)}")
            plain = entry.get("plain", True)
            variants = entry.get("variants", [])
            if not isinstance(plain, bool):
                self._fail(f"{where}: plain must be true or false")
            if not isinstance(variants, list) or not all(
                isinstance(v, str) and v for v in variants
            ):
                self._fail(f"{where}: variants must be a list of non-empty texts")
            if not plain and not variants:
                self._fail(f"{where}: plain = false leaves no way to run it; give variants")
            yield UsableEntry(section, name, level, ("",) * plain + tuple(variants))

    def _barred(
        self, section: str, table: dict[str, Any], kinds: Mapping[str, str]
    ) -> Iterator[BarredEntry]:
        for kind in table:
            where = f"{section}.barred.{kind}"
            if kind not in kinds:
                self._fail(f"[{where}]: kind {kind!r} is not explained in [kinds]")
            for name, reason in self._texts(where, self._table(table, kind)).items():
                yield BarredEntry(section, name, kind, reason)

    def _checked(self, file: PassFile) -> PassFile:
        usable = Counter(entry.name for entry in file.usable)
        barred = {entry.name for entry in file.barred}
        for name, times in usable.items():
            if times > 1:
                self._fail(f"{name} is usable in {times} sections; its bare name would say neither")
            if name in barred:
                self._fail(f"{name} is usable and barred")
        for where, times in Counter((entry.section, entry.name) for entry in file.barred).items():
            if times > 1:
                self._fail(f"[{where[0]}.barred] names {where[1]} under {times} kinds")
        texts = Counter(text for entry in file.usable for text in entry.texts())
        for text, times in texts.items():
            self._name_in(text)
            if times > 1:
                self._fail(f"{text} is in the space {times} times")
        self._check_flags(file, texts, barred)
        return file

    def _check_flags(self, file: PassFile, texts: Mapping[str, int], barred: set[str]) -> None:
        for flag, text in file.legacy.items():
            if text not in texts and self._name_in(text) not in barred:
                self._fail(f"[legacy] {flag}: {text} is neither a usable text nor a barred pass")
        for text, times in Counter(file.legacy.values()).items():
            if times > 1 and text in texts:
                self._fail(f"[legacy] maps {times} flags to {text}; Pass.legacy holds one")
        for flag in sorted(file.legacy.keys() & file.absent.keys()):
            self._fail(f"{flag} is in [legacy] and in [absent]")

    def _name_in(self, text: str) -> str:
        """Return the name of the only pass in `text`."""
        try:
            leaves = [leaf for item in PassList.parse(text).tree for leaf, _ in item.leaves()]
        except BadPassList as error:
            self._fail(str(error))
        if len(leaves) != 1:
            self._fail(f"{text!r} must hold one pass")
        return leaves[0].partition("<")[0]

    def _table(self, parent: Mapping[str, Any], key: str) -> dict[str, Any]:
        table = parent.get(key, {})
        if not isinstance(table, dict):
            self._fail(f"[{key}] must be a table")
        return table

    def _know(self, table: Mapping[str, Any], known: set[str], parent: str = "") -> None:
        for key in sorted(table.keys() - known):
            self._fail(f"has an unknown table [{parent}{key}]")

    def _texts(self, where: str, table: Mapping[str, Any]) -> dict[str, str]:
        for key, value in table.items():
            if not isinstance(value, str) or not value.strip():
                self._fail(f"[{where}] {key}: must be a text that is not empty")
        return dict(table)

    def _fail(self, what: str) -> NoReturn:
        raise BadPassFile(f"{self._path}: {what}")
