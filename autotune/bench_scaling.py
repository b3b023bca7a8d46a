"""The part of `bench cluster` that needs a campaign: what engines cost, and how they scale here.

*Overhead*: tasks that do nothing, one after the other through one worker, so what is left is the
engine's. *Scaling*: a campaign's tasks by one worker and by several, in turn, so that a drifting
machine slows both; starting an engine and its workers is counted apart. *Ceiling*: what the machine
gives to as many processes that have nothing to do with each other, each with all the tasks: they
share its caches, its memory and whatever else runs on it.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from autotune.campaign import Campaign
from autotune.drive import SetAside, run_in_pieces
from autotune.errors import TasksSetAside
from autotune.executors.base import Executor, Failure
from autotune.executors.engines import EngineChoice
from autotune.grow import grow
from autotune.pass_rows import record_pass_space
from autotune.search_pieces import SearchPieces
from autotune.tune_options import TuneOptions
from autotune.worker import search_task
from corpus.build import open_sources
from corpus.llvm.passes import PassSpace
from corpus.llvm.toolchain import Toolchain
from corpus.selection import Selection, select
from warehouse.lake import Lake
from warehouse.task import Receipt, Task

EMPTY_TASKS: Final = 60
"""Tasks that do nothing, through each engine."""

_PROGRAMS: Final = "csmith:40"
_EVALUATIONS: Final = 400
_POLL_S: Final = 0.005
"""How long a worker that has ended a task may wait for the next one where several are watched."""

_WARM_S: Final = 120.0
"""How long workers may wait for each other before anything is measured."""


@dataclass(frozen=True)
class EngineFigures:
    """One engine on this machine, medians over the rounds.

    `start_s`: until each of its workers has searched a function. `task_ms`: wall time of a task
    that does nothing. `one_s` and `several_s`: the same searches by one worker and by `workers`;
    `efficiency`: one_s / (workers × several_s) within a round, 1 is linear.
    """

    engine: str
    start_s: float
    task_ms: float
    workers: int
    one_s: float
    several_s: float
    efficiency: float


@dataclass(frozen=True)
class Ceiling:
    """The same searches by one process alone, and by each of several that share nothing.

    `efficiency`: alone_s / together_s within a round: no engine can be expected to do better.
    """

    processes: int
    alone_s: float
    together_s: float
    efficiency: float


@dataclass(frozen=True)
class Scaling:
    """All engines, and what could be expected of them."""

    engines: tuple[EngineFigures, ...]
    ceiling: Ceiling


def scale(  # noqa: PLR0913 - each decides what is measured
    lake: Lake,
    toolchain: Toolchain,
    engines: Sequence[str],
    *,
    workers: int,
    rounds: int,
    say: Callable[[str], None],
) -> Scaling:
    """Measure, round by round; fills an empty lake. Raises BadOption and TasksSetAside."""
    tasks = _searches(lake, toolchain)
    together = _Rounds("", workers)
    by_engine = [_Rounds(engine, workers) for engine in engines]
    for number in range(rounds):
        _independent(lake, tasks, together)
        for one in by_engine:
            _engine(lake, tasks, one)
        found = [f"{one.engine} {one.efficiency(number):.2f}" for one in by_engine]
        ceiling = workers * together.efficiency(number)
        say(f"round {number + 1}: {', '.join(found)} of linear, processes {ceiling:.2f}")
    return Scaling(tuple(one.figures() for one in by_engine), together.ceiling())


def empty_task(task: Task, lake: Lake, attempt: int) -> Receipt:
    """Do nothing: the entry of tasks that show an engine's own cost."""
    del lake
    return Receipt(task.task_id, attempt, (), 0.0, 0.0, "")


def warm_task(task: Task, lake: Lake, attempt: int) -> Receipt:
    """Search a function once as many workers as there should be have begun: all are then warm.

    Without waiting for each other the first worker could do what was meant for all.
    """
    folder = Path(task.payload["folder"])
    Path(folder, task.task_id).touch()
    deadline = time.monotonic() + _WARM_S
    while len(list(folder.iterdir())) < task.payload["workers"] and time.monotonic() < deadline:
        time.sleep(0.01)
    search_task(replace(task, payload=task.payload["search"]), lake, attempt)
    return Receipt(task.task_id, attempt, (), 0.0, 0.0, "")


def _searches(lake: Lake, toolchain: Toolchain) -> Sequence[Task]:
    """The tasks of a campaign on random programs."""
    with EngineChoice("local", None).executor(lake) as executor:
        grow(lake, open_sources([_PROGRAMS], toolchain), toolchain, executor)
    space = PassSpace.load()
    record_pass_space(lake, space)
    options = TuneOptions("random", "instructions", _EVALUATIONS, None, 0, gate=False)
    campaign = Campaign.freeze(options, toolchain, select(lake, Selection(max_instructions=120)))
    rows = lake.read("functions", columns=["function_id", "instructions"]).to_pylist()
    sizes = {row["function_id"]: row["instructions"] for row in rows}
    return campaign.tasks(sizes, str(toolchain.prefix))


@dataclass
class _Rounds:
    """What was measured of one engine, or of processes that share nothing, round by round."""

    engine: str
    workers: int
    start_s: list[float] = field(default_factory=list)
    empty_s: list[float] = field(default_factory=list)
    one_s: list[float] = field(default_factory=list)
    several_s: list[float] = field(default_factory=list)

    def efficiency(self, number: int) -> float:
        return self.one_s[number] / (self.workers * self.several_s[number])

    def figures(self) -> EngineFigures:
        return EngineFigures(
            engine=self.engine,
            start_s=statistics.median(self.start_s),
            task_ms=1000 * statistics.median(self.empty_s) / EMPTY_TASKS,
            workers=self.workers,
            one_s=statistics.median(self.one_s),
            several_s=statistics.median(self.several_s),
            efficiency=statistics.median(map(self.efficiency, range(len(self.one_s)))),
        )

    def ceiling(self) -> Ceiling:
        """Each of these processes does as much as the one that was alone."""
        efficiencies = [self.workers * self.efficiency(one) for one in range(len(self.one_s))]
        return Ceiling(
            processes=self.workers,
            alone_s=statistics.median(self.one_s),
            together_s=statistics.median(self.several_s),
            efficiency=statistics.median(efficiencies),
        )


def _engine(lake: Lake, tasks: Sequence[Task], rounds: _Rounds) -> None:
    with _started(lake, EngineChoice(rounds.engine, 1), tasks, rounds.start_s) as executor:
        rounds.empty_s.append(_wall_s(lake, executor, _empty(EMPTY_TASKS)))
        rounds.one_s.append(_wall_s(lake, executor, tasks))
    several = EngineChoice(rounds.engine, rounds.workers)
    with _started(lake, several, tasks, rounds.start_s) as executor:
        rounds.several_s.append(_wall_s(lake, executor, tasks))


def _independent(lake: Lake, tasks: Sequence[Task], rounds: _Rounds) -> None:
    """All tasks by a worker process alone, then by each of several at the same time."""
    with ExitStack() as stack:
        apart = [
            stack.enter_context(_started(lake, EngineChoice("local", 1), tasks, rounds.start_s))
            for _ in range(rounds.workers)
        ]
        rounds.one_s.append(_each_s(apart[:1], tasks))
        rounds.several_s.append(_each_s(apart, tasks))


def _each_s(apart: Sequence[Executor], tasks: Sequence[Task]) -> float:
    """Seconds until an executor has done all tasks, while each of the others does the same.

    Their mean: who is slower has a part of the machine for itself in the end. Raises TasksSetAside.
    """
    started = time.monotonic()
    left = dict.fromkeys(range(len(apart)), len(tasks))
    took_s: list[float] = []
    for executor in apart:
        for task in tasks:
            executor.submit(task, 1)
    while left:
        for number in list(left):
            ended = apart[number].completed(_POLL_S)
            if isinstance(ended, Failure):
                raise TasksSetAside(ended.reason)
            left[number] -= ended is not None
            if not left[number]:
                del left[number]
                took_s.append(time.monotonic() - started)
    return statistics.mean(took_s)


@contextmanager
def _started(
    lake: Lake, choice: EngineChoice, tasks: Sequence[Task], start_s: list[float]
) -> Iterator[Executor]:
    """An engine whose workers have all searched something; notes how long that took."""
    assert choice.workers is not None
    started = time.monotonic()
    with choice.executor(lake) as executor, tempfile.TemporaryDirectory() as folder:
        _wall_s(lake, executor, _warm(tasks[0], choice.workers, folder))
        start_s.append(time.monotonic() - started)
        yield executor


def _warm(like: Task, workers: int, folder: str) -> list[Task]:
    search = {**like.payload, "function_ids": like.payload["function_ids"][:1]}
    payload = {"folder": folder, "workers": workers, "search": search, "function_ids": []}
    entry = f"{warm_task.__module__}:{warm_task.__name__}"
    return [Task(f"warm-{number}", entry, payload) for number in range(workers)]


def _empty(count: int) -> list[Task]:
    entry = f"{empty_task.__module__}:{empty_task.__name__}"
    return [Task(f"empty-{number}", entry, {"function_ids": []}) for number in range(count)]


def _wall_s(lake: Lake, executor: Executor, tasks: Sequence[Task]) -> float:
    """Seconds on the clock for tasks, of which all must be done. Raises TasksSetAside."""
    started = time.monotonic()
    for ended in run_in_pieces(executor, tasks, SearchPieces(lake)):
        if isinstance(ended, SetAside):
            raise TasksSetAside(str(ended))
    return time.monotonic() - started
