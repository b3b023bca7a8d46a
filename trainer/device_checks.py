"""Checks of what training promises, on whatever device there is."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import torch

from trainer import network, parallel
from trainer.checkpoint import Saver, latest
from trainer.decode import greedy_lists
from trainer.device_speed import MadeUp, Words
from trainer.job import Job
from trainer.loop import Training
from trainer.network import logits
from trainer.prepare import Preparation
from trainer.progress import Progress
from trainer.recipe import Engine, Recipe, Schedule, Shape, Watch
from trainer.recipes import debug_cpu, small
from trainer.run_log import steps_of
from trainer.sample import passes_of
from trainer.source import LabelSource
from trainer.train import train

if TYPE_CHECKING:
    from pathlib import Path

    from trainer.parallel import World

_STEPS: Final = 8
_DECODED: Final = 64
_NEARLY: Final = 1e-3
"""How far losses may lie apart after a resume on a GPU, relatively: where threads add to one sum
in any order, as in the gradient of an embedding, two equal runs differ by as much."""


def _recipe(world: World, **engine: Any) -> Recipe:  # noqa: ANN401
    """A model large enough for a GPU's kernels, small enough for seconds."""
    on_gpu = world.device.type == "cuda"
    shape = (
        Shape(layers=4, heads=4, width=256, hidden=704, vocabulary=2048, context=1024)
        if on_gpu
        else Shape(layers=2, heads=2, width=32, hidden=64, vocabulary=128, context=128)
    )
    return replace(
        debug_cpu(),
        shape=shape,
        schedule=Schedule(steps=2 * _STEPS, warm_up_steps=2, learning_rate=1e-3, rows=4),
        engine=Engine(micro_rows=2, **engine),
    )


def isolation(world: World) -> dict[str, Any]:
    """Whether what a document is answered with depends on what is packed beside it.

    The tokens of all other documents of a row are changed: the logits of the one must stay, to the
    bit, and those of the others must not. With blocks compiled where there is a GPU, and with
    activations recomputed.
    """
    on_gpu = world.device.type == "cuda"
    ways = [("sdpa", False), ("sdpa", True), ("flex", False), ("flex", True)]
    found = {}
    for attention, recompute in ways if on_gpu else ways[:2]:
        recipe = _recipe(world, attention=attention, recompute=recompute)
        torch._dynamo.reset()  # noqa: SLF001
        llama = parallel.laid_out(recipe, Words(recipe.shape.vocabulary), world, 0)
        document = recipe.shape.context // 4 - 3
        rows = MadeUp.of(recipe, 0, document)
        tokens = torch.as_tensor(rows.tokens_BT, device=world.device)
        positions = torch.as_tensor(rows.positions_BT, device=world.device)
        other = (tokens + 1) % recipe.shape.vocabulary
        other[:, document : 2 * document] = tokens[:, document : 2 * document]
        with torch.no_grad():
            change = logits(llama, tokens, positions, attention).float()
            change = (change - logits(llama, other, positions, attention).float()).abs()
        found[f"{attention}{', recomputed' if recompute else ''}"] = {
            "of_the_document": change[:, document : 2 * document].max().item(),
            "of_the_others": change[:, 2 * document :].max().item(),
        }
    holds = all(not one["of_the_document"] and one["of_the_others"] for one in found.values())
    return {"holds": holds, "largest_change_of_a_logit": found}


def resume(world: World, folder: Path) -> dict[str, Any]:
    """Whether steps after a checkpoint are those that would have been taken without it."""
    recipe = _recipe(world)

    def training() -> Training:
        llama = parallel.laid_out(recipe, Words(recipe.shape.vocabulary), world, 0)
        return Training(recipe, llama, world, lambda step: MadeUp.of(recipe, step), 0)

    undisturbed, saver = training(), Saver(folder, "check", 1, world)
    for _ in range(_STEPS):
        undisturbed.step()
    saver.start(_STEPS, undisturbed.state(), undisturbed.progress.document())
    expected = [undisturbed.step()["loss"] for _ in range(_STEPS)]
    saver.finish()
    resumed, saved = training(), latest(folder)
    assert saved is not None
    saved.load_into(resumed.state())
    resumed.progress = Progress(**saved.progress)
    losses = [resumed.step()["loss"] for _ in range(_STEPS)]
    apart = max(abs(a - b) / abs(b) for a, b in zip(losses, expected, strict=True))
    tolerance = _NEARLY if world.device.type == "cuda" else 0.0
    return {
        "holds": apart <= tolerance,
        "bit_identical": losses == expected,
        "largest_relative_difference": apart,
        "tolerance": tolerance,
        "losses": losses,
    }


def decoding(world: World, data: Path, folder: Path) -> dict[str, Any]:
    """Whether lists that are decoded are lists, and how many come per second.

    The model's weights are random, so that anything that may come, comes.
    """
    on_gpu = world.device.type == "cuda"
    one = _job(_real(on_gpu=on_gpu), data, folder)
    prepared = Preparation(one.recipe, one.source, folder, one.seed, None, _silent).make()
    recipe = small() if on_gpu else one.recipe
    model = network.build(recipe, prepared.tokenizer, device=str(world.device)).eval()
    many = _DECODED if on_gpu else 4
    texts = [function["text"] for function in prepared.watched[:many]]
    if on_gpu:
        model.to(torch.bfloat16)
        greedy_lists(model, prepared.tokenizer, texts, batch=many)
    began = time.monotonic()
    decoded = greedy_lists(model, prepared.tokenizer, texts, batch=many)
    seconds = time.monotonic() - began
    known = prepared.tokenizer.passes.keys()
    valid = sum({*passes_of(each.pass_list)} <= known for each in decoded)
    return {
        "holds": valid == len(texts) > 0,
        "functions": len(texts),
        "valid_lists": valid,
        "lists_per_s": len(texts) / seconds,
        "parameters": recipe.shape.parameters,
    }


def run(data: Path, folder: Path, world: World) -> dict[str, Any]:
    """A real run from labels to a saved model; on a CPU a few steps of it."""
    on_gpu = world.device.type == "cuda"
    recipe = _real(on_gpu=on_gpu)
    one = _job(recipe, data, folder)
    results = train(one)
    losses = {step: values["loss"] for step, values in sorted(steps_of(folder).items())}
    held_out = results["held_out"]
    beaten = held_out["model"]["answer"] < 0.9 * held_out["3-gram"]["answer"]
    return {
        # A few steps on a CPU show that it runs, and nothing else.
        **({"holds": beaten} if on_gpu else {}),
        "what": f"{recipe.shape.parameters:,} parameters, {recipe.schedule.steps} steps",
        "held_out": held_out,
        "lists": results["lists"],
        "tokens": results["tokens"],
        "tokens_per_s": results["tokens_per_s"],
        "losses": losses,
    }


def _real(*, on_gpu: bool) -> Recipe:
    """What a real run trains: on a CPU as little as shows that it runs."""
    shape, watch = debug_cpu().shape, debug_cpu().watch
    if not on_gpu:
        return replace(
            debug_cpu().with_steps(2),
            shape=replace(shape, context=256, width=32, hidden=64, vocabulary=512),
            watch=replace(watch, functions=4, held_out_rows=8),
        )
    return replace(
        debug_cpu(),
        name="gpu_check",
        shape=Shape(layers=8, heads=8, width=512, hidden=1376, vocabulary=4096, context=1024),
        schedule=Schedule(steps=600, warm_up_steps=40, learning_rate=1e-3, rows=16),
        watch=Watch(validate_every=100, save_every=200, functions=100, held_out_rows=64),
        engine=Engine(micro_rows=16),
    )


def _job(recipe: Recipe, data: Path, folder: Path) -> Job:
    return Job(folder=folder, recipe=recipe, source=LabelSource.of_export(data), seed=0)


def _silent(text: str) -> None:
    del text
