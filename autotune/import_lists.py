"""Coresets from list files: lists as `opt` takes them, or LLVM-10 flags, as published ones come."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autotune.coresets import Coreset
from autotune.errors import BadOption
from corpus.errors import CorpusError
from corpus.llvm.legacy_flags import from_legacy_flags
from corpus.llvm.pass_list import PassList
from corpus.llvm.passes import PassSpace


@dataclass(frozen=True)
class Imported:
    """A coreset, and how often each flag was dropped: gone from LLVM, or barred."""

    coreset: Coreset
    absent: Mapping[str, int]
    barred: Mapping[str, int]

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return self.coreset.summary() | {"absent": self.absent, "barred": self.barred}

    def lines(self) -> Sequence[str]:
        """For a person."""
        said = [f"coreset {self.coreset.coreset_id}: {len(self.coreset.lists)} lists"]
        for what, dropped in (("gone from LLVM", self.absent), ("barred", self.barred)):
            if dropped:
                each = ", ".join(f"{flag} ({count})" for flag, count in dropped.items())
                said.append(f"dropped, since {what}: {each}")
        return said


def import_lists(path: Path, space: PassSpace, toolchain: str, objective: str) -> Imported:
    """Read a file of one list a line; empty lines and lines that begin with # are skipped.

    Lists that nothing is left of are dropped, and so is the second of two equal ones. Raises
    BadOption, with the line, where a list cannot be read, and when the file has no list.
    """
    absent: Counter[str] = Counter()
    barred: Counter[str] = Counter()
    lists: list[str] = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadOption(f"{path} cannot be read: {error}") from error
    for number, line in enumerate(map(str.strip, lines), start=1):
        if not line or line.startswith("#"):
            continue
        try:
            if line.startswith("-"):
                flags = from_legacy_flags(line, space)
                absent.update(flags.absent)
                barred.update(flags.barred)
                lists.append(str(flags.pass_list))
            else:
                lists.append(str(space.canonical(PassList.parse(line))))
        except CorpusError as error:
            raise BadOption(f"{path}, line {number}: {error}") from error
    kept = tuple(dict.fromkeys(one for one in lists if one))
    if not kept:
        raise BadOption(f"{path} has no list: it needs one a line, as opt takes it")
    return Imported(Coreset(objective, space.version, toolchain, kept), absent, barred)
