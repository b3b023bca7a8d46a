"""Whole answers: the list, and behind it the counts and the IR that a model learned to say with it.

The list is that of `decode.greedy_lists`; what follows has the form of the model's samples
(`answer_form`). What an answer says of itself is then held against what can be known without a
compiler: that is its confidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from trainer.answer_form import AnswerForm, Draft, number
from trainer.constraint import MOST_PASSES, ListGrammar
from trainer.decode import BATCH, NOT_ASKED, Decoded, Prompts, explore
from trainer.instruction_lines import instruction_lines
from trainer.priority import PrioritySearch
from trainer.sample import (
    AFTER,
    BEFORE,
    BYTES_AFTER,
    BYTES_BEFORE,
    OPTIMISED,
    Answer,
    SampleFormat,
    unescaped,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainer.token_trees import Node, TokenTrees
    from trainer.tokenizer import IrTokenizer

_TIMES_PROMPT: Final = 2
_SPARE: Final = 128
"""An answer is cut after twice the prompt's tokens and 128 more: no list that makes a function
small makes it twice as long, and a model that repeats itself would fill its context."""


@dataclass(frozen=True)
class FullAnswer:
    """What a model says of one function.

    `ended`: it came to its end mark; else what it says is cut. `confidence` is the share of checks
    of its own words that hold, None where there was nothing to check.
    """

    decoded: Decoded
    answer: Answer
    ended: bool
    confidence: float | None


NOT_ANSWERED = FullAnswer(
    NOT_ASKED, Answer(pass_list=NOT_ASKED.pass_list), ended=False, confidence=None
)


def full_answers(  # noqa: PLR0913 - what is asked, and how it is grouped
    model: Any,  # noqa: ANN401 - a transformers LlamaForCausalLM, which is typed in part
    tokenizer: IrTokenizer,
    texts: Sequence[str],
    what: SampleFormat,
    *,
    max_passes: int = MOST_PASSES,
    batch: int = BATCH,
) -> list[FullAnswer]:
    """The greedy answer for each text, in their order; `what` is what the model's samples have."""
    from trainer.token_trees import TokenTrees, decoding

    grammar = ListGrammar(tokenizer, max_passes)
    form = AnswerForm(tokenizer, what, model.config.vocab_size)
    prompts = Prompts.of(model, tokenizer, texts, max_passes + 1)
    context = model.config.max_position_embeddings
    answers = [NOT_ANSWERED] * len(texts)
    with decoding(model):
        for chosen in prompts.batches(batch):
            trees = TokenTrees(model, [prompts.tokens[one] for one in chosen], tokenizer.pad_id)
            searches = [PrioritySearch(grammar, 1) for _ in chosen]
            nodes = explore(trees, grammar, searches, lanes=1)
            lengths = [len(prompts.tokens[one]) for one in chosen]
            ends = [min(context, (_TIMES_PROMPT + 1) * length + _SPARE) for length in lengths]
            drafts = _written(trees, form, [nodes[search.ends[0]] for search in searches], ends)
            for one, search, draft in zip(chosen, searches, drafts, strict=True):
                listed = search.samples[0]
                decoded = Decoded(grammar.text(listed.entries), listed.log_probability)
                answers[one] = _answered(tokenizer, texts[one], decoded, draft)
    return answers


def confidence(text: str, answer: Answer) -> float | None:
    """The share of an answer's own words that hold: known without any compiler.

    Its count before the list against that of the prompt, its count after against the instructions
    of the IR that it wrote. None where it says no counts.
    """
    checks = []
    if answer.before is not None:
        checks.append(answer.before == instruction_lines(text))
    if answer.after is not None and answer.optimised_text is not None:
        checks.append(answer.after == instruction_lines(answer.optimised_text))
    return sum(checks) / len(checks) if checks else None


def _written(
    trees: TokenTrees, form: AnswerForm, starts: Sequence[Node], ends: Sequence[int]
) -> list[Draft]:
    """Write what follows each list, from its last token on, to its end mark or the place `ends`."""
    import torch

    drafts = [Draft() for _ in starts]
    choices_KV = torch.from_numpy(form.choices_KV).to(trees.root_logits_BV.device)
    growing = []
    for row, node in enumerate(starts):
        first = form.forced(drafts[row])
        assert first is not None, "a mark follows the list"
        growing.append((row, node, first))
    kept = len(growing)
    while growing:
        for row, _, token in growing:
            form.write(drafts[row], token)
        growing = [
            (row, node, token)
            for row, node, token in growing
            if not drafts[row].ended and node.position + 2 < ends[row]
        ]
        if not growing:
            break
        if 2 * len(growing) <= kept:
            trees.keep([row for row, _, _ in growing])
            kept = len(growing)
        nodes, logits_NV = trees.grow([(node, token) for _, node, token in growing])
        rows = [row for row, _, _ in growing]
        forced = [form.forced(drafts[row]) for row in rows]
        allowed = [
            form.choice(drafts[row]) if f is None else 0
            for row, f in zip(rows, forced, strict=True)
        ]
        chosen = logits_NV.masked_fill(~choices_KV[allowed], -torch.inf).argmax(-1).tolist()
        growing = [
            (row, node, best if f is None else f)
            for row, node, best, f in zip(rows, nodes, chosen, forced, strict=True)
        ]
    return drafts


def _answered(tokenizer: IrTokenizer, text: str, decoded: Decoded, draft: Draft) -> FullAnswer:
    said = draft.sections
    before, after = number(tokenizer, said.get(BEFORE)), number(tokenizer, said.get(AFTER))
    bytes_before = number(tokenizer, said.get(BYTES_BEFORE))
    bytes_after = number(tokenizer, said.get(BYTES_AFTER))
    answer = Answer(
        pass_list=decoded.pass_list,
        # Of a pair that was cut in its middle nothing is said.
        before=None if after is None else before,
        after=after,
        bytes_before=None if bytes_after is None else bytes_before,
        bytes_after=bytes_after,
        optimised_text=unescaped(tokenizer.decode(said[OPTIMISED])) if OPTIMISED in said else None,
    )
    return FullAnswer(decoded, answer, draft.ended, confidence(text, answer))
