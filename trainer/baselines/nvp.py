"""Predicting the normalised values of a coreset's lists from a function's graph.

A graph network of a few rounds: along each kind of edge, in each direction, a node hears the mean
of what nodes say, and is updated by a gate; a graph is the mean and the most of its nodes. The
values of a function's lists become a distribution, softmax(value / temperature), and the loss is
the cross-entropy to it (arXiv 2301.05104; its network attends over edges, this one takes means).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from trainer.baselines.program_graph import EDGE_KINDS, OPCODES, TYPES, ProgramGraph

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Integers = NDArray[np.int64]

_WAYS = 2 * EDGE_KINDS
"""Each kind of edge, forwards and backwards."""


@dataclass(frozen=True)
class NvpOptions:
    """Sizes and settings. `nodes` bounds what is in one batch; a larger graph is one alone."""

    hidden: int = 64
    rounds: int = 4
    nodes: int = 3_000
    epochs: int = 10
    learning_rate: float = 2e-3
    weight_decay: float = 1e-4
    temperature: float = 0.05

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class GraphBatch:
    """Graphs put side by side: `graph_of` [N] says whose a node is, `edges` [E, 2] per way."""

    opcodes: torch.Tensor
    types: torch.Tensor
    graph_of: torch.Tensor
    edges: tuple[tuple[torch.Tensor, torch.Tensor], ...]
    num_graphs: int


def batch_of(graphs: Sequence[ProgramGraph]) -> GraphBatch:
    """Put graphs side by side."""
    sizes = [one.num_nodes for one in graphs]
    offsets = np.cumsum([0, *sizes[:-1]])
    joined = np.concatenate(
        [one.edges + np.array([[0], [at], [at]]) for one, at in zip(graphs, offsets, strict=True)],
        axis=1,
    )
    edges = torch.from_numpy(joined.astype(np.int64))
    ways = []
    for kind in range(EDGE_KINDS):
        mine = edges[1:, edges[0] == kind]
        ways += [(mine[0], mine[1]), (mine[1], mine[0])]
    return GraphBatch(
        torch.from_numpy(np.concatenate([one.opcodes for one in graphs]).astype(np.int64)),
        torch.from_numpy(np.concatenate([one.types for one in graphs]).astype(np.int64)),
        torch.repeat_interleave(torch.arange(len(graphs)), torch.tensor(sizes)),
        tuple(ways),
        len(graphs),
    )


class GraphNetwork(nn.Module):
    """From a batch of graphs to a score for each list: the larger, the better."""

    def __init__(self, lists: int, options: NvpOptions, seed: int) -> None:
        """Weights follow from the seed alone."""
        super().__init__()
        self.options = options
        width = options.hidden
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.opcode = nn.Embedding(len(OPCODES), width)
            self.kind = nn.Embedding(len(TYPES), width)
            self.say = nn.ModuleList(
                nn.Linear(width, width * _WAYS, bias=False) for _ in range(options.rounds)
            )
            self.hear = nn.ModuleList(nn.GRUCell(width, width) for _ in range(options.rounds))
            self.norm = nn.ModuleList(nn.LayerNorm(width) for _ in range(options.rounds))
            self.head = nn.Sequential(
                nn.Linear(2 * width + 1, 2 * width), nn.ReLU(), nn.Linear(2 * width, lists)
            )

    def forward(self, batch: GraphBatch) -> torch.Tensor:
        """Scores [graphs, lists]."""
        nodes = self.opcode(batch.opcodes) + self.kind(batch.types)
        degrees = [
            torch.bincount(after, minlength=len(nodes))[:, None].float() for _, after in batch.edges
        ]
        for say, hear, norm in zip(self.say, self.hear, self.norm, strict=True):
            said = norm(say_all(say, nodes, batch, degrees))
            nodes = hear(said, nodes)
        sums = torch.zeros(batch.num_graphs, nodes.shape[1]).index_add_(0, batch.graph_of, nodes)
        sizes = torch.bincount(batch.graph_of, minlength=batch.num_graphs)[:, None].float()
        owners = batch.graph_of[:, None].expand_as(nodes)
        most = torch.zeros_like(sums).scatter_reduce(0, owners, nodes, "amax", include_self=False)
        scores: torch.Tensor = self.head(torch.cat([sums / sizes, most, torch.log(sizes)], dim=1))
        return scores


def say_all(
    say: nn.Module, nodes: torch.Tensor, batch: GraphBatch, degrees: Sequence[torch.Tensor]
) -> torch.Tensor:
    """What each node hears: over all ways the mean of what comes along the edges."""
    heard = torch.zeros_like(nodes)
    for words, (before, after), degree in zip(
        say(nodes).chunk(_WAYS, dim=1), batch.edges, degrees, strict=True
    ):
        share = 1.0 / degree.clamp(min=1)
        heard = heard.index_add(0, after, words[before] * share[after])
    return heard


def batches(
    graphs: Sequence[ProgramGraph], order: Sequence[int], nodes: int
) -> Iterator[list[int]]:
    """The order cut into runs of at most so many nodes together."""
    together: list[int] = []
    size = 0
    for place in order:
        if together and size + graphs[place].num_nodes > nodes:
            yield together
            together, size = [], 0
        together.append(place)
        size += graphs[place].num_nodes
    if together:
        yield together


def targets(reached: Integers, oz: Integers, temperature: float) -> torch.Tensor:
    """The distribution over lists: softmax of the normalised value, (oz - reached) / oz."""
    values = (oz[:, None] - reached) / np.maximum(oz[:, None], 1)
    # What is three times as large as -Oz is as bad as what is ten times as large.
    return torch.softmax(torch.from_numpy(np.maximum(values, -1.0) / temperature), dim=1).float()


def fit(  # noqa: PLR0913, PLR0917 - what, to what, how
    network: GraphNetwork,
    graphs: Sequence[ProgramGraph],
    wanted: torch.Tensor,
    options: NvpOptions,
    seed: int,
    after_epoch: Callable[[int, float], None],
) -> None:
    """Minimise the cross-entropy; `after_epoch` hears the epoch, from 1, and its mean loss."""
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay
    )
    random = np.random.default_rng(seed)
    for epoch in range(options.epochs):
        for group in optimizer.param_groups:
            group["lr"] = options.learning_rate * (1 - epoch / options.epochs)
        total = 0.0
        for chosen in batches(graphs, random.permutation(len(graphs)).tolist(), options.nodes):
            said = network(batch_of([graphs[one] for one in chosen]))
            loss = -(wanted[chosen] * torch.log_softmax(said, dim=1)).sum(1).mean()
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            total += float(loss.detach()) * len(chosen)
        after_epoch(epoch + 1, total / len(graphs))


def scores(network: GraphNetwork, graphs: Sequence[ProgramGraph], nodes: int) -> Floats:
    """[graphs, lists]."""
    with torch.no_grad():
        found = [
            network(batch_of([graphs[one] for one in chosen])).numpy()
            for chosen in batches(graphs, range(len(graphs)), nodes)
        ]
    return np.concatenate(found)
