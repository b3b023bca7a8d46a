"""AdamW over weights that are whole or shared among processes, clipped by the global norm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

    from trainer.network import Llama
    from trainer.recipe import Schedule


def optimiser_of(llama: Llama, schedule: Schedule) -> torch.optim.AdamW:
    """AdamW; norms do not decay. Its moments are there at once, so that they can be loaded."""
    import torch

    named: dict[str, torch.Tensor] = dict(llama.named_parameters())
    groups: list[dict[str, Any]] = [
        {
            "params": [weight for weight in named.values() if weight.dim() > 1],
            "weight_decay": schedule.weight_decay,
        },
        {"params": [weight for weight in named.values() if weight.dim() <= 1]},
    ]
    made = torch.optim.AdamW(
        groups,
        lr=schedule.learning_rate,
        betas=schedule.betas,
        weight_decay=0.0,
        fused=True,
    )
    for weight in named.values():
        made.state[weight] = {
            "step": torch.zeros((), dtype=torch.float32, device=weight.device),
            "exp_avg": torch.zeros_like(weight, requires_grad=False),
            "exp_avg_sq": torch.zeros_like(weight, requires_grad=False),
        }
    return made


def state_of(llama: Llama, optimiser: torch.optim.AdamW) -> dict[str, torch.Tensor]:
    """All that training changes, by name: weights, moments and the moments' step counts.

    The tensors are those in use: what is loaded into them is loaded.
    """
    state = {}
    for name, weight in llama.named_parameters():
        state[f"weight.{name}"] = weight.detach()
        for kind, value in optimiser.state[weight].items():
            state[f"{kind}.{name}"] = value
    return state


def gradient_norm(llama: Llama) -> torch.Tensor:
    """The norm of all gradients together, over all processes."""
    import torch
    from torch.distributed.tensor import DTensor

    gradients = [one.grad for one in llama.parameters() if one.grad is not None]
    norm = torch.nn.utils.get_total_norm(gradients)
    return norm.full_tensor() if isinstance(norm, DTensor) else norm


def apply(
    llama: Llama, optimiser: torch.optim.AdamW, norm: torch.Tensor, clip: float, rate: float
) -> None:
    """One step at a rate, with gradients scaled down to the norm `clip` where theirs is larger."""
    import torch

    torch.nn.utils.clip_grads_with_norm_(llama.parameters(), clip, norm)
    for group in optimiser.param_groups:
        group["lr"] = rate
    optimiser.step()
