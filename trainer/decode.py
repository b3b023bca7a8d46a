"""Pass lists from a model: greedy, and samples by priority.

Every list parses, since nothing that does not is ever considered (`constraint`). A prompt that does
not fit into the model's context with a longest list behind it is answered with `default<Oz>`; it is
never cut, since a function without its end is another function.

Of few lists (`constraint.ListGrammar.among`) all are asked about, and the likeliest come first:
whole lists that is, where priority sampling follows the likeliest beginnings.

What a prompt is answered with does not depend on the prompts beside it, up to rounding: a matrix
product of another shape may add its terms in another order (differences of 1e-6 in a logit), which
decides only where two continuations are that close.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from corpus.llvm.baselines import OZ
from trainer.constraint import MOST_PASSES, ListGrammar
from trainer.priority import Prefix, PrioritySearch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from trainer.token_trees import Node, TokenTrees
    from trainer.tokenizer import IrTokenizer

BATCH = 16
"""Prompts that are decoded together: on a CPU more bring nothing, a GPU takes as many as fit."""

_WASTE = 1.25
"""Tokens of a batch, padding included, for each that is a prompt's: reading prompts is most of what
decoding costs."""

LANES = 4
"""Samples of one prompt that are continued at once; changes how fast they come, and no sample."""


@dataclass(frozen=True)
class Decoded:
    """One list. `log_probability`, in nats, is of all its tokens and its end, given the prompt.

    Where the prompt does not fit (`fits`), it is `default<Oz>`, and 0, since no model was asked.
    `after_s` is the list's place in time, no part of the answer: seconds on the clock from reading
    its prompt until it was there, shared out over the prompts that were decoded together.
    """

    pass_list: str
    log_probability: float
    fits: bool = True
    after_s: float = field(default=0.0, compare=False)


NOT_ASKED = Decoded(OZ, 0.0, fits=False)


def greedy_lists(  # noqa: PLR0913 - what is asked, and how it is grouped
    model: Any,  # noqa: ANN401 - a transformers LlamaForCausalLM, which is typed in part
    tokenizer: IrTokenizer,
    texts: Sequence[str],
    *,
    max_passes: int = MOST_PASSES,
    among: Sequence[str] | None = None,
    batch: int = BATCH,
) -> list[Decoded]:
    """The likeliest next token, again and again: one list for each text, in their order.

    With `among`, of these lists alone.
    """
    found = priority_lists(
        model, tokenizer, texts, samples=1, max_passes=max_passes, among=among, batch=batch
    )
    return [samples[0] for samples in found]


def priority_sampling(
    model: Any,  # noqa: ANN401
    tokenizer: IrTokenizer,
    text: str,
    samples: int,
    *,
    max_passes: int = MOST_PASSES,
) -> list[Decoded]:
    """Samples for one text: all different, the greedy one first (see `priority`).

    Fewer than `samples` only where there are no more lists of at most `max_passes`.
    """
    return priority_lists(model, tokenizer, [text], samples=samples, max_passes=max_passes)[0]


def priority_lists(  # noqa: PLR0913 - what is asked, and how it is grouped
    model: Any,  # noqa: ANN401
    tokenizer: IrTokenizer,
    texts: Sequence[str],
    *,
    samples: int,
    max_passes: int = MOST_PASSES,
    among: Sequence[str] | None = None,
    batch: int = BATCH,
    lanes: int = LANES,
) -> list[list[Decoded]]:
    """The same for many texts, `batch` at a time, in their order.

    With `among`, of these lists the likeliest, all of which are there when the last is.
    """
    from trainer.token_trees import TokenTrees, decoding

    grammar = ListGrammar(tokenizer, max_passes, among)
    prompts = Prompts.of(model, tokenizer, texts, max_passes + 1)
    answers = [[NOT_ASKED] for _ in texts]
    with decoding(model):
        for chosen in prompts.batches(batch):
            searches = [PrioritySearch(grammar, grammar.few or samples) for _ in chosen]
            times = _Times(searches)
            trees = TokenTrees(model, [prompts.tokens[one] for one in chosen], tokenizer.pad_id)
            explore(trees, grammar, searches, lanes, times.note)
            for one, search, after_s in zip(chosen, searches, times.after_s, strict=True):
                decoded = [
                    Decoded(grammar.text(sample.entries), sample.log_probability, after_s=at_s)
                    for sample, at_s in zip(search.samples, after_s, strict=True)
                ]
                answers[one] = _likeliest(decoded, samples) if grammar.few else decoded
    return answers


def _likeliest(decoded: Sequence[Decoded], most: int) -> list[Decoded]:
    """The likeliest of all lists that there are; of equals the one that came first."""
    ranked = sorted(decoded, key=lambda one: -one.log_probability)
    return [replace(one, after_s=decoded[-1].after_s) for one in ranked[:most]]


class _Times:
    """When the samples of prompts that are decoded together were there."""

    def __init__(self, searches: Sequence[PrioritySearch]) -> None:
        self._searches = searches
        self._started_s = time.monotonic()
        self.after_s: list[list[float]] = [[] for _ in searches]

    def note(self) -> None:
        """What is new is there now."""
        now_s = (time.monotonic() - self._started_s) / len(self._searches)
        for known, search in zip(self.after_s, self._searches, strict=True):
            known.extend([now_s] * (len(search.samples) - len(known)))


@dataclass(frozen=True)
class Prompts:
    """Prompts as tokens; `fitting` are the numbers of those that fit, the longest first."""

    tokens: Sequence[Sequence[int]]
    fitting: Sequence[int]

    @classmethod
    def of(
        cls,
        model: Any,  # noqa: ANN401
        tokenizer: IrTokenizer,
        texts: Sequence[str],
        answer: int,
    ) -> Prompts:
        """The prompts of texts, where `answer` tokens must fit behind each."""
        return cls.fitted(model, [tokenizer.encode_prompt(text) for text in texts], answer)

    @classmethod
    def fitted(
        cls,
        model: Any,  # noqa: ANN401
        tokens: Sequence[Sequence[int]],
        answer: int,
    ) -> Prompts:
        """The same of prompts that are tokens already."""
        context = model.config.max_position_embeddings
        fitting = [one for one, each in enumerate(tokens) if len(each) + answer <= context]
        # The longest first: what does not fit into memory shows at once.
        return cls(tokens, sorted(fitting, key=lambda one: (-len(tokens[one]), one)))

    def batches(self, size: int) -> Iterator[Sequence[int]]:
        """Numbers of prompts of like length, at most `size`, with at most `_WASTE` of padding."""
        chosen: list[int] = []
        tokens = 0
        for one in self.fitting:
            longest = len(self.tokens[chosen[0]]) if chosen else 0
            tokens += len(self.tokens[one])
            if len(chosen) == size or longest * (len(chosen) + 1) > _WASTE * tokens:
                yield chosen
                chosen, tokens = [], len(self.tokens[one])
            chosen.append(one)
        if chosen:
            yield chosen


def explore(
    trees: TokenTrees,
    grammar: ListGrammar,
    searches: Sequence[PrioritySearch],
    lanes: int,
    told: Callable[[], None] = lambda: None,
) -> dict[Prefix, Node]:
    """Let the searches of a batch ask the network until none has a question left.

    `told` is called whenever they were told something. Returns where in the trees each prefix is
    that was asked about.
    """
    nodes: dict[Prefix, Node] = {}
    scores_BE = grammar.scores(trees.root_logits_BV)
    for search, root, scores_E in zip(searches, trees.roots, scores_BE, strict=True):
        nodes[search.root] = root
        search.tell(search.root, scores_E)
    told()
    while True:
        asked = [(search, prefix) for search in searches for prefix in search.wanted(lanes)]
        if not asked:
            return nodes
        grown = [_growth(nodes, grammar, prefix) for _, prefix in asked]
        new, logits_NV = trees.grow(grown)
        scores_NE = grammar.scores(logits_NV)
        for (search, prefix), node, scores_E in zip(asked, new, scores_NE, strict=True):
            nodes[prefix] = node
            search.tell(prefix, scores_E)
        told()


def _growth(nodes: dict[Prefix, Node], grammar: ListGrammar, prefix: Prefix) -> tuple[Node, int]:
    assert prefix.parent is not None, "the root is read with its prompt"
    return nodes[prefix.parent], grammar.tokens[prefix.entries[-1]]
