"""One pass applied by the model, against the network run plainly, and scores against LLVM."""

import pytest
import torch

from corpus.llvm.toolchain import find_toolchain
from tests.unit.trainer.small_model import CLAMP, NOTHING, SUM, small_model, small_tokenizer
from trainer import decode
from trainer.errors import UnknownPass
from trainer.sample import PassSample
from trainer.translation import (
    PassScore,
    translation_report,
    translation_scores,
    translations,
)

TOKENIZER = small_tokenizer()
MOST = 190
MODEL = small_model(TOKENIZER.vocab_size, context=MOST)


def plainly(text: str, pass_text: str) -> str:
    """The likeliest token again and again, none of them a mark or a pass but the end."""
    marks = (TOKENIZER.marks["<|apply|>"], TOKENIZER.passes[pass_text])
    tokens = [*TOKENIZER.encode(text), *marks, TOKENIZER.marks["<|optimised|>"]]
    start, end = len(tokens), min(MOST, 3 * len(tokens) + 128)
    special = {*TOKENIZER.marks.values(), *TOKENIZER.passes.values()} - {TOKENIZER.end_id}
    while len(tokens) < end:
        with torch.inference_mode():
            logits = MODEL(input_ids=torch.tensor([tokens]), use_cache=False).logits[0, -1]
            logits[sorted(special)] = -torch.inf
        best = int(logits.argmax())
        if best == TOKENIZER.end_id:
            break
        tokens.append(best)
    return TOKENIZER.decode(tokens[start:])


def test_a_pass_is_applied_as_the_network_says_step_by_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(decode, "_WASTE", 1000.0)
    asked = [(SUM, "function(sroa)"), (NOTHING, "globaldce"), (NOTHING, "function(gvn)")]
    assert translations(MODEL, TOKENIZER, asked) == [plainly(*one) for one in asked]


def test_a_prompt_that_does_not_fit_has_no_translation() -> None:
    tight = small_model(TOKENIZER.vocab_size, context=len(TOKENIZER.encode(NOTHING)) + 5)
    asked = [(SUM, "globaldce"), (NOTHING, "globaldce")]
    first, second = translations(tight, TOKENIZER, asked)
    assert first is None
    assert second is not None


def test_a_pass_without_a_token_is_named() -> None:
    with pytest.raises(UnknownPass, match="no token for function\\(new\\)"):
        translations(MODEL, TOKENIZER, [(SUM, "function(new)")])


def test_scores_are_by_pass_and_leave_out_what_does_not_fit() -> None:
    samples = [
        PassSample(SUM, "globaldce", CLAMP),
        PassSample(SUM, "function(sroa)", CLAMP),
        PassSample(SUM, "function(sroa)", CLAMP),
        PassSample(SUM, "function(sroa)", CLAMP),
    ]
    written = [None, CLAMP, CLAMP.replace("255", "254"), "ret"]
    sroa, dce = translation_scores(samples, written, find_toolchain())
    assert dce == PassScore("globaldce", 0, 1, None, None, None)
    assert (sroa.pass_text, sroa.functions, sroa.too_long) == ("function(sroa)", 3, 0)
    assert sroa.compiles == pytest.approx(2 / 3)
    assert sroa.exact == pytest.approx(1 / 3)
    assert sroa.bleu is not None
    assert 0.3 < sroa.bleu < 1


def test_a_report_sums_up_and_says_what_copying_would_have() -> None:
    samples = [
        PassSample(SUM, "globaldce", CLAMP),
        PassSample(SUM, "function(sroa)", CLAMP),
        PassSample(CLAMP, "function(sroa)", SUM),
    ]
    report = translation_report(samples, [CLAMP, "define nothing", None], find_toolchain(None))
    assert (report.functions, report.too_long) == (2, 1)
    assert (report.compiles, report.exact) == (0.5, 0.5)
    assert report.bleu is not None
    assert report.bleu_of_copying is not None
    assert 0 < report.bleu_of_copying < 1
    assert [one["pass_text"] for one in report.document()["by_pass"]] == [
        "function(sroa)",
        "globaldce",
    ]
