"""Runs that kill themselves at a chosen moment, and go on: run by tests.

`python kill_trainer.py FOLDER` prints one JSON line for each run: its name, how its processes
ended, and the losses and tokens of every step once it had come to its end. Processes are forked
from one that has imported what a run imports and computed nothing: importing takes longer.
"""

import json
import os
import shutil
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
import torch.distributed.checkpoint.state_dict_saver
import torch.distributed.fsdp
import torch.utils.data
from transformers import LlamaForCausalLM  # noqa: F401

from tests.unit.trainer.small_runs import export, job, long
from trainer import checkpoint, checkpoint_files
from trainer.loop import Training
from trainer.run_log import steps_of
from trainer.train import train
from warehouse import storage

KILL_AT = 10


def die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def at_step(step: int) -> None:
    taken = Training.step

    def take(self: Training, **given: bool) -> dict[str, Any]:
        if self.progress.step == step:
            die()
        return taken(self, **given)

    Training.step = take  # type: ignore[method-assign]


def nth_call(owner: Any, name: str, number: int) -> None:  # noqa: ANN401
    """Die when something is called for the nth time."""
    called, calls = getattr(owner, name), iter(range(1, 1_000_000))

    def call(*given: object, **options: object) -> object:
        return die() if next(calls) == number else called(*given, **options)

    setattr(owner, name, call)


def in_the_second_save(owner: Any, name: str) -> Callable[[], None]:  # noqa: ANN401
    """Die when something is first called in it."""

    def patch() -> None:
        begun = checkpoint.Saver.start

        def start(self: checkpoint.Saver, step: int, *given: Any) -> None:  # noqa: ANN401
            if step == 8:
                self.finish()
                nth_call(owner, name, 1)
            begun(self, step, *given)

        checkpoint.Saver.start = start  # type: ignore[method-assign]

    return patch


MOMENTS: dict[str, Callable[[], None]] = {
    "between saves": lambda: at_step(KILL_AT),
    "while tensors are written": in_the_second_save(checkpoint_files._NotingStream, "write"),
    "before the manifest": in_the_second_save(storage, "write_bytes"),
    "before the folder has its name": in_the_second_save(storage, "rename"),
    "while an old one is removed": lambda: nth_call(checkpoint.shutil, "rmtree", 8),
}


def before_the_pointer() -> None:
    """Die once the second checkpoint has its name, and nothing points at it."""
    renamed = storage.rename

    def rename(path: Path, target: Path) -> None:
        renamed(path, target)
        if target.name == "step-00000008":
            die()

    storage.rename = rename


MOMENTS["before the pointer"] = before_the_pointer


def forked(work: Callable[[], object]) -> int:
    """A child's process id; it works and ends."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        torch.set_num_threads(1)
        work()
        status = 0
    except BaseException:  # noqa: BLE001  (said; a child must not go on as its parent)
        traceback.print_exc()
    os._exit(status)


def ended(children: Sequence[int]) -> list[int]:
    """Exit statuses, negative for signals."""
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def processes(folder: Path, data: Path, count: int, patch: Callable[[], None]) -> list[int]:
    """So many processes take part in a run."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def work(rank: int) -> None:
        os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
        os.environ.update(RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(count))
        patch()
        train(job(folder, data, long()))

    return ended([forked(lambda rank=rank: work(rank)) for rank in range(count)])


def main() -> None:
    place = Path(sys.argv[1])
    data = export(place / "made_up")

    def tell(name: str, statuses: list[int]) -> None:
        steps = sorted(steps_of(place / name).items())
        losses = [values["loss"] for _, values in steps]
        tokens = [values["tokens"] for _, values in steps]
        line = {"run": name, "statuses": statuses, "losses": losses, "tokens": tokens}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()

    def nothing() -> None:
        pass

    tell("undisturbed", processes(place / "undisturbed", data, 1, nothing))

    def prepared(name: str) -> Path:
        (place / name).mkdir()
        shutil.copytree(place / "undisturbed" / "data", place / name / "data")
        return place / name

    for name, patch in MOMENTS.items():
        folder = prepared(name)
        killed = processes(folder, data, 1, patch)
        tell(name, killed + processes(folder, data, 1, nothing))
    tell("two processes", processes(prepared("two processes"), data, 2, nothing))
    as_many = prepared("two, then two")
    killed = processes(as_many, data, 2, lambda: at_step(KILL_AT))
    tell("two, then two", killed + processes(as_many, data, 2, nothing))
    fewer = prepared("two, then one")
    killed = processes(fewer, data, 2, lambda: at_step(KILL_AT))
    tell("two, then one", killed + processes(fewer, data, 1, nothing))


if __name__ == "__main__":
    main()
