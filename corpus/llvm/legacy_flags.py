"""Importing pass lists of published work: lines of flags as `opt` of LLVM 10 took them."""

from dataclasses import dataclass
from typing import Final

from corpus.llvm.pass_list import PassList
from corpus.llvm.passes import NotInPassSpace, PassSpace

_META: Final = {f"-{level}": f"default<{level}>" for level in ("O0", "O1", "O2", "O3", "Os", "Oz")}


@dataclass(frozen=True, slots=True)
class LegacyImport:
    """A line of flags, as far as it can be run today."""

    pass_list: PassList
    """The passes that the flags became, in their order."""
    absent: tuple[str, ...]
    """Flags that nothing stands for any more, in the order of the line."""
    barred: tuple[str, ...]
    """Flags whose pass is barred, in the order of the line; `PassSpace.barred` has the reasons."""


def from_legacy_flags(line: str, space: PassSpace) -> LegacyImport:
    """Read a line such as `-sroa -simplifycfg -gvn -Oz`.

    Raises:
        NotInPassSpace: a flag is not one of LLVM 10's passes.
    """
    found: list[str] = []
    absent: list[str] = []
    barred: list[str] = []
    for flag in line.split():
        if flag not in _META and flag not in space.legacy:
            raise NotInPassSpace(f"{flag!r} is no pass of LLVM 10 that the pass space knows")
        text = _META.get(flag) or space.legacy.get(flag)
        if text is None:
            absent.append(flag)
        elif text not in space.by_text:
            barred.append(flag)
        else:
            found.append(text)
    return LegacyImport(PassList(tuple(found)), tuple(absent), tuple(barred))
