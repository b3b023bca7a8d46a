"""What as many random lists come to: the least that learning is for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autotune.search.base import Problem
from autotune.search.random_search import RandomSearch
from corpus.llvm.passes import PassSpace
from trainer.baselines.figures import figure
from trainer.baselines.sampling import lot
from trainer.baselines.value_matrix import FAILED, measured_each

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from corpus.llvm.sandbox.supervisor import Sandbox
    from trainer.labels import Label


def random_figures(
    sandbox: Sandbox, functions: Sequence[Label], budgets: Iterable[int], seed: int
) -> dict[str, Any]:
    """Budget → figure of the best of so many lists, drawn for each function.

    As published work draws them, -O levels among their passes (`RandomSearch`); the lists of a
    smaller budget are the first of a larger one's.
    """
    space = PassSpace.load()
    wanted = list(budgets)
    lists = []
    for function in functions:
        chance = int.from_bytes(lot(seed, function.function_id), "little")
        problem = Problem(space, chance, function.instructions, "instructions", 0)
        drawn = RandomSearch(problem).ask(max(wanted))
        lists.append([str(space.decode(ids)) for ids in drawn])
    counts = measured_each(sandbox, functions, lists)
    oz = [one.oz_instructions for one in functions]
    found = {}
    for budget in wanted:
        reached = [
            min((one for one in row[:budget] if one != FAILED), default=function.instructions)
            for function, row in zip(functions, counts, strict=True)
        ]
        found[str(budget)] = figure(oz, reached)
    return found
