"""The network's side of decoding: trees of tokens that grow on prompts, each token computed once.

Every prompt of a batch is read once; its keys and values stay. What is decoded after it is a tree:
samples that begin alike share their beginning. All tokens of a tree lie in one row of the cache, in
the order in which they came, and a mask shows each its prompt and its own ancestors alone. So many
samples cost one prompt, no state is ever copied, and a greedy answer is a tree without branches.

Prompts of a batch are filled up on the right: under causal attention what stands behind a prompt
cannot change it, so reading needs no mask, which is the case that attention kernels are fast at.

Shapes: B prompts, N nodes, T tokens, V vocabulary.
"""

from __future__ import annotations

import contextlib
import inspect
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SPARE = 64
"""Places that a row of the cache gets beyond what it needs, so that it seldom moves."""


@dataclass(frozen=True, eq=False)
class Node:
    """A token in its tree, or the end of the prompt, from which tokens grow.

    `row` is the prompt's number in the batch, `position` the token's place in its own sequence,
    `seen` says for each column of the cache whether the token sees it.
    """

    row: int
    position: int
    seen: np.ndarray


class TokenTrees:
    """A batch of prompts that were read, and the trees on them.

    `roots` are the prompts' ends, `root_logits_BV` what the network says there.
    """

    def __init__(self, model: Any, prompts: Sequence[Sequence[int]], pad_id: int) -> None:  # noqa: ANN401
        """Read the prompts; none is empty. Call it in `decoding(model)`."""
        self._model = model
        self._pad_id = pad_id
        self._device = model.device
        self._cache = DynamicCache(config=model.config)
        self._cache.layers = [_GrowingLayer() for _ in self._cache.layers]
        # transformers 5.24 calls it `cache`, earlier ones `past_key_values`.
        takes = inspect.signature(type(model).forward).parameters
        self._takes = "cache" if "cache" in takes else "past_key_values"
        self._at = list(range(len(prompts)))
        self._rows = len(prompts)
        lengths = [len(prompt) for prompt in prompts]
        self._columns = max(lengths)
        tokens_BT = np.full((len(prompts), self._columns), pad_id, dtype=np.int64)
        for row, prompt in enumerate(prompts):
            tokens_BT[row, : len(prompt)] = prompt
        ends, of_row = np.unique(np.array(lengths) - 1, return_inverse=True)
        logits_BEV = self._forward(tokens_BT, logits_to_keep=self._on_device(ends))
        self.root_logits_BV = logits_BEV[
            torch.arange(len(prompts), device=self._device), self._on_device(of_row)
        ]
        self.roots = [
            Node(row, length - 1, np.arange(self._columns) < length)
            for row, length in enumerate(lengths)
        ]

    def grow(self, grown: Sequence[tuple[Node, int]]) -> tuple[list[Node], torch.Tensor]:
        """Let a token grow on each of these nodes, all in one step of the network.

        Returns the new nodes and `logits_NV`, what comes after each. A node may be named several
        times, with different tokens.
        """
        lanes = max(Counter(parent.row for parent, _ in grown).values())
        rows, columns = self._rows, self._columns + lanes
        tokens_BL = np.full((rows, lanes), self._pad_id, dtype=np.int64)
        positions_BL = np.zeros((rows, lanes), dtype=np.int64)
        seen_BLC = np.zeros((rows, lanes, columns), dtype=np.bool_)
        # A lane without a token sees itself: attention to nothing would be no number.
        seen_BLC[:, np.arange(lanes), self._columns + np.arange(lanes)] = True
        used = [0] * rows
        nodes, places = [], []
        for parent, token in grown:
            at = self._at[parent.row]
            lane = used[at]
            used[at] += 1
            seen = seen_BLC[at, lane]
            seen[: len(parent.seen)] |= parent.seen
            tokens_BL[at, lane] = token
            positions_BL[at, lane] = parent.position + 1
            nodes.append(Node(parent.row, parent.position + 1, seen[: self._columns + lane + 1]))
            places.append(at * lanes + lane)
        logits_BLV = self._forward(
            tokens_BL,
            position_ids=self._on_device(positions_BL),
            attention_mask=self._on_device(seen_BLC)[:, None],
        )
        self._columns = columns
        return nodes, logits_BLV.flatten(0, 1)[self._on_device(np.array(places))]

    def keep(self, rows: Sequence[int]) -> None:
        """Let go of all prompts but these, named by their first numbers."""
        now = self._on_device(np.array([self._at[row] for row in rows]))
        for layer in self._cache.layers:
            layer.keep(now)
        gone = -1
        self._at = [gone] * len(self.roots)
        for place, row in enumerate(rows):
            self._at[row] = place
        self._rows = len(rows)

    def _forward(self, tokens_BT: np.ndarray, **given: Any) -> torch.Tensor:  # noqa: ANN401
        given[self._takes] = self._cache
        said = self._model(input_ids=self._on_device(tokens_BT), use_cache=True, **given)
        logits: torch.Tensor = said.logits
        return logits.float()

    def _on_device(self, values: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(values).to(self._device)


class _GrowingLayer(DynamicLayer):  # type: ignore[misc]  # transformers is typed in part
    """Keys and values of one layer in memory with room to grow: transformers' own copies all."""

    keys: torch.Tensor
    values: torch.Tensor
    _room: tuple[torch.Tensor, torch.Tensor] | None = None

    def update(
        self,
        key_states: torch.Tensor,
        value_states: torch.Tensor,
        *_: Any,  # noqa: ANN401 - what other kinds of layers need
        **__: Any,  # noqa: ANN401
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Add to what is there; all of it."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        before = self.get_seq_length()
        after = before + key_states.shape[-2]
        if self._room is None or after > self._room[0].shape[-2]:
            room = after + max(_SPARE, after // 4)
            self._room = (
                _moved(self.keys, key_states, before, room),
                _moved(self.values, value_states, before, room),
            )
        keys, values = self._room
        keys[..., before:after, :] = key_states
        values[..., before:after, :] = value_states
        self.keys, self.values = keys[..., :after, :], values[..., :after, :]
        return self.keys, self.values

    def keep(self, rows: torch.Tensor) -> None:
        """Only these rows, in this order."""
        self.keys, self.values = self.keys[rows], self.values[rows]
        self._room = None


def _moved(held: torch.Tensor, like: torch.Tensor, filled: int, room: int) -> torch.Tensor:
    moved = like.new_empty((*like.shape[:-2], room, like.shape[-1]))
    if filled:
        moved[..., :filled, :] = held
    return moved


@contextlib.contextmanager
def decoding(model: Any) -> Iterator[None]:  # noqa: ANN401 - transformers is typed in part
    """Everything that decodes: no gradients, no dropout, and attention that takes a mask.

    On a GPU weights of float32 compute in bfloat16, as in training. The model is put back as it
    was: it may go on learning.
    """
    training, attention = model.training, model.config._attn_implementation  # noqa: SLF001
    model.eval()
    if attention != "sdpa":
        model.set_attn_implementation("sdpa")
    try:
        full = model.device.type == "cuda" and model.dtype == torch.float32
        with torch.inference_mode(), torch.autocast("cuda", torch.bfloat16, enabled=full):
            yield
    finally:
        if attention != "sdpa":
            model.set_attn_implementation(attention)
        model.train(training)
