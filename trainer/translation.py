"""One pass applied by the model: the second task of published work, and its scores pass by pass.

A prompt is a function's text and one pass; the answer is the text after it. A model that was never
taught this answers all the same, and its scores say so.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from corpus.llvm.sandbox.supervisor import Sandbox
from trainer.answer_form import AnswerForm, Draft
from trainer.bleu import corpus_bleu
from trainer.decode import BATCH, Prompts
from trainer.errors import UnknownPass
from trainer.ir_faults import fault_of
from trainer.sample import APPLY, OPTIMISED, PassSample, SampleFormat, escaped, unescaped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corpus.llvm.toolchain import Toolchain
    from trainer.tokenizer import IrTokenizer

_LEAST = 2
"""Tokens of the shortest answer: one, and its end."""


@dataclass(frozen=True)
class PassScore:
    """How well a model applies one pass: shares of `functions`, and BLEU from 0 to 1.

    `too_long` functions did not fit and are in none of them.
    """

    pass_text: str
    functions: int
    too_long: int
    compiles: float | None
    exact: float | None
    bleu: float | None


def translations(
    model: Any,  # noqa: ANN401 - a transformers LlamaForCausalLM, which is typed in part
    tokenizer: IrTokenizer,
    asked: Sequence[tuple[str, str]],
    *,
    batch: int = BATCH,
) -> list[str | None]:
    """What the model makes of (text, pass), in their order; None where a prompt does not fit.

    Raises UnknownPass for a pass that has no token.
    """
    import torch

    from trainer.token_trees import TokenTrees, decoding
    from trainer.writing import chosen, longest, write

    form = AnswerForm(tokenizer, SampleFormat(counts=False), model.config.vocab_size)
    tokens = [_prompt(tokenizer, text, pass_text) for text, pass_text in asked]
    prompts = Prompts.fitted(model, tokens, _LEAST)
    context = model.config.max_position_embeddings
    written: list[str | None] = [None] * len(asked)
    with decoding(model):
        for numbers in prompts.batches(batch):
            trees = TokenTrees(model, [tokens[one] for one in numbers], tokenizer.pad_id)
            drafts = [Draft({OPTIMISED: []}, OPTIMISED) for _ in numbers]
            choices_KV = torch.from_numpy(form.choices_KV).to(trees.root_logits_BV.device)
            first = chosen(form, drafts, trees.root_logits_BV, choices_KV)
            ends = [longest(len(tokens[one]), context) for one in numbers]
            write(trees, form, drafts, list(zip(trees.roots, first, strict=True)), ends)
            for one, draft in zip(numbers, drafts, strict=True):
                written[one] = unescaped(tokenizer.decode(draft.sections[OPTIMISED]))
    return written


@dataclass(frozen=True)
class TranslationReport:
    """Scores over all samples, and by pass in the order of their texts.

    `bleu_of_copying` is what writing every function again as it was would have: no sample is one
    that its pass leaves alone, and still most of the text stays.
    """

    functions: int
    too_long: int
    compiles: float | None
    exact: float | None
    bleu: float | None
    bleu_of_copying: float | None
    by_pass: tuple[PassScore, ...]

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return {**vars(self), "by_pass": [vars(one) for one in self.by_pass]}


def translation_report(
    samples: Sequence[PassSample], written: Sequence[str | None], toolchain: Toolchain
) -> TranslationReport:
    """How well samples were translated; they have the truth. Raises MachineFault."""
    by_pass = translation_scores(samples, written, toolchain)
    told = [
        (text, sample) for sample, text in zip(samples, written, strict=True) if text is not None
    ]
    truth = [sample.optimised_text for _, sample in told]
    number = len(told)
    compiled = sum(one.functions * (one.compiles or 0.0) for one in by_pass)
    return TranslationReport(
        functions=number,
        too_long=len(samples) - number,
        compiles=compiled / number if number else None,
        exact=sum(text == sample.optimised_text for text, sample in told) / number
        if number
        else None,
        bleu=corpus_bleu([text for text, _ in told], truth),
        bleu_of_copying=corpus_bleu([sample.text for _, sample in told], truth),
        by_pass=tuple(by_pass),
    )


def translation_scores(
    samples: Sequence[PassSample], written: Sequence[str | None], toolchain: Toolchain
) -> list[PassScore]:
    """Scores by pass, in the order of their texts; `samples` have the truth.

    Raises MachineFault.
    """
    by_pass: dict[str, list[tuple[str | None, str]]] = defaultdict(list)
    for sample, text in zip(samples, written, strict=True):
        by_pass[sample.pass_text].append((text, sample.optimised_text))
    with Sandbox(toolchain) as sandbox, sandbox.session() as session:
        scores = []
        for pass_text, pairs in sorted(by_pass.items()):
            told = [(text, truth) for text, truth in pairs if text is not None]
            number = len(told)
            compiled = sum(fault_of(session, text) is None for text, _ in told)
            exact = sum(text == truth for text, truth in told)
            scores.append(
                PassScore(
                    pass_text,
                    number,
                    len(pairs) - number,
                    compiled / number if number else None,
                    exact / number if number else None,
                    corpus_bleu([text for text, _ in told], [truth for _, truth in told]),
                )
            )
    return scores


def _prompt(tokenizer: IrTokenizer, text: str, pass_text: str) -> list[int]:
    if pass_text not in tokenizer.passes:
        raise UnknownPass(f"the model has no token for {pass_text}: ask it for passes of its own")
    marks = (tokenizer.marks[APPLY], tokenizer.passes[pass_text], tokenizer.marks[OPTIMISED])
    return [*tokenizer.encode(escaped(text)), *marks]
