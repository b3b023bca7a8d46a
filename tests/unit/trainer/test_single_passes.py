"""A run on the second task: samples that passes made in the sandbox, scores in its results."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.unit.trainer.small_runs import export, job, small
from trainer.errors import BadRecipe
from trainer.prepare import WATCHED, Prepared
from trainer.recipe import Recipe, Teaching
from trainer.recipes import mini_passes
from trainer.results import lines_of
from trainer.sample import PassSample, from_text
from trainer.train import train

pytestmark = pytest.mark.usefixtures("one_thread")


def recipe() -> Recipe:
    shape = replace(small().shape, context=320)
    return replace(small(), name="passes", shape=shape, single_passes=1).with_steps(4)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("passes")
    made = job(folder / "run", export(folder / "made_up"), recipe())
    return made.folder, train(made)


def test_rows_are_samples_of_single_passes_on_the_splits_own_functions(
    run: tuple[Path, dict[str, Any]],
) -> None:
    folder, _ = run
    prepared = Prepared.open(folder)
    batch = prepared.train.batch(0, rank=0, ranks=1, rows=2, seed=0)
    text = prepared.tokenizer.decode(batch.tokens_BT[0].tolist())
    sample = from_text(text[: text.index("<|end|>") + len("<|end|>")])
    assert isinstance(sample, PassSample)
    assert sample.text != sample.optimised_text
    documents = pq.read_table(folder / "data/train/documents.parquet").to_pylist()
    numbers = {int(one["sample_id"].split(":")[0], 16) for one in documents}
    assert numbers
    assert all(number % 4 != 3 for number in numbers)


def test_held_out_functions_are_watched_and_scored_by_pass(
    run: tuple[Path, dict[str, Any]],
) -> None:
    folder, results = run
    watched = pq.read_table(folder / "data" / WATCHED).to_pylist()
    assert len(watched) == 3
    assert all(int(one["sample_id"].split(":")[0], 16) % 4 == 3 for one in watched)
    passes = results["passes"]
    assert passes["functions"] + passes["too_long"] == 3
    assert {one["pass_text"] for one in passes["by_pass"]} == {one["pass_text"] for one in watched}
    assert 0 <= passes["exact"] <= passes["compiles"] <= 1
    assert results["lists"] is None
    assert "single passes on held-out functions" in lines_of(results)[-1]
    card = (folder / "model/README.md").read_text()
    assert "| pass | functions | compile |" in card
    assert "taught" not in card


def test_a_recipe_of_passes_teaches_no_lists() -> None:
    with pytest.raises(BadRecipe, match="leave `teaching` out"):
        replace(mini_passes(), teaching=Teaching(improvable_share=0.5))
    with pytest.raises(BadRecipe, match="not negative"):
        replace(mini_passes(), single_passes=-1)
