"""What a recipe would take: memory of each device, tokens, operations, days. Nothing is trained.

The model is built without memory behind its weights, so parameters are counted and not computed.
The rest is arithmetic, given below with its assumptions.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from trainer.devices import device_named
from trainer.errors import BadRecipe
from trainer.network import config_of, skeleton

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainer.recipe import Recipe

UTILISATION: Final = 0.4
"""Share of the devices' peak that is assumed to become the model's arithmetic: what well-run
training of this size reaches on GPUs of today. The published run reached a fifth of it: 620 GPU
days of V100 (arXiv 2309.07062, as reported) are 10 % of their half-precision peak."""

_WEIGHT_BYTES: Final = 4
_COMPUTE_BYTES: Final = 2
_DAY_S: Final = 86_400


@dataclass(frozen=True)
class Plan:
    """Figures of a recipe on so many devices. Bytes are those of each device."""

    recipe: str
    parameters: int
    gpus: int
    gpu: str
    weight_bytes: int
    gradient_bytes: int
    optimiser_bytes: int
    gathered_bytes: int
    activation_bytes: int
    total_bytes: int
    gpu_memory_bytes: int
    fits: bool
    steps: int
    tokens_per_step: int
    tokens: int
    flops: float
    utilisation: float
    days: float
    gpu_days: float

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    def lines(self) -> Sequence[str]:
        """For a person."""
        return [
            f"{self.recipe}: {self.parameters / 1e9:.2f} B parameters ({self.parameters:,})",
            f"{self.tokens / 1e9:.1f} B tokens in {self.steps:,} steps of {self.tokens_per_step:,}",
            f"on each of {self.gpus} {self.gpu}:",
            f"  weights      {_gb(self.weight_bytes)} (float32, sharded)",
            f"  gradients    {_gb(self.gradient_bytes)} (float32, sharded)",
            f"  optimiser    {_gb(self.optimiser_bytes)} (AdamW's two moments, float32, sharded)",
            f"  gathered     {_gb(self.gathered_bytes)} (bfloat16: two blocks, embeddings, output)",
            f"  activations  {_gb(self.activation_bytes)}",
            (
                f"  together     {_gb(self.total_bytes)} of {_gb(self.gpu_memory_bytes)}:"
                f" {'fits' if self.fits else 'does not fit: take more devices'}"
            ),
            (
                f"about {self.days:.1f} days ({self.gpu_days:,.0f} GPU days), assuming that"
                f" {self.utilisation:.0%} of their bfloat16 peak becomes the model's arithmetic"
                f" ({self.flops:.3g} operations)"
            ),
        ]


def plan(recipe: Recipe, gpus: int, gpu: str) -> Plan:
    """What the recipe takes on `gpus` devices called `gpu` (H100, …).

    Raises BadRecipe for a device that is not known and rows that cannot be shared.
    """
    device, schedule, shape = device_named(gpu), recipe.schedule, recipe.shape
    if gpus < 1 or schedule.rows % gpus:
        raise BadRecipe(
            f"--gpus {gpus}: {schedule.rows} rows of a step cannot be shared by them equally"
        )
    parameters = sum(weight.numel() for weight in skeleton(config_of(shape)).parameters())
    shard = _WEIGHT_BYTES * parameters // gpus
    outer = parameters - shape.layers * shape.block_parameters
    gathered = _COMPUTE_BYTES * (2 * shape.block_parameters + outer)
    activations = activation_bytes(recipe, gpus)
    total = 4 * shard + gathered + activations
    flops = shape.flops_per_token * recipe.tokens
    days = flops / (gpus * device.flops * UTILISATION) / _DAY_S
    return Plan(
        recipe=recipe.name,
        parameters=parameters,
        gpus=gpus,
        gpu=gpu.upper(),
        weight_bytes=shard,
        gradient_bytes=shard,
        optimiser_bytes=2 * shard,
        gathered_bytes=gathered,
        activation_bytes=activations,
        total_bytes=total,
        gpu_memory_bytes=int(device.memory_bytes),
        fits=total < device.memory_bytes,
        steps=schedule.steps,
        tokens_per_step=schedule.rows * shape.context,
        tokens=recipe.tokens,
        flops=flops,
        utilisation=UTILISATION,
        days=days,
        gpu_days=days * gpus,
    )


def memory_of(recipe: Recipe, gpus: int) -> int:
    """Bytes that one of so many devices needs, as `plan` adds them up."""
    shape = recipe.shape
    outer = shape.parameters - shape.layers * shape.block_parameters
    gathered = _COMPUTE_BYTES * (2 * shape.block_parameters + outer)
    return 4 * _WEIGHT_BYTES * shape.parameters // gpus + gathered + activation_bytes(recipe, gpus)


def activation_bytes(recipe: Recipe, gpus: int) -> int:
    """What one forward pass keeps for its gradients, in bytes of one device: an estimate.

    For each token a block keeps, in bfloat16, ten values of the width (both norms' input and
    output, queries, keys, values, queries and keys turned, what attention gives) and three of the
    hidden layer (gate, up, their product); attention keeps no square. With recomputing, a block
    keeps its input, and one block at a time the rest. Logits are kept in bfloat16 and in float32,
    their gradients in float32.
    """
    shape = recipe.shape
    rows = min(recipe.engine.micro_rows, recipe.schedule.rows // gpus)
    tokens = rows * shape.context
    whole = tokens * (10 * shape.width + 3 * shape.hidden) * _COMPUTE_BYTES
    inputs = tokens * shape.width * _COMPUTE_BYTES
    blocks = whole + shape.layers * inputs if recipe.engine.recompute else shape.layers * whole
    output = tokens * shape.vocabulary * (_COMPUTE_BYTES + 2 * _WEIGHT_BYTES)
    return blocks + output


def _gb(size: float) -> str:
    return f"{size / 1e9:8.2f} GB"
