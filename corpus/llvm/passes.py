"""The pass space: the versioned set of passes that a search may use.

What is in it, and what is barred and why, stands in the reviewed data file beside this module. The
version names its contents, so rows that carry it can be read after the space has changed.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Final, Self

from corpus.errors import CorpusError
from corpus.llvm.listing import Listing
from corpus.llvm.pass_file import PassFile, read_pass_file
from corpus.llvm.pass_list import PassList

_DATA: Final = Path(__file__).with_name("passes_22.toml")
_META: Final = "default"


class NotInPassSpace(CorpusError, ValueError):
    """A pass, an id or a flag that the pass space does not know; says what it offers instead."""


@dataclass(frozen=True, slots=True)
class Pass:
    """One thing a search can put on a list: a pass at its level, with fixed parameters."""

    pass_id: int
    """Position in `PassSpace.passes`; fits 16 bits. Has meaning only with the space's version."""
    text: str
    """Complete pipeline text in its wrapper, as `function(loop-mssa(licm))`."""
    name: str
    """LLVM's name without wrapper and parameters, as `licm`."""
    level: str
    """module, cgscc, function, loopnest, loop or loop-mssa (a loop pass that needs MemorySSA)."""
    legacy: str | None
    """The flag of LLVM 10 that it stands for, as `-licm`; None if it stands for none."""

    @property
    def leaf(self) -> str:
        """The text without its wrapper: `licm`, `early-cse<memssa>`."""
        return self.text.rpartition("(")[2].rstrip(")")

    @property
    def is_meta(self) -> bool:
        """Whether it is a whole optimisation level (`default<Oz>` and its like)."""
        return self.name == _META


@dataclass(frozen=True, eq=False)
class PassSpace:
    """All passes a search may use, and those it must not.

    Get one from `load()`; it never changes.
    """

    version: str
    """`<LLVM major>-<8 hex digits>`: hash of the usable texts and of the barred names."""
    passes: tuple[Pass, ...]
    """Usable passes, each parameter variant and each meta pass included, sorted by text."""
    barred: Mapping[str, str]
    """LLVM's name of a barred pass → `kind: reason`; `print<domtree>` keeps its brackets."""
    legacy: Mapping[str, str | None]
    """Flag of LLVM 10 → complete text of the pass it became, barred or not; None: it is gone."""
    file: PassFile
    """What all this was read from."""

    @classmethod
    def load(cls, path: Path | None = None) -> "PassSpace":
        """The pass space of this release of Passlake, read once in a process, or one of your own.

        Raises:
            BadPassFile: the data file is malformed; the message names the entry.
        """
        if path is None:
            return _of_this_release()
        file = read_pass_file(path)
        flags = {text: flag for flag, text in file.legacy.items()}
        usable = sorted(
            (text, entry.name, entry.level) for entry in file.usable for text in entry.texts()
        )
        passes = tuple(
            Pass(number, text, name, level, flags.get(text))
            for number, (text, name, level) in enumerate(usable)
        )
        barred = {one.name: f"{one.kind}: {one.reason}" for one in file.barred}
        return cls(
            version=_version(file, passes, barred),
            passes=passes,
            barred=barred,
            legacy={**file.legacy, **dict.fromkeys(file.absent)},
            file=file,
        )

    def without(self, bars: Mapping[str, str]) -> Self:
        """This space less the passes with these complete texts; the values say why each is barred.

        Texts that it does not have are nothing to it, and whole optimisation levels stay: they are
        what everything is measured against.
        """
        out = [one for one in self.passes if one.text in bars and not one.is_meta]
        if not out:
            return self
        kept = [one for one in self.passes if one not in out]
        passes = tuple(replace(one, pass_id=number) for number, one in enumerate(kept))
        barred = {**self.barred, **{one.leaf: bars[one.text] for one in out}}
        version = _version(self.file, passes, barred)
        return type(self)(version, passes, barred, self.legacy, self.file)

    @cached_property
    def by_text(self) -> Mapping[str, Pass]:
        """Complete text → pass."""
        return {one.text: one for one in self.passes}

    @cached_property
    def meta(self) -> tuple[Pass, ...]:
        """The whole optimisation levels, `default<O0>` to `default<Oz>`."""
        return tuple(one for one in self.passes if one.is_meta)

    def paper(self) -> tuple[tuple[Pass, ...], tuple[Pass, ...]]:
        """Return the space of published work on LLVM 10: (passes, meta passes).

        The passes are those that the flags of LLVM 10 became, as far as they are not barred, with
        no parameters but those that make them what the flag was (`early-cse<memssa>`). No two
        flags became the same pass, so drawing uniformly from the passes is drawing from the flags.
        """
        return tuple(one for one in self.passes if one.legacy), self.meta

    def canonical(self, pass_list: PassList) -> PassList:
        """Write each pass of a list as an item of its own, in the wrapper of its own level.

        `function(sroa,gvn)` becomes `function(sroa),function(gvn)`, a bare `indvars` becomes
        `function(loop(indvars))`, and `loop(licm)`, on which opt aborts, runs as it should. On a
        module of one function without nested loops the result is the same; elsewhere it may
        differ: LLVM runs the passes of one wrapper function by function (loop by loop), the items
        of a list one after the other over all of them.

        Raises:
            NotInPassSpace: a pass is barred, unknown, or stands in a wrapper that cannot hold it.
        """
        leaves = (leaf for item in pass_list.tree for leaf in item.leaves())
        return PassList.from_passes(self._named(text, wrapper) for text, wrapper in leaves)

    def encode(self, pass_list: PassList) -> list[int]:
        """Return the ids of a list whose items are texts of this space.

        Raises:
            NotInPassSpace: an item is not; `canonical()` may help.
        """
        try:
            return [self.by_text[element].pass_id for element in pass_list.elements]
        except KeyError as error:
            raise NotInPassSpace(
                f"{error.args[0]!r} is no item of pass space {self.version}; "
                "write each pass in a wrapper of its own"
            ) from None

    def decode(self, pass_ids: Iterable[int]) -> PassList:
        """Return the list that these ids stand for; `decode(encode(pass_list)) == pass_list`.

        Raises:
            NotInPassSpace: an id is not of this space.
        """
        ids = tuple(pass_ids)
        for one in ids:
            if not 0 <= one < len(self.passes):
                raise NotInPassSpace(
                    f"pass space {self.version} has no id {one} (0 to {len(self.passes) - 1})"
                )
        return PassList.from_passes(self.passes[one] for one in ids)

    def unknown_passes(self, opt_output: str) -> list[str]:
        """Return what `opt --print-passes` lists and the data file does not name: a newer LLVM."""
        listing = Listing.read(opt_output)
        titles = [title for title in listing.other_titles() if title not in self.file.left_out]
        return titles + _names(set(listing.passes()) - self.file.named)

    def stale_passes(self, opt_output: str) -> list[str]:
        """Return what the data file names and `opt --print-passes` does not list."""
        listing = Listing.read(opt_output)
        titles = sorted(self.file.left_out.keys() - set(listing.other_titles()))
        return titles + _names(self.file.named - set(listing.passes()))

    @cached_property
    def _by_leaf(self) -> Mapping[str, Pass]:
        return {one.leaf: one for one in self.passes}

    def _named(self, leaf: str, wrapper: str) -> Pass:
        one = self._by_leaf.get(leaf)
        if one is None:
            raise NotInPassSpace(f"{leaf}: {self._why_not(leaf)} (pass space {self.version})")
        if wrapper and _HOLDER.get(wrapper, wrapper) != _HOLDER.get(one.level, one.level):
            raise NotInPassSpace(f"{leaf} cannot stand in {wrapper}(...): write {one.text}")
        return one

    def _why_not(self, leaf: str) -> str:
        name = leaf.partition("<")[0]
        reason = self.barred.get(leaf) or self.barred.get(name)
        if reason:
            return f"is barred, {reason}"
        variants = ", ".join(one.leaf for one in self.passes if one.name == name)
        return f"is in the pass space only as {variants}" if variants else "is no pass of this LLVM"


_HOLDER: Final[Mapping[str, str]] = {"loopnest": "loop", "loop-mssa": "loop", "devirt": "cgscc"}
"""Levels and wrappers that are one kind where only the place of a pass matters."""


@cache
def _of_this_release() -> PassSpace:
    return PassSpace.load(_DATA)


def _version(file: PassFile, passes: Sequence[Pass], barred: Iterable[str]) -> str:
    content = json.dumps([[one.text for one in passes], sorted(barred)])
    return f"{file.llvm}-{hashlib.sha256(content.encode()).hexdigest()[:8]}"


def _names(entries: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{section} pass {name}" for section, name in sorted(entries)]
