"""Trials of a lake: something goes wrong at random, and no committed row may be lost or doubled.

`python -m tests.faults.lake_faults TRIALS [SEED]` runs so many, of all kinds in turn, and prints
one JSON document: trials by kind, by what became of them, and each trial that failed. Status 1 if
one did.

A trial is a job (a small corpus, then a campaign of some tasks) in a forked child, something that
befalls it, the same job again, and then two questions: does the lake hold each row once, and does
`check` find no damage, or the very damage that was done? Rows that `commit` returned for must be
there before the job goes on.
"""

import errno
import itertools
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from tests.faults.kill_committer import Killer, in_child
from tests.faults.small_job import JOB, TASKS, holdings, run_job, undisturbed
from warehouse import snapshot
from warehouse import task as tasks
from warehouse.check import check
from warehouse.errors import Held, PasslakeError
from warehouse.lake import Lake
from warehouse.maintenance import maintain
from warehouse.provenance import code_version

JOB_TOUCHES = 560
MAINTENANCE_TOUCHES = 310
"""How often a job, or maintenance after it, touches the disk: a little more than it does."""

OLD = 1_000_000_000
HOURS = 24.0

Outcome = str
Trial = Callable[[Path, random.Random], Outcome]


def damages(folder: Path) -> list[str]:
    return [str(one) for one in check(Lake.open(folder)).damages]


def result(work: Callable[..., object], *arguments: object) -> Any:  # noqa: ANN401
    """What work returns in a child of its own; a child that fails fails the trial."""
    ended = in_child(partial(work, *arguments))
    assert ended.status == 0, f"{work.__name__} ended with {ended.status}"
    return ended.result


def settle(folder: Path, acknowledged: Path | None = None) -> None:
    """The rest of a trial: what was committed is there; the job goes on; all is there, once."""
    if acknowledged is not None and acknowledged.exists():
        told = set(acknowledged.read_text().split())
        held = result(_recovered, folder)
        assert told <= set(held["tasks"]), (told, held["tasks"])
    result(run_job, folder)
    held = result(holdings, folder)
    assert held == undisturbed(), held
    assert result(damages, folder) == []


def _recovered(folder: Path) -> dict[str, dict[str, int]]:
    Lake.open(folder).recover(JOB)
    return holdings(folder)


class Breaker(Killer):
    """Fails one touch of the disk with an error of the system, as a full or dying disk does."""

    def __init__(self, folder: Path, number: int, told: Path, code: int) -> None:
        super().__init__(folder, number, told)
        self._code = code

    def touch(self, what: str) -> None:
        self._left -= 1
        if self._left == 0:
            self._told.write_text(what)
            raise OSError(self._code, os.strerror(self._code))


def _disturbed(killer: Killer, work: Callable[..., object], *arguments: object) -> None:
    killer.install()
    work(*arguments)


def _status(killer: Killer, work: Callable[..., object], *arguments: object) -> int:
    """How a child ended in which `work` was disturbed; its complaints are expected."""
    return in_child(partial(_quietly, killer, work, *arguments)).status


def _quietly(killer: Killer, work: Callable[..., object], *arguments: object) -> None:
    sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - until the child ends
    try:
        _disturbed(killer, work, *arguments)
    except (PasslakeError, OSError):
        os._exit(3)


def killed_at_a_step(folder: Path, chance: random.Random) -> Outcome:
    told = folder.with_suffix(".step")
    killer = Killer(folder, chance.randint(1, JOB_TOUCHES), told)
    status = _status(killer, run_job, folder, folder.with_suffix(".said"))
    settle(folder, folder.with_suffix(".said"))
    return "killed" if os.WIFSIGNALED(status) else "through before"


def failed_at_a_step(folder: Path, chance: random.Random) -> Outcome:
    code = chance.choice([errno.ENOSPC, errno.EIO, errno.EACCES])
    breaker = Breaker(folder, chance.randint(1, JOB_TOUCHES), folder.with_suffix(".step"), code)
    status = _status(breaker, run_job, folder, folder.with_suffix(".said"))
    settle(folder, folder.with_suffix(".said"))
    return "ended with an error" if status else "went on"


def killed_at_a_moment(folder: Path, chance: random.Random) -> Outcome:
    child = os.fork()
    if child == 0:
        os._exit(_ended(run_job, folder, folder.with_suffix(".said")))
    time.sleep(chance.uniform(0.02, 0.9))
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    settle(folder, folder.with_suffix(".said"))
    return "killed" if os.WIFSIGNALED(status) else "through before"


def _limited(folder: Path, said: Path, file_bytes: int) -> None:
    sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - until the child ends
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, resource.RLIM_INFINITY))
    try:
        run_job(folder, said)
    except (PasslakeError, OSError):
        os._exit(3)


def disk_full(folder: Path, chance: random.Random) -> Outcome:
    """No file grows beyond some bytes: Parquet files and log entries end in their middle."""
    said = folder.with_suffix(".said")
    ended = in_child(partial(_limited, folder, said, chance.choice([0, 40, 700, 1500, 3000, 6000])))
    settle(folder, said)
    return "ended with an error" if ended.status else "had room"


def cut_file(folder: Path, chance: random.Random) -> Outcome:
    """A committed Parquet file is cut, changed or gone: it is named, and no other file is."""
    result(run_job, folder)
    table = chance.choice(["functions", "evaluations", "winners", "tasks"])
    file = chance.choice(sorted((folder / table / "staging").glob("*.parquet")))
    content = bytearray(file.read_bytes())
    kind = chance.choice(["cut", "changed", "gone"])
    if kind == "gone":
        file.unlink()
    else:
        place = chance.randrange(len(content))
        content[place] ^= 1 << chance.randrange(8)
        file.write_bytes(bytes(content[:place] if kind == "cut" else content))
    found = result(damages, folder)
    assert any(line.startswith(f"{table}/staging/{file.name} ") for line in found), (kind, found)
    assert [line for line in found if "/staging/" in line and file.name not in line] == []
    result(_maintained, folder, 0.0)
    assert result(damages, folder) == found, "a damaged file was merged or removed"
    return f"{kind}, named"


def lost_entry(folder: Path, chance: random.Random) -> Outcome:
    """An entry of a log is gone or torn: it is named; what the journal tells is put right."""
    result(run_job, folder)
    table = chance.choice(["evaluations", "winners", "tasks"])
    entries = sorted((folder / table / "_delta_log").glob("*.json"))
    entry = chance.choice([entries[-1], chance.choice(entries)])
    kind = chance.choice(["gone", "torn"])
    content = entry.read_bytes()
    entry.write_bytes(content[: chance.randrange(len(content))])
    if kind == "gone":
        entry.unlink()
    found = result(damages, folder)
    assert any(line.startswith(f"{table}") for line in found), (entry.name, found)
    repaired = result(_maintained, folder, HOURS)["repaired"]
    if repaired:
        settle(folder)
        return f"{kind}, named and repaired"
    assert entry != entries[-1], "the last entry is always told by the journal"
    assert result(damages, folder) == found
    return f"{kind}, named"


def two_drivers(folder: Path, chance: random.Random) -> Outcome:
    """Two drivers of one job, one that maintains and one that checks, at the same time."""
    children = []
    for work in (run_job, run_job, _maintained_often, _checked_often):
        time.sleep(chance.uniform(0, 0.2))
        child = os.fork()
        if child == 0:
            os._exit(_ended(work, folder))
        children.append(child)
    statuses = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert 0 in statuses[:2], statuses
    assert set(statuses) <= {0, 2}, statuses
    settle(folder)
    return "one was refused" if 2 in statuses[:2] else "one after the other"


def _ended(work: Callable[..., object], *arguments: object) -> int:
    """How work ends in a forked child, which must not go on as its parent would."""
    try:
        work(*arguments)
    except Held:
        return 2
    except BaseException:  # noqa: BLE001 - whatever it is, it is told and ends here
        traceback.print_exc()
        return 1
    return 0


def _maintained_often(folder: Path) -> None:
    lake = Lake.open(folder, create=True)
    for _ in range(3):
        maintain(lake, hours=HOURS)
        time.sleep(0.1)


def _checked_often(folder: Path) -> None:
    lake = Lake.open(folder, create=True)
    for _ in range(4):
        found = [str(one) for one in check(lake).damages]
        assert found == [], found


def _maintained(folder: Path, hours: float) -> dict[str, Any]:
    done = maintain(Lake.open(folder), hours=hours)
    return {"left": done.left, "repaired": done.repaired, "removed": len(done.removed)}


class _Backwards(datetime):
    """A clock that loses a day whenever it is looked at."""

    _looks = itertools.count()

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]  # noqa: ANN401
        return datetime(2026, 1, 1, tzinfo=tz) - timedelta(days=next(cls._looks))


def _run_backwards(folder: Path) -> None:
    now_s = itertools.count(2_000_000_000, -86_400)
    time.time = lambda: float(next(now_s))
    tasks.datetime = _Backwards  # type: ignore[attr-defined]
    snapshot.datetime = _Backwards  # type: ignore[attr-defined]
    run_job(folder, None, TASKS // 2)
    snapshot.create(Lake.open(folder), "half")
    run_job(folder)
    maintain(Lake.open(folder), hours=HOURS)


def clock_backwards(folder: Path, chance: random.Random) -> Outcome:
    """The clock goes back all the time, and files are from the future: no file is too old."""
    del chance
    result(_run_backwards, folder)
    for file in folder.rglob("*.parquet"):
        os.utime(file, (9_000_000_000, 9_000_000_000))
    assert result(_maintained, folder, 0.0)["removed"] == 0
    settle(folder)
    return "nothing removed"


def stale_staging(folder: Path, chance: random.Random) -> Outcome:
    """Files of workers long dead lie there, and of one that is about to be committed."""
    result(run_job, folder, None, TASKS // 2)
    names = [f"{table}/staging" for table in ("evaluations", "winners", "tasks")]
    stale = [folder / name / f"stale{number}.parquet" for number, name in enumerate(names)]
    young = folder / names[0] / "young.parquet"
    for file in (*stale, young):
        file.write_bytes(chance.randbytes(chance.randrange(2000)))
    for file in stale:
        os.utime(file, (OLD, OLD))
    result(_maintained, folder, HOURS)
    assert [file.exists() for file in (*stale, young)] == [False, False, False, True]
    settle(folder)
    return "stale ones removed"


def killed_maintenance(folder: Path, chance: random.Random) -> Outcome:
    """Maintenance, old files included, is killed at some touch of the disk."""
    result(run_job, folder)
    killer = Killer(folder, chance.randint(1, MAINTENANCE_TOUCHES), folder.with_suffix(".step"))
    status = _status(killer, _maintained, folder, chance.choice([0.0, HOURS]))
    settle(folder)
    result(_maintained, folder, 0.0)
    settle(folder)
    return "killed" if os.WIFSIGNALED(status) else "through before"


KINDS: dict[str, Trial] = {
    work.__name__: work
    for work in (
        killed_at_a_step,
        failed_at_a_step,
        killed_at_a_moment,
        disk_full,
        cut_file,
        lost_entry,
        two_drivers,
        clock_backwards,
        stale_staging,
        killed_maintenance,
    )
}


def run_trials(count: int, seed: int) -> dict[str, Any]:
    """So many trials, the kinds in turn; what became of them."""
    code_version()  # asks git once, not in every child
    outcomes: dict[str, Counter[str]] = {name: Counter() for name in KINDS}
    failed: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="passlake-faults-") as base:
        for number, (name, work) in zip(range(count), itertools.cycle(KINDS.items()), strict=False):
            folder = Path(base) / f"{number}" / "lake"
            folder.parent.mkdir()
            try:
                outcomes[name][work(folder, random.Random(f"{seed} {number}"))] += 1
            except AssertionError as error:
                outcomes[name]["FAILED"] += 1
                failed.append({"trial": number, "kind": name, "said": str(error)[:2000]})
            except KeyboardInterrupt:
                break  # what was found so far is told
            shutil.rmtree(folder.parent)
    return {
        "trials": sum(found.total() for found in outcomes.values()),
        "seed": seed,
        "failed": failed,
        "outcomes": {name: dict(found) for name, found in outcomes.items()},
    }


if __name__ == "__main__":
    report = run_trials(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    sys.stdout.write(json.dumps(report, indent=1) + "\n")
    sys.exit(1 if report["failed"] else 0)
