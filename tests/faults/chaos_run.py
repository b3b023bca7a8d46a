"""One campaign on a cluster, what befalls it, and an operator who starts again what has died."""

import json
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.campaigns import Rows, done, each_once, rows_of
from tests.faults.chaos_clusters import Cluster
from tests.faults.chaos_disk import Disk
from tests.faults.chaos_hosts import send, tree
from tests.faults.chaos_plan import Fault, Plan
from tests.faults.chaos_tasks import notes_of
from warehouse.check import check
from warehouse.lake import Lake

_TICK_S = 0.1
_LOOK_S = 1.0
_LOOK_PER_TASK_S = 0.03
"""How often it is looked how far the campaign is: a short one is over within seconds."""

_SLOW = 10
"""A slowed worker runs in one of so many ticks."""

LIMIT_S = 900.0
"""Seconds that a run may take until it counts as one that does not end."""

_PROGRESS = re.compile(r": \d+ tasks, \d+%|tasks were finished before")


@dataclass
class Befallen:
    """What happened when, in seconds since the epoch; `over` where it ended by itself."""

    kind: str
    at: float
    over: float | None = None


@dataclass
class End:
    """How a driver ended: what it said but for how far it is, and what it answered."""

    status: int
    said: Sequence[str]
    answer: str

    @property
    def tidy(self) -> bool:
        """As promised: 0 and a JSON document; 1 or 2 and a line that says why; or killed.

        Tasks that were set aside end it with 1, a line for each, and the document.
        """
        if self.status == -signal.SIGKILL:
            return True
        if self.status in {1, 2} and not self.answer:
            return len(self.said) == 1 and self.said[0].startswith("passlake: ")
        try:
            aside = json.loads(self.answer)["tasks_set_aside"]
        except ValueError:
            return False
        return self.status == min(1, len(aside)) and len(self.said) == len(aside)


@dataclass
class Operator:
    """Runs the command again until it ends with 0, while the plan happens to it."""

    cluster: Cluster
    plan: Plan
    disk: Disk
    lake: Lake
    command: Sequence[str]
    tasks: int
    befallen: list[Befallen] = field(default_factory=list)
    ends: list[End] = field(default_factory=list)
    _driver: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def run(self) -> bool:
        """Whether the command ended with 0 in time."""
        self._driver_due = 0.0
        self._open: list[tuple[float, Fault, Befallen]] = []
        self._faults = list(self.plan.faults)
        self._kills = list(self.plan.kills)
        self._kill_due: float | None = None
        started = time.monotonic()
        look = 0.0
        ticks = 0
        while time.monotonic() - started < LIMIT_S:
            ticks += 1
            now = time.monotonic()
            self.cluster.tend()
            if self._tend_driver(now):
                return True
            self._finish(now)
            if self._driver is not None and now >= look:
                look = now + min(_LOOK_S, _LOOK_PER_TASK_S * self.tasks)
                self._begin(now, len(done(self.lake)) / self.tasks)
            self._kill(now)
            self._slow(ticks)
            time.sleep(_TICK_S)
        return False

    def _tend_driver(self, now: float) -> bool:
        """Start the driver where there is none; True once it has ended with 0."""
        if self._driver is None:
            if now >= self._driver_due and self.cluster.ready:
                command = [sys.executable, "-m", "tests.faults.chaos_command", *self.command]
                self._driver = self.cluster.head.host.start(
                    command, self.cluster.environment, self._log
                )
            return False
        status = self._driver.poll()
        if status is None:
            return False
        self._driver = None
        self._driver_due = now + 0.5
        lines = self._log.read_text(errors="replace").splitlines()
        said = [line for line in lines if not _PROGRESS.search(line)]
        answer = self._log.with_suffix(".out").read_text(errors="replace")
        self.ends.append(End(status, said, answer))
        return status == 0

    @property
    def _log(self) -> Path:
        return Path(self.lake.location).parents[1] / f"driver.{len(self.ends)}.log"

    def _begin(self, now: float, share: float) -> None:
        """Begin the faults that are due at this share of the tasks."""
        if self._kills and self._kill_due is None:
            self._kill_due = now + self._kills[0].after_s
        while self._faults and self._faults[0].at_done <= share:
            fault = self._faults.pop(0)
            one = Befallen(fault.kind, time.time())
            self.befallen.append(one)
            if fault.kind == "scheduler":
                self.cluster.kill_head(fault.lasts_s)
            elif fault.kind == "driver":
                assert self._driver is not None
                self._driver.kill()
                self._driver_due = now + fault.lasts_s
            else:
                if fault.kind == "network":
                    self.cluster.nodes[fault.target % len(self.cluster.nodes)].host.cut()
                elif fault.kind == "disk":
                    self.disk.fill()
                self._open.append((now + fault.lasts_s, fault, one))

    def _finish(self, now: float) -> None:
        """End the faults that have lasted long enough; a full disk also once it ended a driver."""
        for due, fault, one in list(self._open):
            ended_driver = fault.kind == "disk" and self._driver is None
            if now < due and not ended_driver:
                if fault.kind == "disk":
                    self.disk.fill()
                continue
            if fault.kind == "network":
                self.cluster.nodes[fault.target % len(self.cluster.nodes)].host.heal()
            elif fault.kind == "disk":
                self.disk.free()
            else:
                send(self._slowed(fault), signal.SIGCONT)
            one.over = time.time()
            self._open.remove((due, fault, one))

    def _kill(self, now: float) -> None:
        if self._kill_due is None or now < self._kill_due:
            return
        kill = self._kills[0]
        what = self.cluster.kill(kill.what, kill.target, kill.restart_s)
        if what is None:  # nothing is there yet: the next time round
            return
        self.befallen.append(Befallen(what, time.time()))
        self._kills.pop(0)
        self._kill_due = now + self._kills[0].after_s if self._kills else None

    def _slow(self, ticks: int) -> None:
        for _, fault, _ in self._open:
            if fault.kind == "slow":
                runs = ticks % _SLOW == 0
                send(self._slowed(fault), signal.SIGCONT if runs else signal.SIGSTOP)

    def _slowed(self, fault: Fault) -> list[int]:
        """The processes of the worker that is slow: under Ray a node of two workers."""
        part = self.cluster.nodes[fault.target % len(self.cluster.nodes)]
        return [] if part.process is None else list(tree(part.process))


def recoveries(lake: Lake, befallen: Sequence[Befallen]) -> list[dict[str, Any]]:
    """By fault the seconds until the next task is committed, None where none was left."""
    log = Path(lake.location) / "tasks" / "_delta_log"
    commits = sorted(file.stat().st_mtime for file in log.glob("*.json"))
    told = []
    for one in befallen:
        later = next((commit for commit in commits if commit > one.at), None)
        row: dict[str, Any] = {
            "fault": one.kind,
            "recovered_s": None if later is None else round(later - one.at, 2),
        }
        if one.over is not None:
            row["lasted_s"] = round(one.over - one.at, 2)
        told.append(row)
    return told


def wasted(lake: Lake) -> dict[str, Any]:
    """Work that came to nothing, and on how many hosts there was work.

    `attempts`: beyond one for each task or, of one that was cut, for each piece. `cpu_s` is exact
    for attempts that came to an end; for one that was cut off it is what its task or piece cost in
    the end, which is more than it had used.
    """
    ledger = lake.read("tasks", columns=["task_id", "entry", "cpu_s"]).to_pylist()
    cost = {row["task_id"]: row["cpu_s"] for row in ledger if row["entry"].endswith("search_task")}
    notes = [json.loads(line) for line in notes_of(lake.location).read_text().splitlines()]
    began = Counter(note["began"] for note in notes if "began" in note)
    began -= Counter(note["unable"] for note in notes if "unable" in note)
    ended = Counter(note["ended"] for note in notes if "ended" in note)
    used = sum(note["cpu_s"] for note in notes if "ended" in note)
    each = cost | {note["ended"]: note["cpu_s"] for note in notes if "ended" in note}
    cut_off = sum(
        each.get(task, cost.get(task.partition("-")[0], 0.0)) * count
        for task, count in (began - ended).items()
    )
    return {
        "hosts": len({note["host"] for note in notes if "began" in note}),
        "attempts": began.total() - len(ended),
        "attempts_cut_off": (began - ended).total(),
        "cpu_s": round(used + cut_off - sum(cost.values()), 2),
        "cpu_s_of_the_campaign": round(sum(cost.values()), 2),
    }


def differences(lake: Lake, undisturbed: Rows) -> list[str]:
    """What is wrong with the tables of a campaign that has ended; empty where nothing is."""
    found = []
    for table, rows in rows_of(lake).items():
        here = Counter(json.dumps(row, sort_keys=True, default=str) for row in rows)
        there = Counter(json.dumps(row, sort_keys=True, default=str) for row in undisturbed[table])
        found += [f"{table} lacks {row}" for row in (there - here)]
        found += [f"{table} has besides {row}" for row in (here - there)]
    if not each_once(lake):
        found.append("a row is there twice")
    return found + [str(one) for one in check(lake).damages]
