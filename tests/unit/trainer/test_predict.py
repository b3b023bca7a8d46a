"""Predictions in a lake: what is kept, what is not asked again, what an interruption leaves."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import torch
import typer
from typer.testing import CliRunner

from autotune.drive import Silent
from cli.options import Settings
from cli.predict import predict as command
from corpus.golden import golden_functions
from corpus.normalise import normalise
from corpus.selection import NothingSelected, Selection
from tests.unit.trainer.lake_rows import put, row
from tests.unit.trainer.small_model import (
    model_info,
    save_small_model,
    small_model,
    small_tokenizer,
)
from trainer import predict as predicting
from trainer.answering import LocalModel, Prediction, format_of, open_model
from trainer.decode import greedy_lists, priority_sampling
from trainer.decoding import Decoding
from trainer.errors import BadCheckpoint, BadDecoding, ModelMissing
from trainer.find_model import model_folder
from trainer.model import LoadedModel
from trainer.predict import predict
from trainer.sample import SampleFormat
from warehouse import snapshot, sql
from warehouse.errors import Held
from warehouse.lake import Lake

GOLDEN = sorted(golden_functions(), key=lambda one: len(one.ir))[:6]
TOKENIZER = small_tokenizer()
MODEL = small_model(TOKENIZER.vocab_size, context=1500)
INFO = model_info()
LOADED = LoadedModel(MODEL, TOKENIZER, INFO, "m0")
GREEDY = Decoding()
ALL = Selection()


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake.open(tmp_path / "lake", create=True)
    functions = [
        row(
            "functions",
            function_id=f"f{number}",
            program=f"program{number}",
            split="train" if number % 2 else "test",
            instructions=one.instructions,
            text=normalise(one.ir),
        )
        for number, one in enumerate(GOLDEN)
    ]
    put(lake, 0, functions=functions)
    return lake


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved") / "model"
    save_small_model(folder)
    return folder


def rows_of(lake: Lake) -> list[dict[str, Any]]:
    rows = lake.read("predictions").to_pylist()
    return sorted(rows, key=lambda row: (row["decoding"], row["function_id"], row["rank"]))


def test_every_selected_function_gets_the_models_list_once(lake: Lake) -> None:
    report = predict(lake, LocalModel(LOADED, GREEDY), GREEDY, ALL)
    rows = rows_of(lake)
    texts = [normalise(one.ir) for one in GOLDEN]
    assert [row["pass_list"] for row in rows] == [
        one.pass_list for one in greedy_lists(MODEL, TOKENIZER, texts)
    ]
    assert {row["model_id"] for row in rows} == {"m0"}
    assert {row["snapshot"] for row in rows} == {""}
    assert all(row["log_probability"] < 0 and row["cpu_s"] > 0 for row in rows)
    assert report.document()["answered"] == len(GOLDEN)
    again = predict(lake, LocalModel(LOADED, GREEDY), GREEDY, ALL)
    assert (again.answered, again.document()["known_before"]) == (0, len(GOLDEN))
    assert rows_of(lake) == rows


def test_samples_keep_their_order_and_other_decodings_are_asked_anew(lake: Lake) -> None:
    three = Decoding.named("priority:3")
    predict(lake, LocalModel(LOADED, three), three, Selection(split="test"))
    rows = rows_of(lake)
    assert [row["rank"] for row in rows] == [0, 1, 2] * 3
    samples = priority_sampling(MODEL, TOKENIZER, normalise(GOLDEN[0].ir), 3)
    assert [row["pass_list"] for row in rows[:3]] == [one.pass_list for one in samples]
    report = predict(lake, LocalModel(LOADED, GREEDY), GREEDY, ALL)
    assert report.answered == len(GOLDEN)


def test_whole_answers_have_what_the_model_says_and_its_confidence(lake: Lake) -> None:
    full = Decoding.named("greedy", full=True)
    report = predict(lake, LocalModel(LOADED, full), full, Selection(split="train"))
    rows = rows_of(lake)
    assert {row["decoding"] for row in rows} == {"greedy:full"}
    assert all(row["instructions_before"] is not None for row in rows)
    assert all(row["text"] is not None for row in rows)
    confidences = [row["confidence"] for row in rows]
    assert report.document()["mean_confidence"] == pytest.approx(sum(confidences) / len(rows))


class _Breaks:
    """Answers so many chunks, then is interrupted."""

    model_id = "m0"
    on_gpu = False

    def __init__(self, chunks: int) -> None:
        self._left = chunks

    def answer(self, texts: Sequence[str]) -> list[list[Prediction]]:
        if not self._left:
            raise KeyboardInterrupt
        self._left -= 1
        return LocalModel(LOADED, GREEDY).answer(texts)


def test_what_was_answered_before_an_interruption_stays_and_the_rest_follows(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predicting, "_FIRST", 2)
    with pytest.raises(KeyboardInterrupt):
        predict(lake, _Breaks(1), GREEDY, ALL)
    longest = sorted(GOLDEN, key=lambda one: -one.instructions)[:2]
    kept = {row["function_id"] for row in rows_of(lake)}
    assert kept == {f"f{GOLDEN.index(one)}" for one in longest}
    report = predict(lake, LocalModel(LOADED, GREEDY), GREEDY, ALL)
    assert report.answered == len(GOLDEN) - 2
    ids = [row["function_id"] for row in rows_of(lake)]
    assert ids == sorted(set(ids)) == [f"f{number}" for number in range(len(GOLDEN))]


def test_two_commands_do_not_answer_the_same_at_once(lake: Lake) -> None:
    job = predicting._job("m0", None, GREEDY)
    with lake.hold(job), pytest.raises(Held, match="in use"):
        predict(lake, LocalModel(LOADED, GREEDY), GREEDY, ALL)


def test_a_snapshots_functions_are_rows_of_that_snapshot(lake: Lake) -> None:
    snapshot.create(lake, "s")
    predict(lake, LocalModel(LOADED, GREEDY), GREEDY, ALL, snapshot="s")
    assert {row["snapshot"] for row in rows_of(lake)} == {"s"}
    table = sql.run(lake, "SELECT count(*) AS n FROM predictions WHERE decoding = 'greedy'")
    assert table.to_pylist() == [{"n": len(GOLDEN)}]


def test_what_does_not_fit_is_counted(lake: Lake) -> None:
    short = small_model(TOKENIZER.vocab_size, context=40)
    report = predict(
        lake, LocalModel(LoadedModel(short, TOKENIZER, INFO, "m1"), GREEDY), GREEDY, ALL
    )
    assert report.too_long == len(GOLDEN)
    assert "6 were too long" in " ".join(report.lines())
    assert {row["pass_list"] for row in rows_of(lake)} == {"default<Oz>"}


def test_the_command_answers_and_continues(lake: Lake, folder: Path) -> None:
    app = typer.Typer()
    app.command()(command)

    def run(*given: str) -> dict[str, Any]:
        arguments = ["--model", str(folder), "--split", "test", "--json", *given]
        done = CliRunner().invoke(app, arguments, obj=Settings(lake.location, None))
        assert done.exit_code == 0, done.output
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    assert run("--decoding", "priority:2", "--device", "cpu")["rows"] == 6
    assert run("--decoding", "priority:2", "--device", "cpu")["answered"] == 0


def test_nothing_selected_is_an_error(lake: Lake) -> None:
    with pytest.raises(NothingSelected):
        predict(lake, LocalModel(LOADED, GREEDY), GREEDY, Selection(program="none"))


def test_a_device_that_is_not_there_is_named(folder: Path) -> None:
    with pytest.raises(BadDecoding, match="--device abacus"):
        open_model(folder, "abacus")
    assert open_model(folder, "cpu").model.device == torch.device("cpu")


def test_a_model_is_found_by_folder_by_id_or_as_the_latest(lake: Lake, folder: Path) -> None:
    with pytest.raises(ModelMissing, match="passlake train"):
        model_folder(lake, None)
    rows = [_registered("aa11", folder, 1), _registered("ab22", folder.with_name("gone"), 2)]
    put(lake, 1, models=rows)
    assert model_folder(lake, str(folder)) == folder
    assert model_folder(lake, "aa") == folder
    with pytest.raises(ModelMissing, match="gone"):
        model_folder(lake, None)
    with pytest.raises(ModelMissing, match="aa11, ab22"):
        model_folder(lake, "a")


def _registered(model_id: str, folder: Path, minute: int) -> dict[str, Any]:
    return row(
        "models",
        model_id=model_id,
        location=str(folder),
        trained_at=datetime(2026, 11, 27, 12, minute, tzinfo=UTC),
        kind="language_model",
    )


@pytest.mark.parametrize(
    "name",
    ["greedy:2", "priority", "priority:", "priority:0", "priority:x", "beam:3", "sampled:-1"],
)
def test_decodings_that_there_are_not_are_refused(name: str) -> None:
    with pytest.raises(BadDecoding, match=f"--decoding {name.partition(':')[0]}"):
        Decoding.named(name)


def test_a_decodings_name_is_what_makes_it() -> None:
    for name in ("greedy", "priority:30", "sampled:5"):
        assert Decoding.named(name).name == name
    with pytest.raises(BadDecoding, match="--full"):
        Decoding.named("priority:3", full=True)
    with pytest.raises(BadDecoding, match="--server"):
        LocalModel(LOADED, Decoding.named("sampled:3"))


def test_a_models_format_is_that_of_its_recipe() -> None:
    assert format_of(INFO) == SampleFormat()
    plain = {"counts": False, "optimised_ir": False, "object_bytes": False}
    assert format_of({"recipe": {"format": plain}}) == SampleFormat(**plain)
    with pytest.raises(BadCheckpoint, match="format"):
        format_of({"recipe": {}})


def test_progress_is_told_of_each_chunk(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    class Told(Silent):
        ended = 0.0
        cost = 0.0

        def start(self, cost_s: float) -> None:
            self.cost = cost_s

        def advance(self, ended: Any) -> None:  # noqa: ANN401
            self.ended += ended.task.cost_s

    monkeypatch.setattr(predicting, "_FIRST", 2)
    told = Told()
    predict(lake, LocalModel(LOADED, GREEDY), GREEDY, ALL, progress=told)
    assert told.ended == told.cost == sum(one.instructions for one in GOLDEN)
