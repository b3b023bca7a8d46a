"""What a campaign costs, measured: from the campaigns of a lake, or as shipped.

A search's cost grows with its function, though less than in proportion: `unit_s *
instructions ** exponent` CPU seconds, fitted to the searches of one campaign by classes of length,
and scaled so that it sums to what they took. What a task
adds to its searches (a process, the sandbox's start) and how far the clock ran ahead of CPU time
are ratios of the ledger's sums. A driver's own cost is not in the ledger; it is shipped.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from autotune.errors import NothingMeasured
from warehouse.lake import Lake
from warehouse.places import place_of

SHIPPED = Path(__file__).parent / "data" / "plan_figures.json"

_OF_CORPUS = ("functions", "occurrences", "fingerprints")
_OF_CAMPAIGN = ("evaluations", "winners", "verdicts", "tasks")
"""Tables that grow with functions, and with searches."""

_OPTIONS = ("strategy", "objective", "evaluations", "cpu_seconds", "stop_at", "gate")
"""What of a campaign's options decides its cost."""


@dataclass(frozen=True)
class DriverCost:
    """CPU seconds of the driver: `task_s` for each task, `commit_s` for each commit.

    Commits are `every_s` seconds apart where tasks end without pause.
    """

    task_s: float
    commit_s: float
    every_s: float
    measured: str


@dataclass(frozen=True)
class Figures:
    """What one campaign came to, per function, instruction and task.

    `functions` and `instructions` (their mean) say what was measured; `search_s` is
    the mean of its searches, `scatter_s` how far they lie from what their length lets expect, as a
    standard deviation; `task_functions` is
    how many searches a task holds, `task_fixed_s` the CPU seconds that it adds to them,
    `wall_share` seconds on the clock per CPU second of a worker. `table_bytes` are bytes on disk
    per function.
    `options` are those that decide a campaign's cost; what was left to its default is None.
    """

    source: str
    measured: str
    code_version: str
    options: Mapping[str, Any]
    functions: int
    instructions: float
    unit_s: float
    exponent: float
    search_s: float
    scatter_s: float
    task_functions: float
    task_fixed_s: float
    wall_share: float
    table_bytes: Mapping[str, float]

    def searches_s(self, lengths: "np.ndarray[Any, Any]") -> float:
        """CPU seconds of the searches on functions of these lengths."""
        return float(self.unit_s * np.sum(lengths**self.exponent))

    def mean_s(self, instructions: float | None = None) -> float:
        """CPU seconds of a search; of functions so long on the average, and as mixed as these."""
        longer = 1.0 if instructions is None else instructions / self.instructions
        return self.search_s * float(longer**self.exponent)

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    def __str__(self) -> str:
        given = {name: value for name, value in self.options.items() if value is not None}
        said = ", ".join(f"{name} {value}" for name, value in given.items())
        return (
            f"measured {self.measured}: {self.source} ({said}), {self.functions} functions of"
            f" {self.instructions:.0f} instructions on the average"
        )


@cache
def shipped() -> tuple[Figures, DriverCost]:
    """The figures that come with this Passlake."""
    record = json.loads(SHIPPED.read_text())
    return Figures(**record["figures"]), DriverCost(**record["driver"])


def of_lake(lake: Lake, campaign_id: str | None = None) -> Figures:
    """The figures of a campaign of the lake; by default of the one with the most searches.

    Raises NothingMeasured where it has none that ended a task.
    """
    campaigns = {row["campaign_id"]: row for row in lake.read("campaigns").to_pylist()}
    done = lake.read(
        "tasks",
        columns=["campaign_id", "cpu_s", "wall_s"],
        where=(pc.field("state") == "done")
        & pc.field("campaign_id").isin(pa.array(list(campaigns), pa.string())),  # also of none
    )
    sums = done.group_by("campaign_id").aggregate(
        [("cpu_s", "sum"), ("wall_s", "sum"), ([], "count_all")]
    )
    tasks = {row["campaign_id"]: row for row in sums.to_pylist()}
    chosen = campaign_id or max(
        tasks, key=lambda one: (len(campaigns[one]["function_ids"]), one), default=None
    )
    if chosen is None or chosen not in tasks:
        named = f"campaign {campaign_id}" if campaign_id else "a campaign"
        raise NothingMeasured(
            f"{lake.location}: {named} with a finished task is not here; run passlake tune on a few"
            " functions first, or give --shipped"
        )
    return _figures(lake, campaigns[chosen], tasks[chosen])


def _figures(lake: Lake, campaign: Mapping[str, Any], of_tasks: Mapping[str, Any]) -> Figures:
    campaign_id = campaign["campaign_id"]
    searched = lake.read(
        "winners",
        columns=["function_id", "cpu_s"],
        where=pc.field("campaign_id") == campaign_id,
    )
    lengths = lengths_of(lake, searched.column("function_id").to_pylist())
    seconds = np.asarray(searched.column("cpu_s"), dtype=float)
    if not len(seconds):
        raise NothingMeasured(
            f"{lake.location}: campaign {campaign_id} searched no function; name another one"
        )
    unit_s, exponent = _power(lengths, seconds)
    searches_s, tasks = float(seconds.sum()), of_tasks["count_all"]
    return Figures(
        source=f"campaign {campaign_id} of {lake.location}",
        measured=f"{campaign['started_at'].astimezone(UTC):%Y-%m-%d}",
        code_version=campaign["code_version"],
        options={name: json.loads(campaign["options"]).get(name) for name in _OPTIONS},
        functions=len(seconds),
        instructions=float(lengths.mean()),
        unit_s=unit_s,
        exponent=exponent,
        search_s=float(seconds.mean()),
        scatter_s=float(np.std(seconds - unit_s * lengths**exponent)),
        task_functions=len(seconds) / tasks,
        task_fixed_s=max(0.0, of_tasks["cpu_s_sum"] - searches_s) / tasks,
        wall_share=of_tasks["wall_s_sum"] / of_tasks["cpu_s_sum"],
        table_bytes=table_bytes(lake, campaign_id, len(seconds)),
    )


def lengths_of(lake: Lake, function_ids: Sequence[str]) -> "np.ndarray[Any, Any]":
    """Instructions of each of these functions, in their order."""
    rows = lake.read("functions", columns=["function_id", "instructions"])
    known = dict(
        zip(rows.column(0).to_pylist(), rows.column(1).to_pylist(), strict=True)  # in that order
    )
    return np.array([known[one] for one in function_ids], dtype=float)


def _power(lengths: "np.ndarray[Any, Any]", seconds: "np.ndarray[Any, Any]") -> tuple[float, float]:
    """Factor and exponent, from 0 to 1, of a curve through the searches whose sum is theirs.

    Through the means of classes of length, each twice as long as the one before, since what single
    searches take differs a hundredfold; a class counts as often as it has searches.
    """
    classes = np.floor(np.log2(lengths)).astype(int)
    each = [classes == one for one in np.unique(classes)]
    sizes = np.array([one.sum() for one in each], dtype=float)
    x = np.log([lengths[one].mean() for one in each])
    y = np.log([max(1e-9, seconds[one].mean()) for one in each])
    x, y = x - np.average(x, weights=sizes), y - np.average(y, weights=sizes)
    spread = np.sum(sizes * x * x)
    exponent = float(np.clip(np.sum(sizes * x * y) / spread, 0.0, 1.0)) if spread > 0 else 1.0
    return float(seconds.sum() / np.sum(lengths**exponent)), exponent


def table_bytes(lake: Lake, campaign_id: str, searched: int) -> dict[str, float]:
    """Bytes on disk per function: a table's bytes per row, times the rows of one function."""
    rows = {table: lake.count(table) for table in (*_OF_CORPUS, *_OF_CAMPAIGN)}
    of_one = {table: rows[table] / max(1, rows["functions"]) for table in _OF_CORPUS}
    of_campaign = pc.field("campaign_id") == campaign_id
    for table in _OF_CAMPAIGN:
        own = lake.read(table, columns=["campaign_id"], where=of_campaign).num_rows
        of_one[table] = own / searched
    sizes = {
        table: sum(place_of(file).stat().st_size for file in lake.files(table)) for table in of_one
    }
    return {table: of_one[table] * sizes[table] / rows[table] for table in of_one if rows[table]}
