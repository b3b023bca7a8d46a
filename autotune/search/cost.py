"""A fixed cost model: what evaluating a list is expected to cost, without looking at a clock.

A strategy that decided by measured times would ask for other lists on another machine or a busy
one, and its rows could not be reproduced. These numbers are fixed instead. They come from a least
squares fit over 200,000 evaluations of uniform random lists on 200 functions of 12 to 600
instructions (LLVM 22.1.8): the time of a list divided by `instructions` + 20 is a constant plus a
weight for each pass, which explains 71 % of the variance. Passes differ less from each other than
one pass does from function to function, so four weights are enough.
"""

from typing import Final

from autotune.search.base import PassIds
from corpus.llvm.passes import Pass, PassSpace

FIXED_INSTRUCTIONS: Final = 20
"""Every evaluation costs as much as if the function had so many instructions more."""

LIST_US: Final = 2.6
"""Microseconds per instruction for cloning, hashing and counting."""

LEVEL_US: Final = 10.5
SIMPLIFICATION_US: Final = 6.0
HEAVY_US: Final = 1.0
PASS_US: Final = 0.25
"""Microseconds per instruction for a whole level, for its function-simplification part (between
the two, from its share of the level's passes), for one of `HEAVY`, for any other pass."""

HEAVY: Final = frozenset({"gvn", "instcombine", "gvn-hoist", "early-cse", "dse", "gvn-sink"})

_NOTHING: Final = "default<O0>"


class CostModel:
    """Expected processor microseconds of lists of a pass space."""

    def __init__(self, space: PassSpace) -> None:
        self._weights = [_weight_us(one) for one in space.passes]

    def cost_us(self, instructions: int, pass_ids: PassIds) -> float:
        """One list on a function of so many instructions, unoptimised; nothing shared."""
        weights = self._weights
        each_us = LIST_US + sum([weights[one] for one in pass_ids])
        return (instructions + FIXED_INSTRUCTIONS) * each_us


def _weight_us(one: Pass) -> float:
    if one.is_meta:
        return PASS_US if one.text == _NOTHING else LEVEL_US
    if one.name == "function-simplification":
        return SIMPLIFICATION_US
    return HEAVY_US if one.name in HEAVY else PASS_US
