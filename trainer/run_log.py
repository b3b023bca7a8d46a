"""What a run tells: a JSON line for each step in its folder, curves for TensorBoard, words.

`log.jsonl` is only ever appended to. A run that goes on from a checkpoint says so in a line of its
own, and steps that it takes again have two lines: the last one counts (`steps_of`).
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any, Final, Self

from trainer.folder import room

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_SAID_EVERY_S: Final = 10.0


class RunLog:
    """The log of one run, written by its first process alone."""

    def __init__(self, folder: Path, *, tensorboard: bool = False) -> None:
        """Append to `log.jsonl` in the folder.

        Raises BadRecipe where TensorBoard is asked for and not installed.
        """
        self._path = folder / "log.jsonl"
        self._file = self._path.open("a", encoding="utf-8")
        self._curves = _curves(folder) if tensorboard else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()
        if self._curves is not None:
            self._curves.close()

    def write(self, line: Mapping[str, Any]) -> None:
        """Append a line, and give it to the system.

        Raises NoRoom.
        """
        with room(self._path):
            # What is no number is no JSON either: null.
            plain = json.loads(json.dumps(line), parse_constant=lambda _: None)
            self._file.write(json.dumps(plain) + "\n")
            self._file.flush()
        if self._curves is not None and "step" in line:
            for name, value in line.items():
                if name != "step" and isinstance(value, int | float):
                    self._curves.add_scalar(name, value, line["step"])


def steps_of(folder: Path) -> dict[int, dict[str, Any]]:
    """The lines of steps in a run's folder, by step; a last line that was cut off is none."""
    found: dict[int, dict[str, Any]] = {}
    for line in (folder / "log.jsonl").read_text(encoding="utf-8").splitlines():
        try:
            values = json.loads(line)
        except ValueError:
            continue
        if values.get("event") == "step":
            found[values["step"]] = values
    return found


class Teller:
    """Says on standard error how far training is and how long it will take."""

    def __init__(self, what: str, *, quiet: bool = False) -> None:
        """`quiet` for processes that are not the first."""
        self._what = what
        self._quiet = quiet
        self._said_s = time.monotonic()

    def say(self, text: str) -> None:
        """A line."""
        if not self._quiet:
            sys.stderr.write(f"{self._what}: {text}\n")
            sys.stderr.flush()

    def step(self, done: int, steps: int, figures: Mapping[str, Any], left_s: float) -> None:
        """A line now and then."""
        now = time.monotonic()
        if done < steps and now - self._said_s < _SAID_EVERY_S:
            return
        self._said_s = now
        rate = figures["tokens_per_s"]
        self.say(
            f"step {done} of {steps}, loss {figures['loss']:.3f}, {rate:,.0f} tokens/s"
            + (f", about {span(left_s)} left" if done < steps else "")
        )


def span(seconds: float) -> str:
    """A length of time in words."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _curves(folder: Path) -> Any:  # noqa: ANN401  (a SummaryWriter)
    from trainer.errors import BadRecipe

    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise BadRecipe(
            "--tensorboard: TensorBoard is not installed (pip install tensorboard)"
        ) from error
    return SummaryWriter(str(folder / "tensorboard"))
