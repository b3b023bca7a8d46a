"""Checkpoints are whole or none, and what is damaged is named with the way out."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.unit.trainer.small_runs import at_most
from trainer import parallel
from trainer.checkpoint import LATEST, MANIFEST, Saver, latest
from trainer.errors import BadCheckpoint, NoRoom
from trainer.parallel import World
from warehouse import storage

State = dict[str, torch.Tensor]


@pytest.fixture
def world() -> Iterator[World]:
    with parallel.joined() as one:
        yield one


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "checkpoints"


@pytest.fixture
def saver(folder: Path, world: World) -> Saver:
    return Saver(folder, "this run", 2, world)


def state(value: float) -> State:
    return {"weight.a": torch.full((40, 50), value), "step.a": torch.tensor(value)}


def save(saver: Saver, step: int) -> None:
    saver.start(step, state(step), {"step": step})
    saver.finish()


def test_what_was_saved_is_loaded(saver: Saver, folder: Path) -> None:
    save(saver, 3)
    found, into = latest(folder), state(0)
    assert found is not None
    found.load_into(into)
    assert all(map(torch.equal, into.values(), state(3).values()))
    assert (found.step, found.run, found.progress) == (3, "this run", {"step": 3})


def test_a_save_has_what_there_was_when_it_began(saver: Saver, folder: Path) -> None:
    changing, into = state(1), state(0)
    saver.start(1, changing, {})
    changing["weight.a"].fill_(9)
    saver.finish()
    found = latest(folder)
    assert found is not None
    found.load_into(into)
    assert torch.equal(into["weight.a"], state(1)["weight.a"])


def test_there_is_none_before_the_first_is_complete(saver: Saver, folder: Path) -> None:
    assert latest(folder) is None
    saver.start(1, state(1), {})
    assert latest(folder) is None
    saver.finish()
    assert latest(folder) is not None


def test_the_last_few_are_kept(saver: Saver, folder: Path) -> None:
    for step in (1, 2, 3):
        save(saver, step)
    assert storage.names(folder) == [LATEST, "step-00000002", "step-00000003"]


def test_a_save_that_was_cut_off_is_no_checkpoint(saver: Saver, folder: Path) -> None:
    save(saver, 1)
    draft = folder / ".step-00000002.draft"
    draft.mkdir()
    (draft / "__0_0.distcp").write_bytes(b"half of it")
    found = latest(folder)
    assert found is not None
    assert found.step == 1
    save(saver, 2)
    assert not draft.exists()


def test_a_truncated_file_is_named_and_the_checkpoint_before_is_the_way_out(
    saver: Saver, folder: Path
) -> None:
    save(saver, 1)
    save(saver, 2)
    file = folder / "step-00000002" / "__0_0.distcp"
    size = file.stat().st_size
    file.write_bytes(file.read_bytes()[:-10])
    with pytest.raises(BadCheckpoint, match=rf"__0_0.distcp has {size - 10} bytes of {size}: remo"):
        latest(folder)
    for path in file.parent.iterdir():
        path.unlink()
    file.parent.rmdir()
    found = latest(folder)
    assert found is not None
    assert found.step == 1


def test_a_damaged_manifest_is_named(saver: Saver, folder: Path) -> None:
    save(saver, 1)
    manifest = folder / "step-00000001" / MANIFEST
    manifest.write_text("{")
    with pytest.raises(BadCheckpoint, match=r"manifest.json is damaged: remove"):
        latest(folder)
    manifest.unlink()
    with pytest.raises(BadCheckpoint, match=r"has no manifest.json"):
        latest(folder)


def test_one_of_another_format_is_refused(saver: Saver, folder: Path) -> None:
    save(saver, 1)
    manifest = folder / "step-00000001" / MANIFEST
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"format": 99}))
    with pytest.raises(BadCheckpoint, match="another Passlake"):
        latest(folder)


def test_tensors_of_another_shape_are_not_loaded(saver: Saver, folder: Path) -> None:
    save(saver, 1)
    found = latest(folder)
    assert found is not None
    with pytest.raises(BadCheckpoint, match="cannot be read"):
        found.load_into({"weight.a": torch.zeros(3, 3)})
    with pytest.raises(BadCheckpoint, match="cannot be read"):
        found.load_into({"weight.b": torch.zeros(40, 50)})


def test_a_disk_that_fills_leaves_the_last_one_as_it_was(saver: Saver, folder: Path) -> None:
    save(saver, 1)
    with at_most(4096), pytest.raises(NoRoom, match="no room left to write"):
        save(saver, 2)
    found = latest(folder)
    assert found is not None
    assert found.step == 1
    assert storage.names(folder) == [LATEST, "step-00000001"]
    save(saver, 2)
