"""Which passes of a wrong list are guilty: the shortest sub-list found that is still wrong.

The beginnings of the list are tried from the shortest on, so what comes after the fault is gone at
once; then single passes are dropped, the earliest first, until each one that is left is needed.
Passes that share a wrapper are parted first, if the list is wrong in that form, too.

Of a combination the *culprit* is its only pass that no optimisation level of clang runs. Levels
compile the world every day, so their passes are taken for set-up where there is one other: what
`attributor` claims of a load is wrong, not that gvn believes it. Of passes of levels alone, and of
several others, none can be named.
"""

from collections.abc import Callable, Sequence
from typing import Final

from corpus.llvm.pass_list import Element, PassList

_OF_LEVELS = """
    adce aggressive-instcombine alignment-from-assumptions always-inline argpromotion bdce
    called-value-propagation callsite-splitting constmerge constraint-elimination
    correlated-propagation deadargelim div-rem-pairs drop-unnecessary-assumes dse early-cse
    elim-avail-extern float2int function-attrs globaldce globalopt gvn indvars infer-alignment
    inferattrs inline instcombine instsimplify ipsccp jump-threading libcalls-shrinkwrap licm
    loop-deletion loop-distribute loop-idiom loop-instsimplify loop-load-elim loop-rotate
    loop-simplifycfg loop-sink loop-unroll loop-unroll-full loop-vectorize
    lower-constant-intrinsics lower-expect mem2reg memcpyopt mldst-motion move-auto-init openmp-opt
    openmp-opt-cgscc reassociate rel-lookup-table-converter rpo-function-attrs sccp
    simple-loop-unswitch simplifycfg slp-vectorizer speculative-execution sroa tailcallelim
    vector-combine loop-simplify lcssa
"""
OF_LEVELS: Final = frozenset(_OF_LEVELS.split())
"""Passes that `opt -passes=default<O3>,default<Oz> -print-pipeline-passes` names, and the two that
put loops in order before any loop pass; of the passes that a space can have. A test compares."""

Wrong = Callable[[str], bool]
"""Whether a pass list makes wrong code."""


def shortest_wrong(pass_list: str, is_wrong: Wrong) -> tuple[str, ...]:
    """Items of `pass_list`, which is wrong, that are wrong by themselves, in their order.

    No single one of them can go. For n items at most 1 + n + n² lists are tried, and about 3n where
    few are guilty.
    """
    parsed = PassList.parse(pass_list)
    items: Sequence[str] = parsed.elements
    parted = [text for element in parsed.tree for text in _parted(element)]
    if len(parted) > len(items) and is_wrong(",".join(parted)):
        items = parted
    for end in range(1, len(items)):
        if is_wrong(",".join(items[:end])):
            items = items[:end]
            break
    return _without_needless(items, is_wrong)


def culprit_of(guilty: Sequence[str]) -> str | None:
    """The pass to blame for a combination that is wrong; None where no single one can be named."""
    if not guilty:
        return None
    others = [one for one in guilty if not _names(one) <= OF_LEVELS]
    if len(guilty) == 1:
        return guilty[0]
    return others[0] if len(others) == 1 else None


def _names(text: str) -> set[str]:
    return {
        leaf.partition("<")[0] for item in PassList.parse(text).tree for leaf, _ in item.leaves()
    }


def _without_needless(items: Sequence[str], is_wrong: Wrong) -> tuple[str, ...]:
    """Drop items until each is needed; of long lists first halves and quarters of what is left."""
    size = len(items) // 2
    while size:
        at = 0
        while at < len(items) and len(items) > 1:
            shorter = [*items[:at], *items[at + size :]]
            if shorter and is_wrong(",".join(shorter)):
                items = shorter
            else:
                at += size
        size //= 2
    while len(items) > 1:
        shorter_ones = ([*items[:at], *items[at + 1 :]] for at in range(len(items)))
        found = next((one for one in shorter_ones if is_wrong(",".join(one))), None)
        if found is None:
            break
        items = found
    return tuple(items)


def _parted(element: Element) -> list[str]:
    """An item as items of one pass each, in the wrappers that they stood in."""
    if not element.held:
        return [element.text]
    return [f"{element.text}({text})" for held in element.held for text in _parted(held)]
