"""What a lake's verdicts bar: passes that broke program after program are searched no more.

A pass is barred when it is the culprit on LEAST_PROGRAMS programs or more; `bisect.py` says who is
the culprit of a refuted list. A combination of which no one pass can be named bars none.

The bars of a campaign are those that hold when it starts; they are part of its pass space, and so
of its name, and are kept with it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import pyarrow.compute as pc

from autotune.gate.bisect import culprit_of
from autotune.gate.verdict import Kind, Verdict
from warehouse.lake import Lake

LEAST_PROGRAMS: Final = 3
"""Programs that a pass must break before it is barred: one may be a fluke of ours."""

_COLUMNS = ("verdict_id", "pass_list", "programs", "guilty")


def bars_of(lake: Lake, toolchain: str) -> Mapping[str, str]:
    """The passes, by their complete texts, that this lake bars for a toolchain, and why.

    `toolchain` is a fingerprint: what one LLVM does wrong another may do right.
    """
    refuted = (
        (pc.field("verdict") == Verdict.REFUTED.value)
        & (pc.field("kind") == Kind.PROGRAMS.value)
        & (pc.field("toolchain") == toolchain)
    )
    return barred_by(lake.read("verdicts", columns=_COLUMNS, where=refuted).to_pylist())


def barred_by(refutations: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Passes that rows of `verdicts`, refuted on programs, bar; each with its reason.

    The reason names the programs and the verdict whose guilty list is the shortest.
    """
    programs: dict[str, set[str]] = {}
    evidence: dict[str, tuple[int, str, str]] = {}
    for row in refutations:
        if not row["guilty"]:
            continue
        culprit = culprit_of(row["guilty"])
        if culprit is None:
            continue
        programs.setdefault(culprit, set()).update(row["programs"])
        found = (len(row["guilty"]), ",".join(row["guilty"]), row["verdict_id"])
        evidence[culprit] = min(evidence.get(culprit, found), found)
    return {
        culprit: (
            f"gate: wrong code in {', '.join(sorted(broken))} by {evidence[culprit][1]}"
            f" (verdict {evidence[culprit][2]})"
        )
        for culprit, broken in sorted(programs.items())
        if len(broken) >= LEAST_PROGRAMS
    }
