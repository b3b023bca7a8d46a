"""Validation while a model trains: its surprise at held-out programs, and what its lists are worth.

*Surprise*: nats per token over rows of the valid split, told apart by part.

*Lists*: greedily decoded for the watched functions, applied and measured in the sandbox. Their
worth is the improvement over -Oz, pooled: sum(Oz) / sum(method) less 1. A list that fails counts as
-Oz, and is counted. Nothing here is executed or confirmed by another `opt`: that is the judge's.
Where there is no LLVM, lists are not measured.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from corpus.llvm.baselines import OZ
from corpus.llvm.measurement import Outcome
from corpus.llvm.sandbox.supervisor import MachineFault, ModuleLost, Sandbox
from trainer.loss import Surprise, Targets, sums_by_part, surprise_of
from trainer.network import logits
from trainer.sample import Part

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from corpus.llvm.toolchain import Toolchain
    from trainer.decode import Decoded
    from trainer.network import Llama
    from trainer.parallel import World
    from trainer.recipe import Recipe
    from trainer.shards import Shards


@dataclass(frozen=True)
class Worth:
    """What lists are worth on some functions. Sums are of the recipe's objective.

    `failed` lists count as -Oz; `as_oz` are -Oz itself; `too_long` are functions whose prompt did
    not fit. `cpu_s` is that of measuring.
    """

    functions: int
    reached: int
    oz: int
    best: int
    failed: int
    as_oz: int
    too_long: int
    improved: int
    regressed: int
    seconds: float

    def document(self) -> dict[str, Any]:
        """As JSON values, with improvements over -Oz as fractions."""
        improvement = self.oz / self.reached - 1
        best = self.oz / self.best - 1
        return {
            "functions": self.functions,
            "improvement_over_oz": improvement,
            "best_improvement_over_oz": best,
            "share_of_best": improvement / best if best else None,
            "functions_improved": self.improved,
            "functions_regressed": self.regressed,
            "failed": self.failed,
            "as_oz": self.as_oz,
            "too_long": self.too_long,
            "seconds": self.seconds,
        }


def held_out_rows(shards: Shards, most: int) -> npt.NDArray[np.int64]:
    """Numbers of the rows that a run's surprise is taken over: spread evenly, always the same."""
    return np.unique(np.linspace(0, shards.rows - 1, min(most, shards.rows)).astype(np.int64))


def surprise_at(
    llama: Llama, recipe: Recipe, shards: Shards, pad_id: int, world: World
) -> Surprise:
    """The model's surprise at held-out rows, over all processes. All of them have to ask."""
    import torch

    rows = held_out_rows(shards, recipe.watch.held_out_rows)
    # Sharded weights are gathered by all or none: every process takes as many rows, some of them
    # only to keep step.
    share = -(-len(rows) // world.ranks)
    places = np.arange(world.rank * share, (world.rank + 1) * share)
    counted = places < len(rows)
    mine = rows[np.minimum(places, len(rows) - 1)]
    attention = recipe.engine.attention
    sums = torch.zeros(2 * len(Part), dtype=torch.float64, device=world.device)
    for start in range(0, share, recipe.engine.micro_rows):
        some = slice(start, start + recipe.engine.micro_rows)
        batch = shards.read(mine[some])
        tokens_BT = torch.as_tensor(batch.tokens_BT, device=world.device)
        positions_BT = torch.as_tensor(batch.positions_BT, device=world.device)
        tokens_BT = torch.where(
            torch.as_tensor(counted[some], device=world.device)[:, None], tokens_BT, pad_id
        )
        parts_BT = torch.as_tensor(batch.parts_BT, device=world.device)
        targets = Targets.of(tokens_BT, parts_BT, positions_BT, pad_id, [1.0] * len(Part))
        with torch.no_grad():
            found_BTV = logits(llama, tokens_BT, positions_BT, attention)
            sums += sums_by_part(surprise_of(found_BTV, targets), targets)
    summed = world.sum(sums.tolist())
    return Surprise(tuple(summed[: len(Part)]), tuple(summed[len(Part) :]))


def worth_of(
    decoded: Sequence[Decoded],
    functions: Sequence[dict[str, Any]],
    toolchain: Toolchain,
    *,
    by_bytes: bool = False,
) -> Worth:
    """Apply lists, one for each function, and measure what they leave.

    Raises MachineFault.
    """
    began = time.monotonic()
    reached, failed, improved, regressed = 0, 0, 0, 0
    with Sandbox(toolchain) as sandbox:
        for one, function in zip(decoded, functions, strict=True):
            size = _left(sandbox, function["ir"], one.pass_list, by_bytes=by_bytes)
            failed += size is None
            left = function["oz"] if size is None else size
            reached += left
            improved += left < function["oz"]
            regressed += left > function["oz"]
    return Worth(
        functions=len(functions),
        reached=reached,
        oz=sum(function["oz"] for function in functions),
        best=sum(function["best"] for function in functions),
        failed=failed,
        as_oz=sum(one.pass_list == OZ for one in decoded),
        too_long=sum(not one.fits for one in decoded),
        improved=improved,
        regressed=regressed,
        seconds=time.monotonic() - began,
    )


def _left(sandbox: Sandbox, ir: str, pass_list: str, *, by_bytes: bool) -> int | None:
    """What a list leaves of a function; None where it fails, or loses the module."""
    try:
        with sandbox.session() as session:
            session.load(ir.encode(errors="surrogateescape"))
            (measurement,) = session.evaluate([pass_list], with_object=by_bytes)
    except ModuleLost:
        return None
    except MachineFault:
        # Once more in a fresh child: a fault of the machine is no property of a list.
        with sandbox.session() as session:
            session.load(ir.encode(errors="surrogateescape"))
            (measurement,) = session.evaluate([pass_list], with_object=by_bytes)
    if measurement.outcome is not Outcome.OK:
        return None
    return measurement.object_bytes if by_bytes else measurement.instructions


def score(document: dict[str, Any]) -> tuple[float, float]:
    """What decides which weights are kept: what the lists are worth, then the answers' surprise."""
    lists = document.get("lists")
    worth = lists["improvement_over_oz"] if lists else -math.inf
    return worth, -document["answer"]
