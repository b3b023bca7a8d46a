"""The hunt for wrong code: every pass through the gate's programs, alone and in company.

What a pass does depends on what comes before it, and whether a false promise shows (an attribute, a
piece of metadata) on what comes after it. So each pass is tried alone, on code as other passes
leave it, and with passes behind it that use what it concluded; then random lists.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from autotune.gate.bisect import culprit_of
from autotune.gate.programs import Judged, ProgramGate
from corpus.llvm.pass_file import PLACES
from corpus.llvm.passes import NotInPassSpace, PassSpace

_SROA: Final = "function(sroa)"
_LOOPS: Final = (
    f"{_SROA},function(simplifycfg),function(instcombine<no-verify-fixpoint>),"
    "function(loop-simplify),function(lcssa),function(loop(loop-rotate))"
)
_USERS: Final = (
    "function(early-cse<memssa>),function(gvn),function(loop-mssa(licm)),function(dse),"
    "function(instcombine<no-verify-fixpoint>)"
)
COMPANIES: Final = (
    "{0}",
    f"{_SROA},{{0}}",
    f"{_LOOPS},{{0}}",
    f"{_SROA},{{0}},{_USERS}",
    "default<Oz>,{0}",
)
"""Lists in which a pass is tried."""

LONGEST: Final = 16
"""Passes in a random list, at most."""


@dataclass(frozen=True)
class Hunted:
    """What was judged, and what of it was not agreed: each list with what the programs say."""

    lists: int
    cpu_s: float
    findings: Sequence[tuple[str, Judged]]

    def rows(self) -> list[dict[str, Any]]:
        """One row for each shortest list that makes wrong code, and for each way that LLVM fails.

        `blamed`: the pass, where one can be named; `shortest_list`: of those that fail the same way
        the shortest; `lists`: how many; `programs`: all that any of them broke.
        """
        return [
            *self._rows("refuted", lambda _, judged: ",".join(judged.guilty), lambda _: ""),
            *self._rows("inconclusive", lambda given, _: given, lambda judged: judged.reason),
        ]

    def _rows(
        self, verdict: str, shown: Callable[[str, Judged], str], reason: Callable[[Judged], str]
    ) -> Iterator[dict[str, Any]]:
        """Findings of one verdict, those of one reason or, without one, one list together."""
        together: dict[str, list[tuple[str, Judged]]] = {}
        for given, judged in self.findings:
            if judged.verdict == verdict:
                one = shown(given, judged)
                together.setdefault(reason(judged) or one, []).append((one, judged))
        for same in together.values():
            shortest = min((text for text, _ in same), key=lambda text: (len(text), text))
            guilty = same[0][1].guilty
            yield {
                "verdict": verdict,
                "blamed": culprit_of(guilty) or "",
                "shortest_list": shortest,
                "lists": len(same),
                "programs": ", ".join(sorted({name for _, one in same for name in one.refuting})),
                "reason": reason(same[0][1]),
            }

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return {"lists": self.lists, "cpu_s": self.cpu_s, "rows": self.rows()}

    def lines(self) -> list[str]:
        """For a person."""
        return [f"{self.lists} lists judged in {self.cpu_s:.0f} CPU s of running programs"]


def lists_with(passes: Sequence[str]) -> Iterator[str]:
    """Each pass in each company, company by company."""
    for company in COMPANIES:
        yield from (company.format(one) for one in passes)


def random_lists(space: PassSpace, count: int, seed: int) -> Iterator[str]:
    """Lists of 2 to LONGEST passes of the space, whole levels aside."""
    draw = random.Random(seed)
    texts = [one.text for one in space.passes if not one.is_meta]
    for _ in range(count):
        yield ",".join(draw.choices(texts, k=draw.randint(2, LONGEST)))


def hunt(
    gate: ProgramGate, pass_lists: Sequence[str], say: Callable[[str], None] = lambda _: None
) -> Hunted:
    """Judge these lists. Raises as `ProgramGate.judge` does."""
    findings: list[tuple[str, Judged]] = []
    cpu_us = 0
    for number, pass_list in enumerate(pass_lists, 1):
        judged = gate.judge(pass_list)
        cpu_us += judged.cpu_us
        if judged.verdict != "agreed":
            findings.append((pass_list, judged))
            say(f"{number}/{len(pass_lists)} {pass_list}: {judged.verdict}, {judged.reason}")
    return Hunted(len(pass_lists), cpu_us / 1e6, findings)


def wanted_passes(space: PassSpace, names: Sequence[str]) -> list[str]:
    """The texts of passes of these names or texts, barred ones too; if none is named, all usable.

    Raises NotInPassSpace.
    """
    if not names:
        return [one.text for one in space.passes if not one.is_meta]
    found: list[str] = []
    for name in names:
        usable = [one.text for one in space.passes if name in (one.name, one.text)]
        barred = [
            PLACES[one.section].format(one.name) for one in space.file.barred if one.name == name
        ]
        if not usable + barred:
            raise NotInPassSpace(f"{name}: no pass of space {space.version}, usable or barred")
        found += usable or barred
    return found
