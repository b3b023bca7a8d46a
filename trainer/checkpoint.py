"""Checkpoints: everything that a run needs to go on as if nothing had happened.

    checkpoints/step-00000100/    sharded tensors (torch's DCP) and manifest.json
    checkpoints/latest            the name of the last complete one

A checkpoint is written under a draft's name while training goes on, and is one once it is whole on
the disk: its manifest lists every file with its size, the folder gets its name, and `latest`, which
is written last and replaced by a rename, names it. Whatever is killed, `latest` names a whole
checkpoint. Tensors are stored by their place in the whole, so a run may go on with another number
of processes.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from trainer.errors import BadCheckpoint, TrainingFailed
from trainer.folder import room
from warehouse import storage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import torch

    from trainer.checkpoint_files import NotingWriter
    from trainer.parallel import World


class Written(Protocol):
    """What is being written while training goes on: a future of torch's."""

    def done(self) -> bool:
        """Whether it has ended, well or not."""
        ...

    def result(self) -> object:
        """Wait for its end; raises what it raised."""
        ...


MANIFEST: Final = "manifest.json"
LATEST: Final = "latest"

_FORMAT: Final = 1
_NAME = re.compile(r"step-\d{8}")


@dataclass(frozen=True)
class Checkpoint:
    """A complete one. `run` says of which run it is, `progress` how far it had come."""

    folder: Path
    step: int
    run: str
    progress: Mapping[str, Any]

    @classmethod
    def open(cls, folder: Path) -> Checkpoint:
        """The checkpoint in a folder, with every file of its manifest in full length.

        Raises BadCheckpoint.
        """
        try:
            manifest = json.loads((folder / MANIFEST).read_bytes())
            files = dict(manifest["files"])
            found = cls(folder, manifest["step"], manifest["run"], manifest["progress"])
            current = manifest["format"] == _FORMAT
        except FileNotFoundError as error:
            raise BadCheckpoint(f"{folder} has no {MANIFEST}: it is no checkpoint") from error
        except (ValueError, KeyError, TypeError) as error:
            raise BadCheckpoint(f"{folder / MANIFEST} is damaged: {_way_out(folder)}") from error
        if not current:
            raise BadCheckpoint(f"{folder} was written by another Passlake: {_way_out(folder)}")
        for name, size in files.items():
            path = folder / name
            has = path.stat().st_size if path.is_file() else 0
            if has != size:
                raise BadCheckpoint(f"{path} has {has} bytes of {size}: {_way_out(folder)}")
        return found

    def load_into(self, state: dict[str, torch.Tensor]) -> None:
        """Fill these tensors, which may be spread over processes in any way. All have to ask.

        Raises BadCheckpoint.
        """
        from torch.distributed.checkpoint.api import CheckpointException
        from torch.distributed.checkpoint.state_dict_loader import load

        try:
            load(state, checkpoint_id=self.folder)
        except (Exception, CheckpointException) as error:  # whatever a reader raises, and DCP
            raise BadCheckpoint(
                f"{self.folder} cannot be read ({_first_line(error)}): {_way_out(self.folder)}"
            ) from error


def latest(folder: Path) -> Checkpoint | None:
    """The last complete checkpoint below a run's `checkpoints`, None where there is none.

    Where the one that `latest` names was removed, the last that is there.

    Raises BadCheckpoint where it is damaged.
    """
    named = (storage.read_text(folder / LATEST) or "").strip()
    there = [name for name in storage.names(folder) if _NAME.fullmatch(name)]
    if named in there:
        return Checkpoint.open(folder / named)
    return Checkpoint.open(folder / there[-1]) if there else None


@dataclass(frozen=True)
class _Pending:
    """A save that is under way."""

    step: int
    progress: Mapping[str, Any]
    future: Written
    writer: NotingWriter


class Saver:
    """Writes checkpoints of a run, one at a time, while training goes on. All processes have one.

    `keep` complete ones are kept.
    """

    def __init__(self, folder: Path, run: str, keep: int, world: World) -> None:
        self._folder = folder
        self._run = run
        self._keep = keep
        self._world = world
        self._group: Any = None
        self._pending: _Pending | None = None

    def start(self, step: int, state: dict[str, torch.Tensor], progress: Mapping[str, Any]) -> None:
        """Begin to save: on return `state` is copied and may change.

        Raises as `finish` does, of the save before.
        """
        from torch import distributed
        from torch.distributed.checkpoint.state_dict_saver import async_save

        from trainer.checkpoint_files import NotingWriter

        self.finish()
        if self._group is None:
            # Training sums over the usual group meanwhile: what is said in both would be mixed up.
            self._group = distributed.new_group(backend="gloo")
        draft = self._draft(step)
        with room(self._folder):
            if self._world.first:
                shutil.rmtree(draft, ignore_errors=True)
                storage.make_folder(self._folder)
            self._world.wait()
            writer = NotingWriter(draft)
            future = async_save(state, storage_writer=writer, process_group=self._group)
        self._pending = _Pending(step, progress, cast("Written", future), writer)

    def poll(self) -> None:
        """Complete a save that has been written. Raises as `finish` does."""
        if self._pending is not None and self._pending.future.done():
            self.finish()

    def finish(self) -> None:
        """Wait until what was begun is complete.

        Raises:
            NoRoom: the disk did not take it; nothing of it is left, and `latest` is as it was.
            TrainingFailed: it failed otherwise.
        """
        if self._pending is None:
            return
        pending, self._pending = self._pending, None
        draft = self._draft(pending.step)
        try:
            with room(self._folder):
                _written(pending)
                if self._world.first:
                    self._publish(pending.step, pending.progress)
        except BaseException:
            if self._world.first:
                shutil.rmtree(draft, ignore_errors=True)
            raise

    def _publish(self, step: int, progress: Mapping[str, Any]) -> None:
        draft, folder = self._draft(step), self._folder / f"step-{step:08}"
        manifest = {
            "format": _FORMAT,
            "step": step,
            "run": self._run,
            "processes": self._world.ranks,
            "progress": progress,
            "files": {name: (draft / name).stat().st_size for name in storage.names(draft)},
        }
        storage.write_bytes(draft / MANIFEST, json.dumps(manifest, indent=1).encode())
        shutil.rmtree(folder, ignore_errors=True)  # damaged, and named by nothing
        storage.rename(draft, folder)
        storage.write_bytes(self._folder / LATEST, f"{folder.name}\n".encode())
        complete = [name for name in storage.names(self._folder) if _NAME.fullmatch(name)]
        for name in complete[: -self._keep]:
            shutil.rmtree(self._folder / name, ignore_errors=True)

    def _draft(self, step: int) -> Path:
        return self._folder / f".step-{step:08}.draft"


def _written(pending: _Pending) -> None:
    """Wait for what DCP writes. Its own error is none that `except Exception` would see."""
    from torch.distributed.checkpoint.api import CheckpointException

    try:
        pending.future.result()
    except (Exception, CheckpointException) as error:
        if pending.writer.error is not None:
            raise pending.writer.error from error
        raise TrainingFailed(f"a checkpoint could not be saved: {_first_line(error)}") from error


def _first_line(error: BaseException) -> str:
    """What it was in the end: of what processes raised, the first one's."""
    failures = getattr(error, "failures", {})
    cause = next((wrapped[0] for wrapped in failures.values()), error)
    return (str(cause).strip().splitlines() or [type(cause).__name__])[0]


def _way_out(folder: Path) -> str:
    return f"remove {folder} to go on from the checkpoint before it"
