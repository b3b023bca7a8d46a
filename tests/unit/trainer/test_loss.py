"""What counts in the loss, and as what."""

import math

import pytest
import torch

from trainer.loss import Surprise, Targets, sums_by_part, surprise_of
from trainer.sample import Part

PAD = 0
TOKENS = torch.tensor([[5, 6, 7, 3, 4, 5, PAD, PAD]])
POSITIONS = torch.tensor([[0, 1, 2, 0, 1, 2, 0, 1]])
PARTS = torch.tensor(
    [[Part.PROMPT, Part.LIST, Part.END, Part.PROMPT, Part.COUNTS, Part.END, 0, 0]],
    dtype=torch.uint8,
)
WEIGHTS = [0.5, 4.0, 1.0, 1.0, 1.0, 2.0]


def targets() -> Targets:
    return Targets.of(TOKENS, PARTS, POSITIONS, PAD, WEIGHTS)


def test_a_token_counts_by_its_own_part_and_neither_a_first_token_nor_padding_counts() -> None:
    assert targets().weights_BT.tolist() == [[4.0, 2.0, 0.0, 1.0, 2.0, 0.0, 0.0]]
    assert targets().counted_BT.tolist() == [[True, True, False, True, True, False, False]]


def test_a_model_that_knows_nothing_is_surprised_by_the_logarithm_of_the_vocabulary() -> None:
    nats = surprise_of(torch.zeros(1, 8, 16), targets())
    assert torch.allclose(nats, torch.full((1, 7), math.log(16)))


def test_surprise_is_told_apart_by_part() -> None:
    nats = torch.arange(1.0, 8.0)[None]
    sums = sums_by_part(nats, targets()).tolist()
    surprise = Surprise(tuple(sums[: len(Part)]), tuple(sums[len(Part) :]))
    assert surprise.by_part() == {"list": 1.0, "counts": 4.0, "end": 3.5}
    assert surprise.mean() == pytest.approx(12 / 4)
    assert surprise.mean(answers_only=True) == pytest.approx(12 / 4)


def test_the_mean_over_answers_leaves_prompts_out() -> None:
    surprise = Surprise((10.0, 2.0, 0, 0, 0, 0), (2.0, 4.0, 0, 0, 0, 0))
    assert surprise.mean() == 2.0
    assert surprise.mean(answers_only=True) == 0.5


def test_of_nothing_there_is_no_mean() -> None:
    assert math.isnan(Surprise((0.0,) * 6, (0.0,) * 6).mean())


def test_half_precision_is_raised_before_surprise_is_taken() -> None:
    assert (
        surprise_of(torch.zeros(1, 8, 16, dtype=torch.bfloat16), targets()).dtype == torch.float32
    )
