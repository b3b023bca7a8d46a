"""Attention document by document: on a CPU the cheapest way to keep packed documents apart.

A mask over a whole row costs as much as if all of it were to be seen, which grows with the square
of the row. Here each document attends to itself alone, with the kernel for plain causal attention,
so that a row costs what its documents cost, however long it is. Results are those of the mask, up
to rounding; on a GPU, `flex` does the same in one kernel.

Shapes: B rows, H heads, T tokens of a row, D numbers of a head.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.nn.functional import scaled_dot_product_attention

if TYPE_CHECKING:
    from torch import nn


def register(name: str) -> None:
    """Make it known to transformers by a name of ours, for which it makes no mask of its own."""
    from transformers import AttentionInterface

    AttentionInterface.register(name, document_attention)


def document_attention(  # noqa: PLR0913  (transformers' protocol)
    module: nn.Module,
    query_BHTD: torch.Tensor,
    key_BHTD: torch.Tensor,
    value_BHTD: torch.Tensor,
    attention_mask: None,
    *,
    scaling: float,
    position_ids: torch.Tensor,
    **_: Any,  # noqa: ANN401  (what other ways of attention need)
) -> tuple[torch.Tensor, None]:
    """What the tokens of each document see of it, as (B, T, H, D); positions restart with each."""
    del module, attention_mask
    rows = []
    for row, lengths in enumerate(_lengths(position_ids)):
        parts = [
            torch.split(one[row : row + 1], lengths, -2)
            for one in (query_BHTD, key_BHTD, value_BHTD)
        ]
        seen = [
            scaled_dot_product_attention(query, key, value, is_causal=True, scale=scaling)
            for query, key, value in zip(*parts, strict=True)
        ]
        rows.append(torch.cat(seen, dim=-2))
    return torch.cat(rows).transpose(1, 2), None


def _lengths(positions_BT: torch.Tensor) -> list[list[int]]:
    """Of each row the lengths of its documents, in their order."""
    found = []
    for positions_T in positions_BT:
        starts = (positions_T == 0).nonzero().flatten().tolist()
        ends = [*starts[1:], len(positions_T)]
        found.append([end - start for start, end in zip(starts, ends, strict=True)])
    return found
