"""The loss: the weighted mean surprise at the next token, told apart by what the token belongs to.

A token counts by its own part, whatever came before it; the first token of a document, which
nothing precedes, and padding count nothing. All figures are nats.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trainer.sample import Part

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import torch


@dataclass(frozen=True)
class Targets:
    """What a batch of packed rows is to predict: all tokens of each row but the first.

    `weights_BT` is 0 where nothing counts; `counted_BT` says what is a target at all.
    """

    tokens_BT: torch.Tensor
    parts_BT: torch.Tensor
    weights_BT: torch.Tensor
    counted_BT: torch.Tensor

    @classmethod
    def of(
        cls,
        tokens_BT: torch.Tensor,
        parts_BT: torch.Tensor,
        positions_BT: torch.Tensor,
        pad_id: int,
        weights: Sequence[float],
    ) -> Targets:
        """`weights` has one value for each `Part`."""
        import torch

        ahead, parts = tokens_BT[:, 1:], parts_BT[:, 1:].long()
        counted = (positions_BT[:, 1:] != 0) & (ahead != pad_id)
        by_part = torch.tensor(weights, dtype=torch.float32, device=tokens_BT.device)
        return cls(ahead, parts, by_part[parts] * counted, counted)


@dataclass(frozen=True)
class Surprise:
    """Sums over targets: nats and how many, for each part in its order."""

    nats: tuple[float, ...]
    tokens: tuple[float, ...]

    def by_part(self) -> Mapping[str, float]:
        """Nats per token of each part that has any."""
        return {
            part.name.lower(): nats / tokens
            for part, nats, tokens in zip(Part, self.nats, self.tokens, strict=True)
            if tokens
        }

    def mean(self, *, answers_only: bool = False) -> float:
        """Nats per token, of all or of what is not a prompt; not a number where there is none."""
        first = 1 if answers_only else 0
        tokens = sum(self.tokens[first:])
        return sum(self.nats[first:]) / tokens if tokens else float("nan")


def surprise_of(logits_BTV: torch.Tensor, targets: Targets) -> torch.Tensor:
    """nats_BT of each target, in float32 whatever the model computes in."""
    from torch.nn import functional

    logits = logits_BTV[:, :-1].float()
    nats = functional.cross_entropy(
        logits.flatten(0, 1), targets.tokens_BT.flatten(), reduction="none"
    )
    return nats.view_as(targets.tokens_BT)


def sums_by_part(nats_BT: torch.Tensor, targets: Targets) -> torch.Tensor:
    """Nats of each part, then tokens of each part: a vector, in double precision."""
    import torch

    parts = targets.parts_BT.flatten()
    counted = targets.counted_BT.flatten().double()
    found = torch.zeros(2, len(Part), dtype=torch.float64, device=nats_BT.device)
    found[0].index_add_(0, parts, nats_BT.detach().flatten().double() * counted)
    found[1].index_add_(0, parts, counted)
    return found.flatten()
