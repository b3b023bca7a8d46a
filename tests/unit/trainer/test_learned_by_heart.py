"""A model that has learned a few samples by heart says them again: decoding and samples agree."""

import pytest
import torch

from tests.unit.trainer.small_model import CLAMP, NOTHING, SUM, small_model, small_tokenizer
from trainer.answers import full_answers
from trainer.decode import greedy_lists, priority_sampling
from trainer.model import Llama
from trainer.sample import Answer, PassSample, Sample, SampleFormat
from trainer.translation import translations

TOKENIZER = small_tokenizer()
SHORTER = "define i32 @clamp(i32 %0) {\n%2 = tail call i32 @f(i32 %0)\nret i32 %2\n}\n"
SAMPLES = (
    Sample(NOTHING, Answer("default<Oz>", 1, 1, optimised_text=NOTHING)),
    Sample(CLAMP, Answer("function(sroa),function(gvn)", 3, 2, optimised_text=SHORTER)),
    Sample(SUM, Answer("globaldce,default<Oz>,function(sroa)", 4, 10, optimised_text=NOTHING)),
)
APPLIED = PassSample(CLAMP, "globaldce", NOTHING)


@pytest.fixture(scope="module")
def learned() -> Llama:
    """Trained on four samples until it makes no mistake in any of them."""
    model = small_model(TOKENIZER.vocab_size, spread=0.05).train()
    rows = [
        torch.tensor(TOKENIZER.encode_sample(one).tokens.astype("int64"))
        for one in (*SAMPLES, APPLIED)
    ]
    tokens = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=-100)
    optimiser = torch.optim.AdamW(model.parameters(), lr=0.01)
    for _ in range(400):
        logits = model(input_ids=tokens.clamp(min=0), use_cache=False).logits
        wrong = (logits[:, :-1].argmax(-1) != tokens[:, 1:]) & (tokens[:, 1:] >= 0)
        answers = torch.stack([_answer_of(row, tokens.shape[1] - 1) for row in rows])
        if not (wrong & answers).any():
            break
        loss = torch.nn.functional.cross_entropy(
            logits[:, :-1].flatten(0, 1), tokens[:, 1:].flatten()
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert not (wrong & answers).any(), "400 steps were not enough"
    return model.eval()


def _answer_of(row: torch.Tensor, places: int) -> torch.Tensor:
    """Which predictions are of the answer: those behind the first mark."""
    marks = torch.tensor([TOKENIZER.marks["<|passes|>"], TOKENIZER.marks["<|apply|>"]])
    first = int(torch.isin(row, marks).nonzero()[0, 0])
    return torch.arange(places) >= first


def test_lists_are_said_again(learned: Llama) -> None:
    found = greedy_lists(learned, TOKENIZER, [one.text for one in SAMPLES])
    assert [one.pass_list for one in found] == [one.answer.pass_list for one in SAMPLES]
    assert all(one.log_probability > -3 for one in found)


def test_whole_answers_are_said_again_and_confidence_tells_the_false_one(learned: Llama) -> None:
    found = full_answers(learned, TOKENIZER, [one.text for one in SAMPLES], SampleFormat())
    assert [one.answer for one in found] == [one.answer for one in SAMPLES]
    assert all(one.ended for one in found)
    # What was taught of the third is false: 10 instructions are not what its IR has.
    assert [one.confidence for one in found] == [1.0, 1.0, 0.5]


def test_the_first_sample_by_priority_is_what_was_learned(learned: Llama) -> None:
    found = priority_sampling(learned, TOKENIZER, CLAMP, 5)
    assert found[0].pass_list == SAMPLES[1].answer.pass_list
    assert found[0].log_probability == max(one.log_probability for one in found)


def test_a_pass_is_applied_as_it_was_taught(learned: Llama) -> None:
    assert translations(learned, TOKENIZER, [(CLAMP, "globaldce")]) == [NOTHING]
