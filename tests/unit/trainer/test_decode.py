"""Decoding against the network itself, run plainly: whole sequences, one at a time, no cache."""

from typing import Any

import numpy as np
import pytest
import torch

from corpus.llvm.pass_list import PassList
from tests.unit.trainer.small_model import CLAMP, NOTHING, SUM, TEXTS, small_model, small_tokenizer
from trainer import decode
from trainer.answers import FullAnswer, confidence, full_answers
from trainer.constraint import ListGrammar
from trainer.decode import Decoded, Prompts, greedy_lists, priority_lists, priority_sampling
from trainer.instruction_lines import instruction_lines
from trainer.sample import END, Answer, SampleFormat

TOKENIZER = small_tokenizer()
MODEL = small_model(TOKENIZER.vocab_size)
GRAMMAR = ListGrammar(TOKENIZER, 6)
MANY = [*TEXTS, SUM + CLAMP, "", NOTHING * 3]


def plain_scores(text: str, entries: tuple[int, ...]) -> np.ndarray:
    tokens = [*TOKENIZER.encode_prompt(text), *(GRAMMAR.tokens[entry] for entry in entries)]
    with torch.inference_mode():
        logits = MODEL(input_ids=torch.tensor([tokens]), use_cache=False).logits
    return GRAMMAR.allowed(entries, GRAMMAR.scores(logits[:, -1])[0])


def plain_greedy(text: str) -> tuple[str, float]:
    entries: tuple[int, ...] = ()
    sum_of_logs = 0.0
    while True:
        scores = plain_scores(text, entries)
        best = int(scores.argmax())
        sum_of_logs += scores[best]
        if best == GRAMMAR.end:
            return GRAMMAR.text(entries), sum_of_logs
        entries = (*entries, best)


def rounded(samples: list[list[Decoded]]) -> list[list[tuple[str, float]]]:
    return [[(one.pass_list, round(one.log_probability, 3)) for one in each] for each in samples]


def test_greedy_lists_are_what_the_network_says_step_by_step() -> None:
    found = greedy_lists(MODEL, TOKENIZER, MANY, max_passes=6)
    expected = [plain_greedy(text) for text in MANY]
    assert [one.pass_list for one in found] == [pass_list for pass_list, _ in expected]
    assert [one.log_probability for one in found] == pytest.approx(
        [log for _, log in expected], abs=1e-4
    )
    assert len({one.pass_list for one in found}) > 1


@pytest.fixture
def any_lengths_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """One batch for prompts of all lengths, which would be too much padding else."""
    monkeypatch.setattr(decode, "_WASTE", 1000.0)


def test_batches_hold_prompts_of_like_length_each_once() -> None:
    prompts = Prompts.of(MODEL, TOKENIZER, [*MANY, *MANY], 7)
    batches = [list(batch) for batch in prompts.batches(3)]
    assert [one for batch in batches for one in batch] == prompts.fitting
    lengths = [[len(prompts.tokens[one]) for one in batch] for batch in batches]
    assert all(max(each) * len(each) <= 1.25 * sum(each) for each in lengths)
    assert {len(batch) for batch in batches} > {3}


@pytest.mark.usefixtures("any_lengths_together")
def test_prompts_of_different_lengths_are_answered_together_as_alone() -> None:
    together = priority_lists(MODEL, TOKENIZER, MANY, samples=7, max_passes=6, batch=6)
    alone = [priority_sampling(MODEL, TOKENIZER, text, 7, max_passes=6) for text in MANY]
    assert rounded(together) == rounded(alone)
    assert rounded(
        priority_lists(MODEL, TOKENIZER, MANY, samples=7, max_passes=6, batch=4, lanes=1)
    ) == rounded(together)


def test_a_samples_log_probability_is_that_of_its_tokens_in_a_plain_run() -> None:
    entry_of = {text: entry for entry, text in enumerate(GRAMMAR.passes)}
    for one in priority_sampling(MODEL, TOKENIZER, SUM, 12, max_passes=6):
        entries = tuple(entry_of[each] for each in PassList.parse(one.pass_list).elements)
        steps = [plain_scores(SUM, entries[:place])[entry] for place, entry in enumerate(entries)]
        end = plain_scores(SUM, entries)[GRAMMAR.end]
        assert one.log_probability == pytest.approx(sum(steps) + end, abs=1e-4)


def test_samples_are_unique_lists_that_parse_with_each_level_once_at_most() -> None:
    found = priority_sampling(MODEL, TOKENIZER, CLAMP, 40, max_passes=5)
    lists = [PassList.parse(one.pass_list).elements for one in found]
    assert len(set(lists)) == 40
    assert all(1 <= len(one) <= 5 for one in lists)
    assert all(set(one) <= set(TOKENIZER.passes) for one in lists)
    assert all(one.count(level) <= 1 for one in lists for level in ("default<Oz>", "default<O1>"))
    assert found[0].pass_list == greedy_lists(MODEL, TOKENIZER, [CLAMP], max_passes=5)[0].pass_list


def test_of_few_lists_the_likeliest_whole_ones_come_first() -> None:
    few = ["function(sroa),function(gvn),globaldce", "globaldce", "function(gvn),function(sroa)"]
    every = priority_lists(MODEL, TOKENIZER, TEXTS, samples=5000, max_passes=3)
    known = [{one.pass_list: one.log_probability for one in each} for each in every]
    ranked = priority_lists(MODEL, TOKENIZER, TEXTS, samples=9, max_passes=3, among=few)
    for each, log_probability in zip(ranked, known, strict=True):
        assert [one.pass_list for one in each] == sorted(few, key=lambda one: -log_probability[one])
        for one in each:
            assert one.log_probability == pytest.approx(log_probability[one.pass_list], abs=1e-4)
    best = greedy_lists(MODEL, TOKENIZER, TEXTS, max_passes=3, among=few)
    assert best == [each[0] for each in ranked]
    whole = full_answers(MODEL, TOKENIZER, TEXTS, SampleFormat(), max_passes=3, among=few)
    assert [one.decoded.pass_list for one in whole] == [one.pass_list for one in best]


def test_a_prompt_that_does_not_fit_is_answered_with_oz_and_not_cut() -> None:
    fits = len(TOKENIZER.encode_prompt(CLAMP)) + 7
    texts = [SUM, CLAMP, NOTHING]
    model = small_model(TOKENIZER.vocab_size, context=fits)
    found = greedy_lists(model, TOKENIZER, texts, max_passes=6)
    assert [one.fits for one in found] == [False, True, True]
    assert found[0] == Decoded("default<Oz>", 0.0, fits=False)
    tight = small_model(TOKENIZER.vocab_size, context=fits - 1)
    assert [one.fits for one in greedy_lists(tight, TOKENIZER, texts, max_passes=6)] == [
        *(False, False, True)
    ]


def test_a_model_that_goes_on_learning_is_left_as_it_was() -> None:
    model = small_model(TOKENIZER.vocab_size)
    model.set_attn_implementation("eager")
    model.train()
    assert greedy_lists(model, TOKENIZER, TEXTS, max_passes=6) == greedy_lists(
        MODEL, TOKENIZER, TEXTS, max_passes=6
    )
    assert model.training
    assert model.config._attn_implementation == "eager"
    assert model(input_ids=torch.tensor([[1, 2]])).logits.requires_grad


def test_a_model_of_half_precision_decodes_as_it_would_plainly() -> None:
    half = small_model(TOKENIZER.vocab_size).to(torch.bfloat16)
    for text in TEXTS:
        (one,) = greedy_lists(half, TOKENIZER, [text], max_passes=1)
        tokens = torch.tensor([TOKENIZER.encode_prompt(text)])
        with torch.inference_mode():
            scores = GRAMMAR.scores(half(input_ids=tokens, use_cache=False).logits[:, -1])[0]
        best = int(scores[: GRAMMAR.end].argmax())
        assert one.pass_list == GRAMMAR.passes[best]


def test_nothing_to_decode_is_no_work() -> None:
    assert greedy_lists(MODEL, TOKENIZER, []) == []


def plain_full(text: str, what: SampleFormat) -> str:
    """Greedy text behind the prompt, with the masks that the module's documentation describes."""
    tokens = TOKENIZER.encode_prompt(text)
    entries = list(PassList.parse(plain_greedy(text)[0]).elements)
    tokens += [TOKENIZER.passes[one] for one in entries]
    digits = [TOKENIZER.encode(digit)[0] for digit in "0123456789"]
    plain = sorted(
        set(range(TOKENIZER.vocab_size))
        - set(TOKENIZER.marks.values())
        - set(TOKENIZER.passes.values())
    )
    start = len(tokens)

    def add(allowed: list[int]) -> int:
        with torch.inference_mode():
            logits = MODEL(input_ids=torch.tensor([tokens]), use_cache=False).logits[0, -1]
        tokens.append(max(allowed, key=lambda token: (float(logits[token]), -token)))
        return tokens[-1]

    marks = [TOKENIZER.marks[mark] for mark in ("<|before|>", "<|after|>", "<|optimised|>")]
    tokens.append(marks[0])
    for following in marks[1:]:
        said = [add(digits)]
        while said[-1] != following:
            whole = said == [digits[0]] or len(said) == 9
            said.append(add([following] if whole else [*digits, following]))
    assert what == SampleFormat()
    while add([*plain, TOKENIZER.end_id]) != TOKENIZER.end_id and len(tokens) < MOST:
        pass
    return TOKENIZER.decode(tokens[start:])


MOST = 120


def test_whole_answers_are_what_the_network_says_within_the_form() -> None:
    model = small_model(TOKENIZER.vocab_size, context=MOST)
    found = full_answers(model, TOKENIZER, [NOTHING, CLAMP], SampleFormat(), max_passes=6)
    for text, one in zip([NOTHING, CLAMP], found, strict=True):
        plain = plain_full(text, SampleFormat())
        said = f"<|before|>{one.answer.before}<|after|>{one.answer.after}<|optimised|>"
        said += str(one.answer.optimised_text) + END * one.ended
        assert plain == said


def in_tenths(found: list[FullAnswer]) -> list[Any]:
    return [(one.answer, one.ended, round(one.decoded.log_probability, 2)) for one in found]


@pytest.mark.usefixtures("any_lengths_together")
def test_whole_answers_of_many_lengths_are_the_same_together_as_alone() -> None:
    """Answers end at different times, so the batch shrinks on its way."""
    together = full_answers(MODEL, TOKENIZER, MANY, SampleFormat(), max_passes=6, batch=6)
    alone = [full_answers(MODEL, TOKENIZER, [text], SampleFormat(), max_passes=6) for text in MANY]
    assert in_tenths(together) == in_tenths([one for each in alone for one in each])
    lists = greedy_lists(MODEL, TOKENIZER, MANY, max_passes=6)
    assert [one.answer.pass_list for one in together] == [one.pass_list for one in lists]


@pytest.mark.parametrize(
    "what",
    [
        SampleFormat(optimised_ir=False),
        SampleFormat(counts=False, optimised_ir=False),
        SampleFormat(optimised_ir=False, object_bytes=True),
        SampleFormat(counts=False),
    ],
)
def test_an_answer_has_what_its_format_says(what: SampleFormat) -> None:
    (one,) = full_answers(MODEL, TOKENIZER, [SUM], what, max_passes=3)
    assert (one.answer.before is not None) is what.counts
    assert (one.answer.bytes_after is not None) is what.object_bytes
    assert (one.answer.optimised_text is not None) is what.optimised_ir
    assert one.ended or what.optimised_ir


def test_an_answer_that_does_not_fit_is_cut_and_says_so() -> None:
    room = len(TOKENIZER.encode_prompt(SUM)) + 4 + 7
    model = small_model(TOKENIZER.vocab_size, context=room)
    (one,) = full_answers(model, TOKENIZER, [SUM], SampleFormat(), max_passes=3)
    assert not one.ended
    assert one.answer.pass_list == greedy_lists(model, TOKENIZER, [SUM], max_passes=3)[0].pass_list


def test_confidence_is_the_share_of_an_answers_own_words_that_hold() -> None:
    def said(before: int | None, after: int | None, text: str | None) -> float | None:
        return confidence(CLAMP, Answer("globaldce", before, after, optimised_text=text))

    assert instruction_lines(CLAMP) == 3
    assert said(3, 1, NOTHING) == 1
    assert said(3, 2, NOTHING) == 0.5
    assert said(4, 2, NOTHING) == 0
    assert said(3, 2, None) == 1
    assert said(None, None, NOTHING) is None
