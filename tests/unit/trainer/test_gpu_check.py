"""The check of a machine's device, on one that has none: the same code, reduced."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.trainer.small_runs import small
from trainer import device_checks, gpu_check, network
from trainer.device_speed import MadeUp, fitting
from trainer.parallel import World, joined
from trainer.recipes import paper_7b


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    output = tmp_path_factory.mktemp("found") / "found.json"
    status = gpu_check.main(["--output", str(output)])
    document: dict[str, Any] = json.loads(output.read_text())
    return document | {"status": status}


def test_every_part_runs_and_every_check_holds(found: dict[str, Any]) -> None:
    assert [part.get("failed") for part in found["parts"].values()] == [None] * 7
    assert {name for name, part in found["parts"].items() if part.get("holds")} == {
        "isolation",
        "resume",
        "decoding",
    }
    assert found["status"] == 0


def test_figures_without_a_gpu_are_marked_so(found: dict[str, Any]) -> None:
    assert found["device"] == "cpu"
    assert "no figure of it says anything" in found["note"]
    assert found["parts"]["base"]["mfu"] is None


def test_a_resume_on_a_cpu_is_the_same_bits(found: dict[str, Any]) -> None:
    assert found["parts"]["resume"]["bit_identical"]


def test_what_was_measured_is_named_by_its_blocks(found: dict[str, Any]) -> None:
    paper = found["parts"]["paper_7b"]
    assert paper["what"] == "paper_7b, 2 of 32 blocks"
    assert not paper["whole"]
    assert paper["tokens_per_s"] > 0


def test_a_real_run_has_a_curve_and_models_that_count_beside_it(found: dict[str, Any]) -> None:
    run = found["parts"]["run"]
    assert len(run["losses"]) == 2
    assert set(run["held_out"]) == {"model", "unigram", "3-gram"}


def test_a_part_that_fails_is_said_and_the_rest_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(world: World) -> dict[str, Any]:
        raise RuntimeError(f"no luck with {world.device}")

    monkeypatch.setattr("trainer.device_checks.isolation", broken)
    output = tmp_path / "found.json"
    assert gpu_check.main(["--output", str(output), "--only", "isolation", "resume"]) == 1
    parts = json.loads(output.read_text())["parts"]
    assert parts["isolation"]["failed"] == "no luck with cpu"
    assert parts["resume"]["holds"]


def test_a_check_that_does_not_hold_is_told_by_the_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainer.device_checks.isolation", lambda _: {"holds": False})
    output = tmp_path / "found.json"
    assert gpu_check.main(["--output", str(output), "--only", "isolation"]) == 1


def test_documents_see_each_other_without_the_mask(monkeypatch: pytest.MonkeyPatch) -> None:
    """That the check of isolation can fail."""
    masked = network.attention_mask

    def open_to_all(positions: Any, attention: str) -> Any:  # noqa: ANN401
        return masked(positions, attention).logical_or(
            masked(positions.clone().fill_(1), attention)
        )

    monkeypatch.setattr(network, "attention_mask", open_to_all)
    with joined() as world:
        assert not device_checks.isolation(world)["holds"]


def test_made_up_rows_are_packed_documents() -> None:
    rows = MadeUp.of(small(), 3, 60)
    assert rows.positions_BT[0, :61].tolist() == [*range(60), 0]
    assert rows.tokens_BT.shape == (4, 160)
    assert rows.tokens_BT.min() >= 2


def test_on_a_cpu_the_papers_model_is_two_small_blocks() -> None:
    with joined() as world:
        assert fitting(paper_7b(), world).shape.parameters < 200_000
