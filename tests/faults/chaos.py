"""Campaigns on clusters to which everything happens, and whether their tables suffer.

`python -m tests.faults.chaos --engine dask --runs 20 --seed 0 FOLDER` grows a small corpus in
FOLDER (or takes the lake FOLDER/corpus), runs a campaign on it in peace with the local engine, and
then so many times on a cluster of processes on hosts of their own (network namespaces). Meanwhile,
drawn by the seed: workers are killed every few seconds, the scheduler or head and the driver once
each, one host is cut off and comes back, one worker is ten times slower, the lake's disk is full
for a time. An operator starts again what has died, and gives the same command until it ends with 0.
Tables must then be those of the quiet run, row for row.

Standard output: a JSON line for each run, and a summary. Status 1 if a run failed. Needs root.
"""

import argparse
import json
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.golden import FOLDER
from tests.faults.campaigns import Rows, done, rows_of
from tests.faults.chaos_clusters import ROOT, Cluster, Dask, Engine, Ray
from tests.faults.chaos_disk import small_disk
from tests.faults.chaos_hosts import network
from tests.faults.chaos_plan import KINDS, Plan, draw
from tests.faults.chaos_run import Operator, differences, recoveries, wasted
from warehouse.lake import Lake

_SOURCES = (str(FOLDER / "golden.c"), "csmith:22")
"""More than a hundred functions of at most `_LONGEST` instructions; short lists of passes make some
of the first file's smaller than -Oz does, none of csmith's."""

_LONGEST = 60


def tune(functions: int) -> list[str]:
    """The campaign's options, the same wherever it runs."""
    few = ["--max-instructions", str(_LONGEST), "--sample", str(functions), "--seed", "5"]
    return ["tune", "--strategy", "random", "--evaluations", "10", *few]


def undisturbed(folder: Path, functions: int) -> "Quiet":
    """The campaign where nothing happens."""
    corpus, quiet = folder / "corpus", folder / f"quiet-{functions}" / "lake"
    if not corpus.exists():
        _passlake(corpus, "corpus", "add", *_SOURCES)
    if not quiet.exists():
        quiet.parent.mkdir()
        shutil.copytree(corpus, quiet)
    _passlake(quiet, *tune(functions), "--workers", "2")
    lake = Lake.open(quiet)
    return Quiet(folder, functions, len(done(lake)), rows_of(lake))


def _passlake(lake: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "tests.faults.chaos_command", "--lake", str(lake), *arguments]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


@dataclass(frozen=True)
class Quiet:
    """A campaign to which nothing happened: in which folder, of how much, and what it left."""

    folder: Path
    functions: int
    tasks: int
    rows: Rows


def run_once(engine_name: str, number: int, plan: Plan, quiet: Quiet) -> dict[str, Any]:
    """One run; what became of it."""
    folder, tasks = quiet.folder, quiet.tasks
    place = Path(tempfile.mkdtemp(prefix=f"{engine_name}-{number}-", dir=folder))
    # Short: names of Unix sockets have at most 107 characters.
    scratch = Path(tempfile.mkdtemp(prefix="chaos-"))
    engine: Engine = Dask() if engine_name == "dask" else Ray(scratch)
    started = time.monotonic()
    try:
        with small_disk(place / "disk") as disk, network(engine.hosts) as hosts:
            shutil.copytree(folder / "corpus", disk.folder / "lake")
            lake = Lake.open(disk.folder / "lake")
            cluster = Cluster(engine, hosts, place)
            to_cluster = ["--engine", engine.name, "--address", cluster.address]
            command = ["--lake", lake.location, *tune(quiet.functions), *to_cluster, "--json"]
            operator = Operator(cluster, plan, disk, lake, command, tasks)
            ended = operator.run()
            wrong = differences(lake, quiet.rows) if ended else ["it did not end"]
            wrong += [f"ended untidily: {one}" for one in operator.ends if not one.tidy]
            return {
                "run": number,
                "engine": engine_name,
                "functions": quiet.functions,
                "tasks": tasks,
                "wrong": wrong[:20],
                "wall_s": round(time.monotonic() - started, 1),
                "driver_ends": [[one.status, *one.said][:4] for one in operator.ends],
                "starts_of_parts": cluster.starts,
                "recoveries": recoveries(lake, operator.befallen),
                "wasted": wasted(lake) if ended else None,
            }
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def summary(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What the runs came to together; seconds from a fault to the next committed task by kind."""
    by_kind: dict[str, list[float]] = {}
    for run in runs:
        for one in run["recoveries"]:
            if one["recovered_s"] is not None:
                by_kind.setdefault(one["fault"], []).append(one["recovered_s"])
    whole = [run["wasted"] for run in runs if run["wasted"] is not None]
    return {
        "runs": len(runs),
        "failed": [run["run"] for run in runs if run["wrong"]],
        "driver_ends": dict(Counter(str(end[0]) for run in runs for end in run["driver_ends"])),
        "recovery_s": {
            kind: {
                "faults": len(times),
                "median": round(statistics.median(times), 2),
                "most": max(times),
            }
            for kind, times in sorted(by_kind.items())
        },
        "attempts_wasted": sum(one["attempts"] for one in whole),
        "cpu_s_wasted": round(sum(one["cpu_s"] for one in whole), 1),
        "cpu_s_of_campaigns": round(sum(one["cpu_s_of_the_campaign"] for one in whole), 1),
    }


def main() -> int:
    """The command; its exit status."""
    parser = argparse.ArgumentParser(description="Campaigns on clusters to which all happens.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--engine", choices=["dask", "ray"], required=True)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first run")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--functions", type=int, default=100)
    parser.add_argument("--faults", default=",".join(KINDS), help="some of these, or none")
    given = parser.parse_args()
    kinds = tuple(kind for kind in given.faults.split(",") if kind != "none")
    if unknown := set(kinds) - set(KINDS):
        parser.error(f"--faults {','.join(sorted(unknown))}: there are {', '.join(KINDS)}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # hosts and disks are given back
    given.folder.mkdir(parents=True, exist_ok=True)
    folder = given.folder.resolve()
    runs = []
    quiet = undisturbed(folder, given.functions)
    for number in range(given.first, given.first + given.runs):
        plan = draw(given.seed, number, kinds)
        runs.append(run_once(given.engine, number, plan, quiet))
        sys.stdout.write(json.dumps(runs[-1]) + "\n")
        sys.stdout.flush()
    sys.stdout.write(json.dumps({"summary": summary(runs)}) + "\n")
    return 1 if any(run["wrong"] for run in runs) else 0


if __name__ == "__main__":
    sys.exit(main())
