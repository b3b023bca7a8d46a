"""How far a job is, on standard error: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from typing import Self

from autotune.drive import Done, SetAside

_LINE_EVERY_S = 10.0


class TaskProgress:
    """Told by the driver; weighs tasks by their expected cost, so that the estimate holds."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._tasks = self._ended = self._finished = 0
        self._cost_s = self._ended_cost_s = 0.0
        self._started = self._said = time.monotonic()
        self._bar = _Bar(what) if sys.stderr.isatty() else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def start(self, tasks: int, cost_s: float, finished: int) -> None:
        """Begin to count."""
        self._tasks, self._cost_s, self._finished = tasks, cost_s, finished
        self._started = self._said = time.monotonic()
        if finished:
            self._line(f"{finished} tasks were finished before, {tasks} are left")
        if self._bar is not None:
            self._bar.show(0.0, "")

    def advance(self, ended: Done | SetAside) -> None:
        """Count one, and say so where it is time."""
        self._ended += 1
        self._ended_cost_s += ended.task.cost_s
        if isinstance(ended, SetAside):
            self._line(str(ended))
        share = self._ended_cost_s / self._cost_s if self._cost_s else 1.0
        spent_s = time.monotonic() - self._started
        left = f"about {_span(spent_s / share * (1 - share))} left" if share else ""
        if self._bar is not None:
            self._bar.show(share, left)
        elif time.monotonic() - self._said >= _LINE_EVERY_S:
            self._said = time.monotonic()
            self._line(f"{self._ended} of {self._tasks} tasks, {share:.0%}, {left}")

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
