"""Writing on: what follows a list or a pass, token by token, each the likeliest of what may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainer.answer_form import AnswerForm, Draft
    from trainer.token_trees import Node, TokenTrees

_TIMES_PROMPT: Final = 2
_SPARE: Final = 128


def longest(prompt: int, context: int) -> int:
    """Where what follows a prompt of so many tokens ends at the latest, in tokens from its start.

    After twice the prompt's tokens and 128 more: no list that makes a function small makes it twice
    as long, and a model that repeats itself would fill its context.
    """
    return min(context, (_TIMES_PROMPT + 1) * prompt + _SPARE)


def write(
    trees: TokenTrees,
    form: AnswerForm,
    drafts: Sequence[Draft],
    starts: Sequence[tuple[Node, int]],
    ends: Sequence[int],
) -> None:
    """Write drafts to their end marks, or to the places `ends`.

    `starts` are the nodes behind which each begins, and its first token. The batch shrinks as
    drafts are done; prompts that are done are let go of.
    """
    choices_KV = torch.from_numpy(form.choices_KV).to(trees.root_logits_BV.device)
    growing = [(row, node, token) for row, (node, token) in enumerate(starts)]
    kept = len(growing)
    while True:
        for row, _, token in growing:
            form.write(drafts[row], token)
        growing = [
            (row, node, token)
            for row, node, token in growing
            if not drafts[row].ended and node.position + 2 < ends[row]
        ]
        if not growing:
            return
        rows = [row for row, _, _ in growing]
        if 2 * len(rows) <= kept:
            trees.keep(rows)
            kept = len(rows)
        nodes, logits_NV = trees.grow([(node, token) for _, node, token in growing])
        tokens = chosen(form, [drafts[row] for row in rows], logits_NV, choices_KV)
        growing = list(zip(rows, nodes, tokens, strict=True))


def chosen(
    form: AnswerForm,
    drafts: Sequence[Draft],
    logits_NV: torch.Tensor,
    choices_KV: torch.Tensor,
) -> list[int]:
    """The next token of each draft: what is forced, or the likeliest that may follow."""
    forced = [form.forced(draft) for draft in drafts]
    choices = [
        0 if token is not None else form.choice(draft)
        for draft, token in zip(drafts, forced, strict=True)
    ]
    best = logits_NV.masked_fill(~choices_KV[choices], -torch.inf).argmax(-1).tolist()
    return [
        likeliest if token is None else token for likeliest, token in zip(best, forced, strict=True)
    ]
