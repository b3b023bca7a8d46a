"""Recipes check themselves, and are what they are called."""

from dataclasses import replace
from pathlib import Path

import pytest

from trainer.errors import BadRecipe
from trainer.recipe import Engine, Guard, LossWeights, Recipe, Schedule, Shape, Watch
from trainer.recipes import RECIPES, debug_cpu, named, paper_7b, tiny
from trainer.sample import Part, SampleFormat


@pytest.mark.parametrize(
    ("name", "millions"),
    [
        ("debug_cpu", 0.2),
        ("mini", 1.6),
        ("tiny", 9),
        ("small", 120),
        ("base", 350),
        ("paper_7b", 6738),
    ],
)
def test_a_recipe_has_about_the_size_that_it_is_known_for(name: str, millions: float) -> None:
    assert named(name).shape.parameters / 1e6 == pytest.approx(millions, rel=0.2)


def test_the_papers_recipe_is_the_papers() -> None:
    recipe = paper_7b()
    assert recipe.shape == Shape(32, 32, 4096, 11008, 32000, 2048, tied=False)
    assert recipe.schedule.steps == 30_000
    assert recipe.schedule.warm_up_steps == 1_000
    assert recipe.schedule.betas == (0.9, 0.95)
    assert recipe.schedule.rows * recipe.shape.context == 524_288
    assert recipe.tokens == pytest.approx(15.7e9, rel=0.005)
    assert recipe.format == SampleFormat(counts=True, optimised_ir=True, object_bytes=False)


def test_its_rate_climbs_for_1000_steps_and_falls_along_a_cosine_to_a_tenth() -> None:
    rate = paper_7b().schedule.learning_rate_at
    assert rate(0) == pytest.approx(1e-8)
    assert rate(499) == pytest.approx(0.5e-5)
    assert rate(1_000) == pytest.approx(1e-5)
    assert rate(15_500) == pytest.approx(0.55e-5, rel=1e-3)
    assert rate(29_999) == pytest.approx(1e-6)


def test_every_recipe_is_written_down_and_read_back() -> None:
    made = [recipe() for recipe in RECIPES.values()]
    assert [Recipe.of_document(one.document()) for one in made] == made
    assert [one.name for one in made] == list(RECIPES)
    assert len({one.digest for one in made}) == len(made)


def test_an_ablation_differs_in_what_it_leaves_out_alone() -> None:
    no_ir, half = named("tiny_no_ir"), named("tiny_half_data")
    assert named("mini_general_tokenizer").tokenizer == "general"
    assert replace(named("mini_no_counts"), name="mini", format=SampleFormat()) == named("mini")
    assert replace(no_ir, name="tiny", format=SampleFormat()) == tiny()
    assert replace(half, name="tiny", data_share=1.0) == tiny()
    assert half.schedule == tiny().schedule


def test_how_it_is_computed_and_watched_is_not_what_is_learned() -> None:
    recipe = tiny()
    other = replace(recipe, engine=Engine(micro_rows=1), watch=Watch(7, 7))
    assert other.digest == recipe.digest
    assert replace(recipe, data_share=0.5).digest != recipe.digest


def test_fewer_steps_keep_the_share_of_the_warm_up() -> None:
    assert debug_cpu().with_steps(100).schedule.warm_up_steps == 5


def test_every_part_has_a_weight() -> None:
    weights = LossWeights(prompt=0.5, list=4, counts=2, ir=1).of_parts()
    by_part = dict(zip(Part, weights, strict=True))
    assert by_part == {
        Part.PROMPT: 0.5,
        Part.LIST: 4,
        Part.COUNTS: 2,
        Part.IR: 1,
        Part.SIZE: 2,
        Part.END: 4,
    }


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Shape(2, 3, 64, 8, 8, 8), "3 heads"),
        (lambda: Shape(2, 2, 64, 0, 8, 8), "positive sizes"),
        (lambda: Schedule(10, 10, 1e-3, 4), "warm-up"),
        (lambda: Schedule(10, 1, 0.0, 4), "rate"),
        (lambda: LossWeights(list=0), "no list"),
        (lambda: LossWeights(prompt=-1), "not negative"),
        (lambda: Watch(0, 1), "positive"),
        (lambda: Guard(on_leap="hope"), "hope: there is stop and skip"),
        (lambda: Engine(1, attention="magic"), "magic: there is sdpa, flex"),
        (lambda: replace(tiny(), data_share=0.0), "share"),
        (lambda: replace(tiny(), objective="speed"), "instructions and object_bytes"),
        (lambda: tiny().with_steps(0), "positive"),
        (lambda: Recipe.of_document({"name": "x"}), "no recipe"),
    ],
)
def test_what_does_not_go_together_is_no_recipe(make: object, said: str) -> None:
    with pytest.raises(BadRecipe, match=said):
        make()  # type: ignore[operator]


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(BadRecipe, match="called tinny: there is debug_cpu, mini, mini_lists"):
        named("tinny")


def test_a_recipe_of_ones_own_is_found_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_own_recipes.py").write_text(
        "from dataclasses import replace\nfrom trainer.recipes import tiny\n"
        "def wide(): return replace(tiny(), name='wide')\ndef none(): return 3\n"
    )
    monkeypatch.chdir(tmp_path)
    assert named("my_own_recipes:wide").name == "wide"
    with pytest.raises(BadRecipe, match="returned a int"):
        named("my_own_recipes:none")
    with pytest.raises(BadRecipe, match="cannot be had"):
        named("my_own_recipes:gone")
