"""What a recipe would take, against figures that are known."""

from dataclasses import replace

import pytest

from trainer.devices import DEVICES, device_named
from trainer.errors import BadRecipe
from trainer.plan import activation_bytes, plan
from trainer.recipes import debug_cpu, paper_7b

PAPER = plan(paper_7b(), 64, "V100")


def test_the_papers_model_has_6_74_billion_parameters() -> None:
    assert PAPER.parameters == 6_738_415_616
    assert PAPER.parameters == paper_7b().shape.parameters


def test_its_run_is_30000_steps_and_15_7_billion_tokens() -> None:
    assert (PAPER.steps, PAPER.tokens_per_step) == (30_000, 524_288)
    assert PAPER.tokens == 15_728_640_000


def test_weights_gradients_and_optimiser_are_16_bytes_a_parameter_over_all_devices() -> None:
    """108 GB for 6.74 B, which no GPU of 80 GB holds."""
    alone = plan(paper_7b(), 1, "H100")
    state = alone.weight_bytes + alone.gradient_bytes + alone.optimiser_bytes
    assert state == pytest.approx(107.8e9, rel=0.001)
    assert not alone.fits
    assert PAPER.weight_bytes * 64 == pytest.approx(alone.weight_bytes, rel=1e-6)


def test_operations_are_six_for_each_weight_and_token_and_attention_over_the_context() -> None:
    """6 N D, less looking up embeddings, and 12 · layers · width · context for each token."""
    multiplied = 6_738_415_616 - 32_000 * 4096 - 4096
    per_token = 6 * multiplied + 12 * 32 * 4096 * 2048
    assert PAPER.flops == pytest.approx(per_token * 15_728_640_000, rel=1e-6)


def test_days_follow_from_operations_devices_and_the_share_that_is_assumed() -> None:
    seconds = PAPER.flops / (64 * 125e12 * PAPER.utilisation)
    assert PAPER.days == pytest.approx(seconds / 86_400)
    assert PAPER.gpu_days == pytest.approx(64 * PAPER.days)


def test_recomputing_keeps_less() -> None:
    recipe = paper_7b()
    keeping = replace(recipe, engine=replace(recipe.engine, recompute=False))
    assert activation_bytes(recipe, 64) < activation_bytes(keeping, 64) / 3


def test_it_says_so_in_a_few_lines() -> None:
    said = "\n".join(PAPER.lines())
    assert "6.74 B parameters" in said
    assert "15.7 B tokens in 30,000 steps" in said
    assert "40%" in said
    assert PAPER.document()["recipe"] == "paper_7b"


def test_devices_are_known_by_name() -> None:
    assert device_named("h200") is DEVICES["H200"]
    with pytest.raises(BadRecipe, match="--gpu TPU: there is V100, A100"):
        device_named("TPU")


def test_rows_that_devices_cannot_share_are_refused() -> None:
    with pytest.raises(BadRecipe, match="2 rows of a step"):
        plan(debug_cpu(), 3, "H100")
