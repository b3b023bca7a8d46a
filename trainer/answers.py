"""Whole answers: the list, and behind it the counts and the IR that a model learned to say with it.

The list is that of `decode.greedy_lists`; what follows has the form of the model's samples
(`answer_form`). What an answer says of itself is then held against what can be known without a
compiler: that is its confidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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

    from trainer.tokenizer import IrTokenizer


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
    among: Sequence[str] | None = None,
    batch: int = BATCH,
) -> list[FullAnswer]:
    """The greedy answer for each text, in their order; `what` is what the model's samples have."""
    from trainer.token_trees import TokenTrees, decoding
    from trainer.writing import longest, write

    grammar = ListGrammar(tokenizer, max_passes, among)
    form = AnswerForm(tokenizer, what, model.config.vocab_size)
    prompts = Prompts.of(model, tokenizer, texts, max_passes + 1)
    context = model.config.max_position_embeddings
    answers = [NOT_ANSWERED] * len(texts)
    with decoding(model):
        for chosen in prompts.batches(batch):
            trees = TokenTrees(model, [prompts.tokens[one] for one in chosen], tokenizer.pad_id)
            searches = [PrioritySearch(grammar, grammar.few or 1) for _ in chosen]
            nodes = explore(trees, grammar, searches, lanes=1)
            drafts = [Draft() for _ in chosen]
            ends = [longest(len(prompts.tokens[one]), context) for one in chosen]
            likeliest = [
                max(range(len(one.samples)), key=lambda at: one.samples[at].log_probability)
                for one in searches
            ]
            starts = [
                (nodes[search.ends[at]], form.first)
                for search, at in zip(searches, likeliest, strict=True)
            ]
            write(trees, form, drafts, starts, ends)
            for one, search, at, draft in zip(chosen, searches, likeliest, drafts, strict=True):
                listed = search.samples[at]
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
