"""Whole runs, in small: to their end, interrupted and continued, and on bad input."""

import json
import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import pyarrow.parquet as pq
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from tests.unit.trainer.small_runs import OZ, at_most, export, job, small
from trainer import loop
from trainer.checkpoint import latest
from trainer.errors import (
    BadCheckpoint,
    BadRecipe,
    BadShards,
    ModelMissing,
    NoLabels,
    NoRoom,
    TrainingFailed,
)
from trainer.job import Job, job_of
from trainer.model import load_model, read_info, weights_of
from trainer.recipe import Guard
from trainer.run_log import Teller, steps_of
from trainer.train import train

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(tmp_path_factory.mktemp("exported") / "made_up")


@pytest.fixture(scope="module")
def finished(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A run at its end; not to be changed."""
    one = job(tmp_path_factory.mktemp("finished") / "run", data)
    train(one)
    return one


@pytest.fixture
def begun(finished: Job, tmp_path: Path) -> Job:
    """The same run in a folder of its own, whose data are prepared and no step was taken."""
    folder = tmp_path / "run"
    folder.mkdir()
    shutil.copytree(finished.folder / "data", folder / "data")
    return replace(finished, folder=folder)


def losses(one: Job) -> list[float]:
    return [values["loss"] for _, values in sorted(steps_of(one.folder).items())]


def interrupt_at(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGINT comes while the step after this one is being taken."""
    said = Teller.step

    def tell(self: Teller, done: int, *rest: Any) -> None:  # noqa: ANN401
        said(self, done, *rest)
        os.kill(os.getpid(), signal.SIGINT * (done == step))

    monkeypatch.setattr(Teller, "step", tell)


def test_a_run_takes_every_step_and_says_what_came_of_it(finished: Job) -> None:
    results = finished.results()
    assert results is not None
    assert len(losses(finished)) == results["steps"] == 12
    assert results["tokens"] == steps_of(finished.folder)[12]["tokens"]
    assert [one["step"] for one in results["validations"]] == [6, 12]
    assert set(results["held_out"]) == {"model", "unigram", "3-gram"}
    assert results["lists"]["functions"] == 3
    assert results["lists"]["failed"] == 0
    assert results["registered"] is False


def test_losses_are_told_apart_and_fall(finished: Job) -> None:
    steps = steps_of(finished.folder)
    assert set(steps[1]["loss_by_part"]) == {"prompt", "list", "counts", "ir", "end"}
    assert steps[12]["loss"] < steps[1]["loss"] - 0.3
    assert steps[1]["learning_rate"] == pytest.approx(2.5e-3)


def test_the_model_opens_in_plain_transformers_and_answers_as_ours(finished: Job) -> None:
    plain = AutoModelForCausalLM.from_pretrained(finished.model)
    tokens = AutoTokenizer.from_pretrained(finished.model)
    ours = load_model(finished.model)
    assert plain.config.architectures == ["LlamaForCausalLM"]
    assert tokens.convert_tokens_to_ids("<|end|>") == ours.tokenizer.end_id
    prompt = torch.tensor([ours.tokenizer.encode_prompt("define void @f() {\nret void\n}\n")])
    assert torch.equal(plain(prompt).logits, ours.model(prompt).logits)
    assert ours.model_id == ours.info["model_id"] == read_info(finished.model)["model_id"]


def test_the_card_says_recipe_snapshot_tokens_and_results(finished: Job) -> None:
    card = (finished.model / "README.md").read_text()
    results = finished.results()
    assert results is not None
    assert "recipe | `small`" in card
    assert "snapshot | made_up" in card
    assert f"{results['tokens']:,}" in card
    assert f"| 3-gram | {results['held_out']['3-gram']['answer']:.4f} |" in card
    assert "licences" in card
    assert f"| `{OZ}` |" in card[card.index("## Lists it was taught") :]


def test_what_is_at_its_end_is_not_trained_again(
    finished: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    log = (finished.folder / "log.jsonl").read_bytes()
    assert train(finished) == finished.results()
    assert "at its end already" in capsys.readouterr().err
    assert (finished.folder / "log.jsonl").read_bytes() == log


def test_equal_runs_take_equal_steps_and_another_seed_takes_others(
    finished: Job, begun: Job, data: Path, tmp_path: Path
) -> None:
    train(begun)
    assert losses(begun) == losses(finished)
    other = job(tmp_path / "other", data, small().with_steps(2), seed=1)
    train(other)
    assert losses(other)[0] != losses(finished)[0]


def test_an_interrupted_run_is_saved_and_goes_on_bit_by_bit(
    finished: Job, begun: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        interrupt_at(8, patched)
        with pytest.raises(KeyboardInterrupt):
            train(begun)
    saved = latest(begun.checkpoints)
    assert saved is not None
    assert saved.step == 9
    train(begun)
    assert losses(begun) == losses(finished)
    assert weights_equal(begun.model, finished.model)
    log = (begun.folder / "log.jsonl").read_text().splitlines()
    assert json.dumps({"event": "resumed", "step": 9}) in log


def weights_equal(one: Path, other: Path) -> bool:
    first, second = weights_of(one), weights_of(other)
    return first.keys() == second.keys() and all(
        torch.equal(first[name], second[name]) for name in first
    )


def test_an_interrupt_while_lists_are_decoded_ends_it_at_once(
    begun: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr("trainer.watcher.surprise_at", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(begun)
    saved = latest(begun.checkpoints)
    assert saved is not None
    assert saved.step == 4


def test_a_run_may_begin_with_another_models_weights_and_tokenizer(
    finished: Job, data: Path, tmp_path: Path
) -> None:
    more = job(tmp_path / "more", data, small().with_steps(3), begun_from=finished.model)
    results = train(more)
    assert losses(more)[0] < losses(finished)[1] - 0.2
    info = read_info(Path(results["model"]))
    assert info["begun_from"] == read_info(finished.model)["model_id"]
    assert info["tokenizer"] == read_info(finished.model)["tokenizer"]


def test_a_model_of_another_shape_is_nothing_to_begin_with(
    finished: Job, data: Path, tmp_path: Path
) -> None:
    wide = replace(small(), shape=replace(small().shape, hidden=64))
    with pytest.raises(BadCheckpoint, match=r"gate_proj.weight, small takes \(64, 32\)"):
        train(job(tmp_path / "wide", data, wide, begun_from=finished.model))
    with pytest.raises(ModelMissing, match=r"has no passlake.json"):
        train(job(tmp_path / "none", data, begun_from=tmp_path))


def test_a_folder_of_another_run_is_left_alone(finished: Job) -> None:
    other = replace(finished, recipe=finished.recipe.with_steps(13))
    with pytest.raises(BadCheckpoint, match="12 steps, and this is one of small"):
        train(other)
    with pytest.raises(BadCheckpoint, match=r"with seed 0 and .* with seed 5 and"):
        train(replace(finished, seed=5))


def test_a_checkpoint_of_another_run_is_not_taken(finished: Job, begun: Job) -> None:
    shutil.copytree(finished.checkpoints, begun.checkpoints)
    with pytest.raises(BadCheckpoint, match="is of another run"):
        train(replace(begun, seed=1))


def test_data_without_labels_is_named(data: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    shutil.copytree(data, bare)
    path = bare / "best" / "0.parquet"
    pq.write_table(pq.read_table(path).slice(0, 0), path)
    with pytest.raises(NoLabels, match="no function of the train split with a best list"):
        train(job(tmp_path / "run", bare))
    with pytest.raises(NoLabels, match="is no exported snapshot"):
        job(tmp_path / "run", tmp_path)


def test_a_tokenizer_that_the_rows_were_not_made_with_is_refused(
    begun: Job, finished: Job, tmp_path: Path, data: Path
) -> None:
    wider = replace(small(), shape=replace(small().shape, vocabulary=460)).with_steps(1)
    other = job(tmp_path / "other", data, wider)
    train(other)
    shutil.rmtree(begun.folder / "data" / "tokenizer")
    shutil.copytree(other.folder / "data" / "tokenizer", begun.folder / "data" / "tokenizer")
    with pytest.raises((BadShards, BadRecipe, ValueError), match="tokenizer"):
        train(begun)
    assert finished.results() is not None


def test_a_truncated_checkpoint_is_named_and_the_one_before_goes_on(
    finished: Job, begun: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        interrupt_at(9, patched)
        with pytest.raises(KeyboardInterrupt):
            train(begun)
    last = begun.checkpoints / "step-00000010"
    (last / "__0_0.distcp").write_bytes(b"")
    with pytest.raises(BadCheckpoint, match=f"has 0 bytes of .*: remove {last} to go on"):
        train(begun)
    shutil.rmtree(last)
    train(begun)
    assert losses(begun) == losses(finished)


def test_a_disk_that_fills_while_saving_ends_the_run_and_spares_the_last_checkpoint(
    finished: Job, begun: Job
) -> None:
    with at_most(60_000), pytest.raises(NoRoom, match="no room left to write"):
        train(begun)
    train(begun)
    assert losses(begun) == losses(finished)


@pytest.mark.parametrize("action", ["stop", "skip"])
def test_a_loss_that_is_no_number_stops_the_run_or_does_not_count(
    action: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned = loop.surprise_of
    calls = iter(range(1000))

    def surprise_of(*given: Any) -> torch.Tensor:  # noqa: ANN401
        return poisoned(*given) * (float("nan") if next(calls) == 9 else 1.0)

    monkeypatch.setattr(loop, "surprise_of", surprise_of)
    recipe = replace(small().with_steps(6), guard=Guard(on_not_finite=action))
    one = job(tmp_path / "run", data, recipe)
    outcome = ended(one)
    saved = latest(one.checkpoints)
    assert saved is not None
    assert (outcome, saved.step) == {
        "stop": ("step 4: loss nan, gradient norm nan", 4),
        "skip": ("1 step did not count", 6),
    }[action]


def ended(one: Job) -> str:
    try:
        return f"{train(one)['steps_that_did_not_count']} step did not count"
    except TrainingFailed as error:
        return str(error).partition(";")[0]


def test_processes_that_cannot_share_a_steps_rows_are_refused(
    begun: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = replace(begun, recipe=replace(begun.recipe, schedule=replace(small().schedule, rows=3)))
    monkeypatch.setattr("trainer.parallel.joined", NoWorld)
    with pytest.raises(BadRecipe, match="3 rows of a step cannot be shared by 2"):
        train(odd)


class NoWorld:
    """Two processes, of which there is none."""

    ranks = 2

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass


def test_a_weight_that_was_changed_after_saving_is_found_out(finished: Job, tmp_path: Path) -> None:
    copied = tmp_path / "model"
    shutil.copytree(finished.model, copied)
    weights = copied / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(BadCheckpoint, match="are not those that were saved"):
        load_model(copied)
    weights.unlink()
    with pytest.raises(ModelMissing, match=r"has no model.safetensors"):
        load_model(copied)


def test_a_job_travels_as_json(finished: Job) -> None:
    assert Job.of_document(json.loads(json.dumps(finished.document()))) == finished
    assert Job.of_document(finished.document()).run == finished.run


def test_a_job_is_named_by_recipe_data_and_seed(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    named = job_of(small(), lake="no lake", data=data, seed=3)
    assert named.folder == tmp_path / "runs" / "small-made_up-3"
    with pytest.raises(BadRecipe, match="leave --snapshot out"):
        job_of(small(), lake="no lake", data=data, snapshot="s")
    with pytest.raises(BadRecipe, match="cannot be used"):
        job_of(replace(small(), name="../x"), lake="no lake", data=data)
