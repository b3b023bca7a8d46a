"""Counting what searches come to while they run: in a worker per task, on the driver over tasks."""

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

from autotune.drive import Done, SetAside
from autotune.function_search import SearchResult
from autotune.search.base import measured
from warehouse.task import Task

_RECENT_S = 60.0
"""Over how long a rate is taken: long against a task, short against a campaign."""


class SearchTally:
    """What the searches of one task came to, as notes for the driver."""

    def __init__(self, objective: str) -> None:
        self._objective = objective
        self._outcomes: Counter[str] = Counter()
        self._oz = self._value = self._functions = self._improved = 0

    def add(self, result: SearchResult) -> None:
        """Count one search that has ended."""
        self._outcomes.update(one.measurement.outcome.value for one in result.evaluations)
        oz = measured(result.oz, self._objective)
        value = measured(result.winner.measurement, self._objective)
        assert oz is not None
        assert value is not None, "what is not measured is no winner"
        self._oz += oz
        self._value += value
        self._functions += 1
        self._improved += value < oz

    def document(self) -> dict[str, Any]:
        """As JSON values: `oz` and `value` are sums of what was minimised."""
        return {
            "functions": self._functions,
            "improved": self._improved,
            "outcomes": dict(self._outcomes),
            "oz": self._oz,
            "value": self._value,
        }


@dataclass
class JobTally:
    """How far a job is, in this run of its command.

    `functions` to `value` are of searches alone; other tasks leave them at 0. Times are given, in
    seconds of any clock: nothing here reads one. `skipped` tasks were finished by an earlier run.
    """

    started_s: float
    cost_s: float = 0.0
    done: int = 0
    set_aside: int = 0
    skipped: int = 0
    skipped_functions: int = 0
    ended_cost_s: float = 0.0
    skipped_cost_s: float = 0.0
    functions: int = 0
    improved: int = 0
    oz: int = 0
    value: int = 0
    cpu_s: float = 0.0
    rows: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    _recent: deque[tuple[float, int]] = field(default_factory=deque)

    def skip(self, task: Task) -> None:
        """Count a task that was finished before."""
        self.skipped += 1
        self.skipped_functions += len(task.payload.get("function_ids", ()))
        self.skipped_cost_s += task.cost_s

    def end(self, ended: Done | SetAside, now_s: float) -> None:
        """Count a task that has come to its end."""
        self.ended_cost_s += ended.task.cost_s
        if isinstance(ended, SetAside):
            self.set_aside += 1
            return
        self.done += 1
        self.cpu_s += ended.receipt.cpu_s
        self.rows += ended.receipt.rows
        searched: dict[str, Any] = ended.receipt.notes.get("searched", {})
        for name in ("functions", "improved", "oz", "value"):
            setattr(self, name, getattr(self, name) + searched.get(name, 0))
        outcomes = Counter(searched.get("outcomes", {}))
        self.outcomes += outcomes
        self._recent.append((now_s, outcomes.total()))
        while self._recent[0][0] < now_s - _RECENT_S:
            self._recent.popleft()

    @property
    def evaluations(self) -> int:
        """How many lists were evaluated."""
        return self.outcomes.total()

    @property
    def share(self) -> float:
        """How much of the job's expected cost is behind it, 0 to 1."""
        behind_s = self.ended_cost_s + self.skipped_cost_s
        return min(1.0, behind_s / self.cost_s) if self.cost_s else 1.0

    @property
    def improvement_over_oz(self) -> float | None:
        """Pooled over the functions that were searched; None before the first."""
        return self.oz / self.value - 1 if self.value else None

    def evaluations_per_s(self, now_s: float) -> float:
        """Evaluations in a second of the last minute, or of all the time if that is less."""
        window_s = min(_RECENT_S, max(now_s - self.started_s, 1e-3))
        counted = sum(count for at_s, count in self._recent if at_s >= now_s - _RECENT_S)
        return counted / window_s

    def left_s(self, now_s: float) -> float | None:
        """Time that is left if the rest costs what this run's tasks did; None before the first."""
        if not self.ended_cost_s:
            return None
        to_do_s = max(0.0, self.cost_s - self.ended_cost_s - self.skipped_cost_s)
        return to_do_s * (now_s - self.started_s) / self.ended_cost_s

    def document(self, now_s: float) -> dict[str, Any]:
        """The state as JSON values."""
        return {
            "share": round(self.share, 4),
            "tasks_done": self.done,
            "tasks_set_aside": self.set_aside,
            "tasks_skipped": self.skipped,
            "functions": self.functions,
            "functions_skipped": self.skipped_functions,
            "functions_improved": self.improved,
            "improvement_over_oz": self.improvement_over_oz,
            "evaluations": self.evaluations,
            "evaluations_per_s": round(self.evaluations_per_s(now_s), 1),
            "outcomes": dict(self.outcomes),
            "cpu_s": round(self.cpu_s, 3),
            "left_s": self.left_s(now_s),
        }
