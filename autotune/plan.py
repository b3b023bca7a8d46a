"""`passlake plan`: what a campaign would take, from what campaigns took.

Time is that of the workers at work, all at once, and of the last task, for which the others wait;
the driver's load is beside it, since one driver serves all. Price is of processors that are rented
as long as the campaign lasts, the driver's own included, at work or not.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc

from autotune.errors import BadOption, NothingMeasured
from autotune.plan_figures import DriverCost, Figures, lengths_of, table_bytes
from warehouse.lake import Lake

_MINUTE_S, _HOUR_S, _DAY_S = 60.0, 3600.0, 86_400.0

FULL_LOAD = 0.5
"""Share of a core from which a driver is called the limit: commits then wait for one another."""


@dataclass(frozen=True)
class Wanted:
    """What is to be planned. Raises BadOption for what cannot be.

    `instructions`: mean length of the functions; None: as measured. `price`: of a processor's hour.
    """

    functions: int
    workers: int
    instructions: float | None = None
    price: float | None = None

    def __post_init__(self) -> None:
        """Raise BadOption for what cannot be planned."""
        if self.functions < 1 or self.workers < 1:
            raise BadOption("--functions and --workers: at least 1 is needed")
        if self.instructions is not None and not self.instructions >= 1:
            raise BadOption(f"--mean-instructions {self.instructions}: at least 1 is needed")
        if self.price is not None and not self.price >= 0:
            raise BadOption(f"--price-per-cpu-hour {self.price}: 0 or more is needed")


@dataclass(frozen=True)
class Plan:
    """What it would take. Seconds, bytes; `price` in the unit of the price that was given."""

    wanted: Wanted
    figures: Figures
    cpu_s: float
    wall_s: float
    tasks: int
    task_wall_s: float
    commits: int
    driver_cpu_s: float
    table_bytes: Mapping[str, float]

    @property
    def driver_share(self) -> float:
        """Of one core, while the campaign lasts."""
        return self.driver_cpu_s / self.wall_s

    @property
    def error(self) -> float:
        """How far off its CPU time may be for chance alone, as a share: two standard errors.

        A few searches take a hundred times as long as others, so hundreds say little of hundreds.
        """
        measured, wanted = self.figures.functions, self.wanted.functions
        mean_s = self.cpu_s / wanted
        return 2 * self.figures.scatter_s * math.sqrt(1 / measured + 1 / wanted) / mean_s

    @property
    def price(self) -> float | None:
        """Of all processors for the whole time; None where no price was given."""
        if self.wanted.price is None:
            return None
        return self.wanted.price * (self.wanted.workers + 1) * self.wall_s / _HOUR_S

    @property
    def total_bytes(self) -> float:
        """Of all tables."""
        return sum(self.table_bytes.values())

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "functions": self.wanted.functions,
            "workers": self.wanted.workers,
            "cpu_days": self.cpu_s / _DAY_S,
            "cpu_s": self.cpu_s,
            "error": self.error,
            "wall_s": self.wall_s,
            "tasks": self.tasks,
            "task_wall_s": self.task_wall_s,
            "tasks_per_s": self.tasks / self.wall_s,
            "commits": self.commits,
            "driver_cpu_s": self.driver_cpu_s,
            "driver_share": self.driver_share,
            "bytes": self.total_bytes,
            "table_bytes": dict(self.table_bytes),
            "price": self.price,
            "figures": self.figures.document(),
        }

    def rows(self) -> Sequence[Mapping[str, Any]]:
        """For a person, as a table."""
        said = [
            ("time", duration(self.wall_s)),
            ("CPU time", f"{self.cpu_s / _DAY_S:.3g} CPU days, give or take {self.error:.0%}"),
            ("tasks", f"{self.tasks:,} of {duration(self.task_wall_s)}"),
            ("on disk", size(self.total_bytes)),
            *((f"  {table}", size(of_it)) for table, of_it in self.table_bytes.items()),
            ("driver", f"{self.driver_share:.1%} of a core, {self.commits:,} commits"),
        ]
        if self.price is not None:
            said.append(("price", f"{self.price:,.2f}"))
        return [{"what": what, "planned": planned} for what, planned in said]

    def lines(self) -> Sequence[str]:
        """For a person, below the table: where the figures come from, and what limits."""
        limits = []
        if self.driver_share > FULL_LOAD:
            most = int(self.wanted.workers * FULL_LOAD / self.driver_share)
            limits = [
                f"the driver would be the limit: take at most {most} workers, or several campaigns"
            ]
        if self.tasks < self.wanted.workers:
            limits.append(f"{self.wanted.workers - self.tasks} workers would have nothing to do")
        return [*limits, str(self.figures)]


def plan(
    figures: Figures, driver: DriverCost, wanted: Wanted, searches_s: float | None = None
) -> Plan:
    """What `wanted` would take by these figures; `searches_s` where the functions are known."""
    functions, workers = wanted.functions, wanted.workers
    tasks = max(1, round(functions / figures.task_functions))
    searches_s = searches_s or functions * figures.mean_s(wanted.instructions)
    cpu_s = searches_s + tasks * figures.task_fixed_s
    task_wall_s = cpu_s / tasks * figures.wall_share
    # Largest first: at the end each worker waits for half a task on the average.
    busy_s = cpu_s * figures.wall_share / workers
    wall_s = max(busy_s + task_wall_s / 2 * (workers > 1), task_wall_s)
    commits = max(1, min(tasks, round(wall_s / driver.every_s)))
    return Plan(
        wanted,
        figures,
        cpu_s=cpu_s,
        wall_s=wall_s,
        tasks=tasks,
        task_wall_s=task_wall_s,
        commits=commits,
        driver_cpu_s=tasks * driver.task_s + commits * driver.commit_s,
        table_bytes={name: functions * each for name, each in figures.table_bytes.items()},
    )


@dataclass(frozen=True)
class Checked:
    """A plan beside what a finished campaign really took."""

    plan: Plan
    took: Mapping[str, float]

    @property
    def ratios(self) -> dict[str, float]:
        """Planned over real, of CPU time, time and bytes."""
        planned = self.plan.document()
        return {name: planned[name] / real for name, real in self.took.items() if real}

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return self.plan.document() | {"took": dict(self.took), "planned_over_real": self.ratios}

    def lines(self) -> Sequence[str]:
        """For a person."""
        return [
            *self.plan.lines(),
            *(
                f"{name}: planned {self.plan.document()[name]:.4g}, took {self.took[name]:.4g},"
                f" planned over real {ratio:.2f}"
                for name, ratio in self.ratios.items()
            ),
        ]


def check(
    lake: Lake, campaign_id: str, figures: Figures, driver: DriverCost, workers: int
) -> Checked:
    """Plan a campaign that the lake has finished, and set beside it what it took on `workers`.

    Its time is from its start to its last commit, so it must have run in one go. Raises
    NothingMeasured where there is no such campaign.
    """
    of_it = pc.field("campaign_id") == campaign_id
    campaigns = lake.read("campaigns", where=of_it).to_pylist()
    ledger = lake.read("tasks", where=of_it & (pc.field("state") == "done")).to_pylist()
    if not campaigns or not ledger:
        raise NothingMeasured(f"{lake.location}: there is no finished campaign {campaign_id}")
    function_ids = campaigns[0]["function_ids"]
    lengths = lengths_of(lake, function_ids)
    wanted = Wanted(len(function_ids), workers, float(lengths.mean()))
    ended = max(row["committed_at"] for row in ledger)
    took = {
        "cpu_s": sum(row["cpu_s"] for row in ledger),
        "wall_s": (ended - campaigns[0]["started_at"]).total_seconds(),
        "tasks": float(len(ledger)),
        "bytes": _bytes_of(lake, campaign_id, function_ids),
    }
    return Checked(plan(figures, driver, wanted, figures.searches_s(lengths)), took)


def _bytes_of(lake: Lake, campaign_id: str, function_ids: Sequence[str]) -> float:
    """Bytes of a campaign and of its share of the corpus."""
    return len(function_ids) * sum(table_bytes(lake, campaign_id, len(function_ids)).values())


def duration(seconds: float) -> str:
    """For a person: `3.2 days`, `4 h 05 min`, `12 min`, `8.1 s`."""
    if seconds < _MINUTE_S:
        return f"{seconds:.1f} s"
    if seconds < _HOUR_S:
        return f"{seconds / _MINUTE_S:.0f} min"
    if seconds < 2 * _DAY_S:
        return f"{int(seconds // _HOUR_S)} h {int(seconds % _HOUR_S // _MINUTE_S):02d} min"
    return f"{seconds / _DAY_S:.1f} days"


def size(amount: float) -> str:
    """For a person: `12.3 GB`, in powers of ten."""
    power = min(4, max(0, int(math.log10(max(amount, 1)) // 3)))
    return f"{amount / 1000**power:.3g} {('B', 'kB', 'MB', 'GB', 'TB')[power]}"
