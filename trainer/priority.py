"""Priority sampling: the samples of a tree of lists, without the network that says how likely.

After "Priority Sampling of Large Language Models for Compilers" (arXiv 2402.18734): the first
sample is the greedy one; each further one takes the most probable prefix that no sample has begun
with yet and goes on greedily. So samples are unique, need no temperature, and are the same whenever
they are drawn again; and the first ten of thirty are those that ten alone would be.

How likely a prefix is has to be asked for, which takes the network. `wanted` says of which
prefixes, the one that cannot wait first; those behind it are guesses at what comes next, so that
the network has more to do at once. Guesses change no sample: what was told early is only known
early.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainer.constraint import ListGrammar


@dataclass(frozen=True)
class Sample:
    """One list: its entries without the end, and its log-probability in nats, the end included."""

    entries: tuple[int, ...]
    log_probability: float


@dataclass(eq=False)
class Prefix:
    """A beginning of lists. `ranked` are its continuations, the likeliest first, once known."""

    entries: tuple[int, ...]
    log_probability: float
    parent: Prefix | None = None
    ranked: Sequence[tuple[float, int]] | None = None
    longer: dict[int, Prefix] = field(default_factory=dict)

    def extended(self, rank: int) -> Prefix:
        """The prefix with its continuation of that rank, which is no end."""
        assert self.ranked is not None
        log_probability, entry = self.ranked[rank]
        if entry not in self.longer:
            self.longer[entry] = Prefix((*self.entries, entry), log_probability, self)
        return self.longer[entry]


class PrioritySearch:
    """The search for the samples of one prompt.

    Ask `wanted`, say what the network says to `tell`, until `wanted` has nothing; then `samples`
    are as many as were asked for, or all lists that there are, and `ends` their last prefixes.
    """

    def __init__(self, grammar: ListGrammar, samples: int) -> None:
        """So many samples, at least 1."""
        assert samples >= 1, samples
        self._grammar = grammar
        self._most = samples
        self.samples: list[Sample] = []
        self.ends: list[Prefix] = []
        self.root = Prefix((), 0.0)
        self._at: Prefix | None = self.root
        self._heap: list[tuple[float, int, Prefix, int]] = []
        self._pushed = 0

    def tell(self, prefix: Prefix, scores_E: np.ndarray) -> None:
        """Log-probabilities of all entries after a prefix that was wanted."""
        left_E = self._grammar.allowed(prefix.entries, scores_E)
        # No prefix is branched from more often than there are samples.
        most = min(self._most, len(left_E))
        best = np.argpartition(-left_E, most - 1)[:most]
        best = best[np.lexsort((best, -left_E[best]))]
        prefix.ranked = [
            (prefix.log_probability + float(left_E[entry]), int(entry))
            for entry in best
            if left_E[entry] > -np.inf
        ]
        if prefix is self._at:
            self._advance()

    def wanted(self, most: int) -> list[Prefix]:
        """Prefixes to tell about: none when the search is over, else the next one, then guesses."""
        if self._at is None:
            return []
        wanted = [self._at]
        guesses = min(most, self._most - len(self.samples)) - 1
        for _, _, prefix, rank in heapq.nsmallest(guesses, self._heap):
            guessed = self._unknown(prefix, rank)
            if guessed is not None and guessed not in wanted:
                wanted.append(guessed)
        return wanted

    def _unknown(self, prefix: Prefix, rank: int) -> Prefix | None:
        """Where a sample from here on meets what is not known yet; None if nowhere."""
        while prefix.ranked is not None:
            if prefix.ranked[rank][1] == self._grammar.end:
                return None
            prefix, rank = prefix.extended(rank), 0
        return prefix

    def _advance(self) -> None:
        """Go on as far as what is known leads."""
        while len(self.samples) < self._most:
            if self._at is None:
                if not self._heap:
                    return
                _, _, prefix, rank = heapq.heappop(self._heap)
                self._take(prefix, rank)
            elif self._at.ranked is None:
                return
            else:
                self._take(self._at, 0)
        self._at = None

    def _take(self, prefix: Prefix, rank: int) -> None:
        """Continue a prefix with the entry of that rank; the next rank stays for later."""
        assert prefix.ranked is not None
        if rank + 1 < len(prefix.ranked):
            self._pushed += 1
            likely = prefix.ranked[rank + 1][0]
            heapq.heappush(self._heap, (-likely, self._pushed, prefix, rank + 1))
        log_probability, entry = prefix.ranked[rank]
        if entry == self._grammar.end:
            self.samples.append(Sample(prefix.entries, log_probability))
            self.ends.append(prefix)
            self._at = None
        else:
            self._at = prefix.extended(rank)
