"""How far a job is, on standard error: a live view on a terminal, a line now and then elsewhere."""

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Self

from autotune.drive import Done, Progress, SetAside, Several
from autotune.tally import JobTally
from warehouse.task import Task

if TYPE_CHECKING:
    from rich.console import ConsoleRenderable

_LINE_EVERY_S = 10.0
_SHOWN_PER_S = 2.0
"""How often a terminal is drawn anew: drawing takes a driver's time, and nobody reads faster."""


class TaskProgress:
    """Told by the driver; weighs tasks by their expected cost, so that the estimate holds.

    `functions` is how many the job is about, where it is about functions.
    """

    def __init__(self, what: str, functions: int | None = None) -> None:
        self._what = what
        self._functions = functions
        self._tally = JobTally(time.monotonic())
        self._said = time.monotonic()
        self._view = _View(self) if sys.stderr.isatty() else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._view is not None:
            self._view.close()
        if self._tally.skipped:
            self._line(f"{self._tally.skipped} tasks were finished before")

    def start(self, cost_s: float) -> None:
        """Begin to count."""
        self._tally.cost_s = cost_s
        self._tally.started_s = self._said = time.monotonic()
        if self._view is not None:
            self._view.open()

    def skip(self, task: Task) -> None:
        """Count one that needs no time."""
        self._tally.skip(task)

    def advance(self, ended: Done | SetAside) -> None:
        """Count one, and say so where it is time."""
        now = time.monotonic()
        self._tally.end(ended, now)
        if isinstance(ended, SetAside):
            self._line(str(ended))
        if self._view is None and now - self._said >= _LINE_EVERY_S:
            self._said = now
            self._line(", ".join(self.said(now)))

    def said(self, now: float) -> list[str]:
        """The state in words, the most general first."""
        tally = self._tally
        left_s = tally.left_s(now)
        ended = tally.done + tally.set_aside
        words = [f"{ended} tasks, {tally.share:.0%}"]
        words += [f"about {_span(left_s)} left"] if left_s is not None else []
        if tally.functions:
            of = f" of {self._functions:,}" if self._functions is not None else ""
            words.append(f"{tally.functions + tally.skipped_functions:,}{of} functions")
            words.append(f"{tally.evaluations_per_s(now):,.0f} evaluations/s")
            words.append(f"{tally.improved:,} smaller than -Oz")
            words.append(f"gain so far {100 * (tally.improvement_over_oz or 0):.2f} %")
            words += [
                f"{count:,} {name.replace('_', ' ')}"
                for name, count in tally.outcomes.most_common()
                if name != "ok"
            ]
        return words

    def drawn(self) -> "ConsoleRenderable":
        """The state as the terminal shows it: a bar, and a line of figures below it."""
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        general, *figures = self.said(time.monotonic())
        head = Table.grid(padding=(0, 1))
        bar = ProgressBar(total=1.0, completed=self._tally.share, width=40)
        head.add_row(Text(self._what, style="bold"), bar, Text(general))
        return Group(head, *([Text("  ".join(figures), style="dim")] if figures else []))

    def _line(self, text: str) -> None:
        sys.stderr.write(f"{self._what}: {text}\n")


class _View:
    """The live part of a terminal; what is written above it meanwhile scrolls on."""

    def __init__(self, progress: TaskProgress) -> None:
        from rich.console import Console
        from rich.live import Live

        self._live = Live(
            get_renderable=progress.drawn,
            console=Console(file=sys.stderr),
            refresh_per_second=_SHOWN_PER_S,
            redirect_stdout=False,  # the result goes there, once the view is closed
        )

    def open(self) -> None:
        self._live.start(refresh=True)

    def close(self) -> None:
        self._live.stop()


@contextlib.contextmanager
def followed(
    what: str, *, functions: int | None, events: Path | None, metrics: tuple[str, int] | None
) -> Iterator[Progress]:
    """Everybody who wants to be told of a job: standard error, a file, an address and port.

    Raises BadOption for a file that cannot be written or a port that cannot be had.
    """
    from autotune.event_log import EventLog
    from autotune.metrics import Metrics

    with contextlib.ExitStack() as stack:
        told: list[Progress] = []
        if events is not None:
            told.append(stack.enter_context(EventLog(events, what)))
        if metrics is not None:
            address, port = metrics
            told.append(stack.enter_context(Metrics(port, what, address)))
        told.append(stack.enter_context(TaskProgress(what, functions)))
        yield Several(told)


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
