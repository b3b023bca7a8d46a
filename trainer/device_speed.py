"""How fast a recipe's model takes real optimiser steps on one device, and in how much memory."""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch

from trainer import parallel
from trainer.loop import Training
from trainer.plan import memory_of
from trainer.recipes import named

if TYPE_CHECKING:
    import numpy.typing as npt

    from trainer.parallel import World
    from trainer.recipe import Recipe

WARM_UP: Final = 3
MEASURED: Final = 6
DOCUMENT: Final = 500
"""Tokens of one packed document, about as many as a function with its answer has."""

_MEMORY_USED: Final = 0.9
"""Share of a device's memory that a model may be expected to need: the expectation is rough."""

_REDUCED: Final = 2


class Words:
    """A vocabulary without words."""

    def __init__(self, size: int) -> None:
        self.vocab_size = size
        self.pad_id = 0
        self.end_id = 1


@dataclass(frozen=True)
class MadeUp:
    """Rows of random tokens, packed as functions are."""

    tokens_BT: npt.NDArray[np.int64]
    parts_BT: npt.NDArray[np.uint8]
    positions_BT: npt.NDArray[np.int64]

    @classmethod
    def of(cls, recipe: Recipe, step: int, document: int = DOCUMENT) -> MadeUp:
        """The rows of a step."""
        shape = (recipe.schedule.rows, recipe.shape.context)
        drawn = np.random.default_rng(step)
        tokens = drawn.integers(2, recipe.shape.vocabulary, shape)
        parts = np.broadcast_to(np.arange(shape[1]) % document > document // 2, shape)
        positions = np.broadcast_to(np.arange(shape[1]) % document, shape)
        return cls(tokens, parts.astype(np.uint8) * 3, positions.copy())


def of_named(name: str, world: World) -> dict[str, Any]:
    """Steps of a recipe, with fewer blocks where not all fit, by each way to compute attention.

    A step here is two forward passes of `micro_rows` rows; the recipe's own batch has more of
    them, and so spends less of its time on the optimiser.
    """
    whole = fitting(named(name), world)
    ways = ("sdpa", "flex") if world.device.type == "cuda" else ("sdpa",)
    found: dict[str, Any] = {}
    for attention in ways:
        engine = replace(whole.engine, attention=attention)
        try:
            found[attention] = measured(replace(whole, engine=engine), world)
        except Exception as error:
            if attention == "sdpa":
                raise
            # The other way stands: what is wrong with this one is a finding.
            found[attention] = {"failed": str(error).strip().splitlines()[0], "tokens_per_s": 0.0}
    layers = named(name).shape.layers
    best = max(found.values(), key=lambda one: one["tokens_per_s"])
    return {
        "what": f"{name}, {whole.shape.layers} of {layers} blocks",
        "whole": whole.shape.layers == layers,
        "parameters": whole.shape.parameters,
        "blocks": whole.shape.layers,
        "context": whole.shape.context,
        "micro_rows": whole.engine.micro_rows,
        "recompute": whole.engine.recompute,
        "tokens_per_s": best["tokens_per_s"],
        "mfu": best["mfu"],
        "attention": found,
    }


def fitting(recipe: Recipe, world: World) -> Recipe:
    """The recipe for one device: two passes a step, and as many blocks as its memory takes.

    On a CPU two blocks, a short context and one row, so that the same code runs in seconds.
    """
    shape, engine = recipe.shape, recipe.engine
    if world.device.type != "cuda":
        shape = replace(shape, layers=_REDUCED, width=64, heads=4, hidden=128, vocabulary=512)
        shape = replace(shape, context=128)
        engine = replace(engine, micro_rows=1)
    else:
        free, _ = torch.cuda.mem_get_info(world.device)
        for layers in range(shape.layers, 0, -1):
            shape = replace(shape, layers=layers)
            if memory_of(replace(recipe, shape=shape), 1) < _MEMORY_USED * free:
                break
    rows = 2 * engine.micro_rows
    return replace(recipe, shape=shape, engine=engine, schedule=replace(recipe.schedule, rows=rows))


def measured(recipe: Recipe, world: World) -> dict[str, Any]:
    """Figures of a few steps, after some that compile and warm up."""
    on_gpu = world.device.type == "cuda"
    steps = (WARM_UP, MEASURED) if on_gpu else (1, 1)
    if on_gpu:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(world.device)
    torch._dynamo.reset()  # noqa: SLF001  (what another model's blocks were compiled to)
    began = time.monotonic()
    llama = parallel.laid_out(recipe, Words(recipe.shape.vocabulary), world, 0)
    training = Training(recipe, llama, world, lambda step: MadeUp.of(recipe, step), 0)
    for _ in range(steps[0]):
        training.step()
    compiled_s = time.monotonic() - began
    figures = [training.step() for _ in range(steps[1])]
    rate = median(one["tokens_per_s"] for one in figures)
    peak = figures[-1]["memory_bytes"]
    del training, llama
    gc.collect()
    return {
        "tokens_per_s": rate,
        "mfu": median(one["mfu"] for one in figures) if on_gpu else None,
        "step_s": recipe.schedule.rows * recipe.shape.context / rate,
        "memory_bytes": peak,
        "until_warm_s": round(compiled_s, 1),
    }
