"""The hunt for wrong code: every pass through the gate's programs, alone and in company.

What a pass does depends on what comes before it, and whether a false promise shows (an attribute, a
piece of metadata) on what comes after it. So each pass is tried alone, on code as other passes
leave it, and with passes behind it that use what it concluded; then random lists.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from autotune.gate.programs import Judged, ProgramGate
from corpus.llvm.passes import PassSpace

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
class Finding:
    """A list that the gate did not agree to."""

    pass_list: str
    judged: Judged


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
    gate: ProgramGate, pass_lists: Sequence[str], said: Callable[[str], None] = lambda _: None
) -> list[Finding]:
    """Judge these lists; what was not agreed. Raises as `ProgramGate.judge` does."""
    findings: list[Finding] = []
    for number, pass_list in enumerate(pass_lists, 1):
        judged = gate.judge(pass_list)
        if judged.verdict != "agreed":
            findings.append(Finding(pass_list, judged))
            said(f"{number}/{len(pass_lists)} {pass_list}: {judged.verdict}, {judged.reason}")
    return findings
