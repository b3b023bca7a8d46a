"""Processes that train one model together: who they are, how the model lies on them, their sums.

`torchrun` and Ray Train say in the environment who a process is (`RANK`, `WORLD_SIZE`,
`LOCAL_RANK`, and where they meet); without it a process is alone. All of them hold a share of each
weight (FSDP2, block by block); a process that is alone on a CPU holds all of it plainly, since
sharding over one would only copy.

Weights are float32. On a GPU, blocks compute in bfloat16 and gradients are summed in float32.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from trainer import network
from trainer.errors import BadRecipe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import torch
    from torch import nn

    from trainer.network import Llama, Vocabulary
    from trainer.recipe import Recipe

_BY_TRANSFORMERS = {"sdpa": "sdpa", "flex": "flex_attention", "documents": "passlake_documents"}

PATIENCE = timedelta(hours=2)
"""How long processes wait for each other: one decodes lists for validation while the rest wait."""


@dataclass(frozen=True)
class World:
    """The processes of a run, as one of them sees it. `device` is this one's."""

    rank: int
    ranks: int
    device: torch.device

    @property
    def first(self) -> bool:
        """Whether this is the process that speaks, validates and writes what is written once."""
        return self.rank == 0

    def sum(self, values: Sequence[float]) -> list[float]:
        """Sums over all processes, in double precision. All of them have to ask."""
        import torch

        tensor = torch.tensor(values, dtype=torch.float64, device=self.device)
        if self.ranks > 1:
            torch.distributed.all_reduce(tensor)
        summed: list[float] = tensor.tolist()
        return summed

    def wait(self) -> None:
        """Until all of them are here."""
        if self.ranks > 1:
            self.sum([0.0])

    def told(self, value: Any) -> Any:  # noqa: ANN401  (any value that can be pickled)
        """What the first process says, in each of them."""
        if self.ranks == 1:
            return value
        import torch

        box = [value]
        torch.distributed.broadcast_object_list(box, src=0)
        return box[0]


def within_group() -> bool:
    """Whether somebody started this process as one of several."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1


def speaks() -> bool:
    """Whether this process is alone, or the first of those that were started."""
    return int(os.environ.get("RANK", "0")) == 0


@contextlib.contextmanager
def joined() -> Iterator[World]:
    """Meet the other processes, for the length of the block."""
    import torch
    from torch import distributed
    from torch._C._distributed_c10d import HashStore

    rank, ranks = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    on_gpu = torch.cuda.is_available()
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if on_gpu else None
    if device is not None:
        torch.cuda.set_device(device)
    ours = not distributed.is_initialized()  # Ray Train has done it already
    if ours:
        backend = "cpu:gloo,cuda:nccl" if on_gpu else "gloo"
        if ranks > 1:
            distributed.init_process_group(backend, timeout=PATIENCE)
        else:
            alone = HashStore()
            distributed.init_process_group(backend, store=alone, rank=0, world_size=1)
    try:
        yield World(rank, ranks, device or torch.device("cpu"))
    finally:
        if ours:
            distributed.destroy_process_group()


def laid_out(recipe: Recipe, tokenizer: Vocabulary, world: World, seed: int) -> Llama:
    """The recipe's model with random weights, spread over the processes, ready to train.

    Order matters: recomputing is inside what is compiled, and sharding is around both.

    Raises BadRecipe where the tokenizer's vocabulary is larger than the recipe's, or the device
    cannot compute attention as the recipe wants.
    """
    network.check_vocabulary(recipe, tokenizer.vocab_size)
    if recipe.engine.attention == "flex" and world.device.type == "cpu":
        raise BadRecipe(f"{recipe.name} computes attention by flex, which is for GPUs: take sdpa")
    if recipe.engine.attention == "documents":
        from trainer.document_attention import register

        register(_BY_TRANSFORMERS["documents"])
    config = network.config_of(recipe.shape, pad_id=tokenizer.pad_id, end_id=tokenizer.end_id)
    config._attn_implementation = _BY_TRANSFORMERS[recipe.engine.attention]  # noqa: SLF001
    llama = network.skeleton(config)
    shard = _sharding(world)

    def prepared(block: nn.Module) -> None:
        if recipe.engine.recompute:
            recomputing(block)
        if recipe.engine.compile and world.device.type == "cuda":
            block.compile()
        if shard is not None:
            shard(block)

    network.materialise(llama, seed, world.device, each_block=prepared)
    if shard is not None:
        shard(llama)
    llama.train()
    return llama


def recomputing(block: nn.Module) -> None:
    """Let a block keep its inputs alone, and compute the rest again for its gradients."""
    from torch.utils.checkpoint import checkpoint

    # Around `forward` and not the call, so that hooks of sharding run once.
    block.forward = partial(checkpoint, block.forward, use_reentrant=False)


def _sharding(world: World) -> Any:  # noqa: ANN401  (a callable, or none)
    import torch
    from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard

    if world.device.type == "cuda":
        policy = MixedPrecisionPolicy(param_dtype=torch.bfloat16, reduce_dtype=torch.float32)
        return partial(fully_shard, mp_policy=policy)
    return fully_shard if world.ranks > 1 else None


def whole_weights(llama: Llama, world: World) -> dict[str, torch.Tensor]:
    """Every weight, whole, on the first process's CPU; nothing on the others. All have to ask."""
    from torch.distributed.tensor import DTensor

    whole: dict[str, torch.Tensor] = {}
    for name, weight in llama.named_parameters():
        value = weight.detach()
        value = value.full_tensor() if isinstance(value, DTensor) else value
        if world.first:
            whole[name] = value.cpu().clone()
    return whole
