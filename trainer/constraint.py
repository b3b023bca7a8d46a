"""What a pass list may be, as a model writes it: one token for each pass, then anything else.

A list is one or more passes of the tokenizer's, up to a maximum; whole optimisation levels
(`default<Oz>` and its like) come at most once each, as in published searches. It ends with the
first token that is no pass, whichever mark the model was taught to put there, so the probabilities
of all other tokens together are that of the end.

A model that was taught few lists (`trainer.teaching`) need name no other: what it makes up beside
them are mostly lists of theirs with a pass more or less, which leave the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch

from corpus.llvm.pass_list import PassList

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_PASSES = 24
"""Entries of the longest list that searches make (`autotune.search.moves.LONGEST`)."""

_LEVEL = "default<"


class KnowsPasses(Protocol):
    """What is asked of a tokenizer here."""

    @property
    def passes(self) -> Mapping[str, int]:
        """Text of a pass → its token."""
        ...


class ListGrammar:
    """Lists as entries: pass 0 to P-1 in the order of their tokens, and `end`, which is P."""

    def __init__(
        self,
        tokenizer: KnowsPasses,
        max_passes: int = MOST_PASSES,
        among: Sequence[str] | None = None,
    ) -> None:
        """The lists of a tokenizer's passes, or those of them that are `among` these."""
        assert max_passes >= 1, max_passes
        assert tokenizer.passes, "a tokenizer without passes names no list"
        in_order = sorted(tokenizer.passes.items(), key=lambda item: item[1])
        self.max_passes = max_passes
        self.passes = [text for text, _ in in_order]
        self.tokens = [token for _, token in in_order]
        self.end = len(self.passes)
        self._levels = frozenset(
            entry for entry, text in enumerate(self.passes) if text.startswith(_LEVEL)
        )
        self._following: dict[tuple[int, ...], set[int]] | None = None
        if among is not None:
            self._following = self._beginnings(among)

    @property
    def few(self) -> int | None:
        """How many lists there are, where they are among some; else None."""
        if self._following is None:
            return None
        return sum(self.end in after for after in self._following.values())

    def _beginnings(self, lists: Sequence[str]) -> dict[tuple[int, ...], set[int]]:
        """What may follow each beginning of lists; those that are none here are left out."""
        entry_of = {text: entry for entry, text in enumerate(self.passes)}
        following: dict[tuple[int, ...], set[int]] = {}
        for one in lists:
            passes = PassList.parse(one).elements
            entries = tuple(entry_of[text] for text in passes if text in entry_of)
            if len(entries) == len(passes) and self.accepts(entries):
                for place, entry in enumerate((*entries, self.end)):
                    following.setdefault(entries[:place], set()).add(entry)
        assert following, "none of the lists is one of the tokenizer's"
        return following

    def scores(self, logits_NV: torch.Tensor) -> np.ndarray:
        """Log-probabilities of the entries, `scores_NE` in nats: each row's add up to 1."""
        tokens = torch.tensor(self.tokens, device=logits_NV.device)
        logs_NV = logits_NV.double().log_softmax(-1)
        others_NV = logs_NV.index_fill(-1, tokens, -torch.inf)
        end_N1 = others_NV.logsumexp(-1, keepdim=True)
        scores: np.ndarray = torch.cat([logs_NV[:, tokens], end_N1], dim=-1).cpu().numpy()
        return scores

    def allowed(self, entries: Sequence[int], scores_E: np.ndarray) -> np.ndarray:
        """The scores of what may follow these entries; minus infinity for what may not."""
        left = scores_E.copy()
        if not entries:
            left[self.end] = -np.inf
        if len(entries) >= self.max_passes:
            left[: self.end] = -np.inf
        left[[entry for entry in entries if entry in self._levels]] = -np.inf
        if self._following is not None:
            may = list(self._following[tuple(entries)])
            kept = left[may]
            left[:] = -np.inf
            left[may] = kept
        return left

    def accepts(self, entries: Sequence[int]) -> bool:
        """Whether entries, without an end, are a whole list."""
        if self._following is not None:
            return self.end in self._following.get(tuple(entries), ())
        levels = [entry for entry in entries if entry in self._levels]
        return 1 <= len(entries) <= self.max_passes and len(set(levels)) == len(levels)

    def text(self, entries: Sequence[int]) -> str:
        """The list as `opt -passes=` takes it."""
        return ",".join(self.passes[entry] for entry in entries)
