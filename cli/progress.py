"""How far a job is, on standard error: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from typing import Self

from autotune.drive import Done, SetAside
from warehouse.task import Task

_LINE_EVERY_S = 10.0


class TaskProgress:
    """Told by the driver; weighs tasks by their expected cost, so that the estimate holds."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._ended = self._skipped = 0
        self._cost_s = self._ended_cost_s = self._skipped_cost_s = 0.0
        self._started = self._said = time.monotonic()
        self._bar = _Bar(what) if sys.stderr.isatty() else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.close()
        if self._skipped:
            self._line(f"{self._skipped} tasks were finished before")

    def start(self, cost_s: float) -> None:
        """Begin to count."""
        self._cost_s = cost_s
        self._started = self._said = time.monotonic()
        if self._bar is not None:
            self._bar.show(0.0, "")

    def skip(self, task: Task) -> None:
        """Count one that needs no time."""
        self._skipped += 1
        self._skipped_cost_s += task.cost_s

    def advance(self, ended: Done | SetAside) -> None:
        """Count one, and say so where it is time."""
        self._ended += 1
        self._ended_cost_s += ended.task.cost_s
        if isinstance(ended, SetAside):
            self._line(str(ended))
        done_s = self._ended_cost_s + self._skipped_cost_s
        share = min(1.0, done_s / self._cost_s) if self._cost_s else 1.0
        spent_s = time.monotonic() - self._started
        to_do_s = max(0.0, self._cost_s - done_s)
        rate = spent_s / self._ended_cost_s if self._ended_cost_s else 0.0
        left = f"about {_span(to_do_s * rate)} left"
        if self._bar is not None:
            self._bar.show(share, left)
        elif time.monotonic() - self._said >= _LINE_EVERY_S:
            self._said = time.monotonic()
            self._line(f"{self._ended} tasks, {share:.0%}, {left}")

    def _line(self, text: str) -> None:
        sys.stderr.write(f"{self._what}: {text}\n")


class _Bar:
    def __init__(self, what: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        columns = (TextColumn(what), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
        console = Console(file=sys.stderr)
        self._progress = Progress(*columns, TextColumn("{task.fields[left]}"), console=console)
        self._task = self._progress.add_task(what, total=1.0, left="")
        self._progress.start()

    def show(self, share: float, left: str) -> None:
        self._progress.update(self._task, completed=share, left=left)

    def close(self) -> None:
        self._progress.stop()


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
