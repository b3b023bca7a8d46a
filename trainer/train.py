"""A run from its data to a registered model, as each of its processes takes part in it."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from corpus.llvm.toolchain import ToolchainMissing, ToolchainWrongVersion, find_toolchain
from trainer import checkpoint, loop, parallel
from trainer.errors import BadCheckpoint, BadRecipe, TrainingFailed
from trainer.job import RESULTS
from trainer.model import describe, read_info, recover, weights_of
from trainer.prepare import Preparation, Prepared
from trainer.register import register
from trainer.results import results_of
from trainer.run_log import RunLog, Teller
from trainer.watcher import Watcher
from warehouse import storage
from warehouse.errors import PasslakeError
from warehouse.provenance import code_version

if TYPE_CHECKING:
    from corpus.llvm.toolchain import Toolchain
    from trainer.job import Job
    from trainer.network import Llama
    from trainer.parallel import World


def train(job: Job) -> dict[str, Any]:
    """Take part in a run, alone or as one of the processes that a launcher started.

    What came of it, as JSON values; a run that is at its end says so again.

    Raises:
        KeyboardInterrupt: SIGINT or SIGTERM; the same call goes on from there.
        BadCheckpoint, BadRecipe, BadShards, BadTokenizer, NoLabels, NoRoom: as their texts say.
        TrainingFailed: it cannot go on.
    """
    with parallel.joined() as world:
        if job.recipe.schedule.rows % world.ranks:
            raise BadRecipe(
                f"{job.recipe.schedule.rows} rows of a step cannot be shared by {world.ranks}"
                " processes: take a number that divides them"
            )
        teller = Teller("train", quiet=not world.first)
        prepared = _prepared(job, world, teller)
        done = world.told(job.results())
        if done is not None:
            teller.say(f"{job.folder} is at its end already")
            return dict(done)
        return _trained(job, world, prepared, teller)


def _prepared(job: Job, world: World, teller: Teller) -> Prepared:
    """The first process makes what is missing while the others wait."""
    prepared: Prepared | None = None
    failed: PasslakeError | None = None
    if world.first:
        try:
            job.claim()
            recover(job.model)
            checkpoint.latest(job.checkpoints)
            prepared = Preparation(
                job.recipe, job.source, job.folder, job.seed, job.begun_from, teller.say, job.llvm
            ).make()
        except PasslakeError as error:
            failed = error
    told = world.told(None if failed is None else str(failed))
    if failed is not None:
        raise failed
    if told is not None:
        raise TrainingFailed(f"the first process could not prepare the run: {told}")
    return prepared or Prepared.open(job.folder, check_hashes=False)


def _trained(job: Job, world: World, prepared: Prepared, teller: Teller) -> dict[str, Any]:
    recipe = job.recipe
    llama = parallel.laid_out(recipe, prepared.tokenizer, world, job.seed)
    if job.begun_from is not None:
        _take_weights(llama, job)
    training = loop.Training(
        recipe,
        llama,
        world,
        lambda step: prepared.train.batch(
            step, rank=world.rank, ranks=world.ranks, rows=recipe.schedule.rows, seed=job.seed
        ),
        prepared.tokenizer.pad_id,
    )
    toolchain = _toolchain(job, teller) if world.first else None
    said = about(job) | {"common_lists": prepared.common_lists(recipe)}
    watcher = Watcher(prepared, toolchain, job.model, said, teller.say)
    with contextlib.ExitStack() as stack:
        log = None
        if world.first:
            log = stack.enter_context(RunLog(job.folder, tensorboard=job.tensorboard))
        saver = checkpoint.Saver(job.checkpoints, job.run, recipe.watch.keep, world)
        around = loop.Surroundings(saver, teller, log, watcher)
        resumed = checkpoint.latest(job.checkpoints)
        if resumed is not None and resumed.run != job.run:
            raise BadCheckpoint(
                f"{resumed.folder} is of another run than {job.folder}: give another --output"
            )
        loop.run(training, around, resumed)
    found = _finished(job, prepared, training, teller) if world.first else None
    return dict(world.told(found))


def about(job: Job) -> dict[str, Any]:
    """What a saved model says of where it comes from."""
    return {
        "recipe": job.recipe.document(),
        "snapshot": job.source.name,
        "data": job.source.identity,
        "seed": job.seed,
        "begun_from": job.begun_from_id,
        "parameters": job.recipe.shape.parameters,
        "code_version": code_version(),
    }


def _finished(
    job: Job, prepared: Prepared, training: loop.Training, teller: Teller
) -> dict[str, Any]:
    """Say in the model's folder, the lake and the run's what came of it."""
    results = results_of(job.recipe, prepared, training.progress)
    describe(job.model, {"results": results})
    info = read_info(job.model)
    registered = register(job.source, job.model, info)
    teller.say(f"the model is {job.model}" + (f", {registered} in the lake" if registered else ""))
    document = {
        "model_id": info["model_id"],
        "model": str(job.model),
        "run": str(job.folder),
        "recipe": job.recipe.name,
        "snapshot": job.source.name,
        "registered": registered is not None,
        "parameters": info["parameters"],
        **results,
    }
    storage.write_bytes(job.folder / RESULTS, (json.dumps(document, indent=1) + "\n").encode())
    return document


def _toolchain(job: Job, teller: Teller) -> Toolchain | None:
    try:
        return find_toolchain(job.llvm)
    except (ToolchainMissing, ToolchainWrongVersion) as error:
        if job.llvm is not None:
            raise
        teller.say(f"lists are not measured while training: {error}")
        return None


def _take_weights(llama: Llama, job: Job) -> None:
    """Begin with a saved model's weights.

    Raises BadCheckpoint where they are of another shape.
    """
    import torch
    from torch.distributed.tensor import DTensor, distribute_tensor

    assert job.begun_from is not None
    weights = weights_of(job.begun_from)
    for name, weight in llama.named_parameters():
        given = weights.get(name)
        if given is None or given.shape != weight.shape:
            shape = None if given is None else tuple(given.shape)
            raise BadCheckpoint(
                f"{job.begun_from} has {shape} for {name}, {job.recipe.name} takes"
                f" {tuple(weight.shape)}: begin with a model of the recipe's own shape"
            )
        whole = given.to(device=weight.device, dtype=weight.dtype)
        with torch.no_grad():
            if isinstance(weight, DTensor):
                whole = distribute_tensor(whole, weight.device_mesh, weight.placements)
            weight.copy_(whole)
