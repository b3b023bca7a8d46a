"""The driver's memory while a corpus grows: `python -m tests.benchmarks.driver_memory 1000 30000`.

The driver is the real one (planning, admission, commits, two local workers); what workers would
compile is made up instead: functions of 13 KB of IR and text, one and a half occurrences each, a
fingerprint, and some of them in many programs, so that a size is measured in seconds. Each size has
a driver process of its own.
"""

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from autotune.drive import drive
from autotune.executors.local import LocalExecutor
from autotune.grow import give_memory_back
from corpus.admit import Admission
from corpus.build import JOB, plan
from corpus.keys import hash_of
from corpus.known import programs_in
from corpus.llvm.toolchain import find_toolchain
from corpus.sources.base import TranslationUnit
from warehouse import schema
from warehouse.lake import Lake
from warehouse.task import Receipt, Task

FUNCTIONS_PER_UNIT = 7
"""As csmith's programs have: a task holds some 70 units."""


class Programs:
    """So many programs of one unit each."""

    def __init__(self, count: int) -> None:
        self._count = count

    def fetch(self) -> None:
        """Nothing."""

    def units(self) -> Iterator[TranslationUnit]:
        """Plain data, as csmith's are."""
        for seed in range(self._count):
            yield TranslationUnit(
                program=f"program-{seed}",
                version="1",
                origin="csmith",
                license="NOASSERTION",
                language="c",
                root="",
                path=f"program-{seed}.c",
                folder="",
                seed=seed,
            )


def stage_task(task: Task, lake: Lake, attempt: int) -> Receipt:
    """The entry of a worker: rows of the units' functions, as wide as real ones."""
    functions, fingerprints, occurrences = [], [], []
    for unit in task.payload["units"]:
        for number in range(FUNCTIONS_PER_UNIT):
            named = f"{unit['program']} {number}"
            # One in seven is in many programs, so that no file is admitted as it is.
            shared = number == 0 and task.payload["units"].index(unit) % 2
            function_id = hash_of(("shared", unit["path"][-5:]) if shared else (named,)).hex()
            place = {
                "function_id": function_id,
                "name": named,
                "program": unit["program"],
                "version": "1",
                "origin": "csmith",
                "source_file": unit["path"],
                "task_id": task.task_id,
            }
            occurrences += [place, place | {"name": f"{named} again"}][: 1 + number % 2]
            functions.append(
                place
                | dict.fromkeys(("language", "license", "triple", "normaliser"), "x")
                | {"split": "train", "instructions": 100, "object_bytes": 300, "toolchain": "t"}
                | {"ir": os.urandom(3500).hex(), "text": os.urandom(3000).hex()}
                | {"frontend_flags": ""}
            )
            fingerprints.append(
                {
                    "function_id": function_id,
                    "fingerprinter": "1",
                    "structural_hash": function_id,
                    "tokens": 900,
                    "shingles": 900,
                    "minhash": list(range(128)),
                    "text_faithful": True,
                    "task_id": task.task_id,
                }
            )
    tables = {"functions": functions, "fingerprints": fingerprints, "occurrences": occurrences}
    files = tuple(
        lake.stage(name, schema.table_of(name, rows), name=task.task_id)
        for name, rows in tables.items()
    )
    return Receipt(task.task_id, attempt, files, 0.0, 0.0, "here")


def grow(count: int, folder: str) -> None:
    """Grow a lake by so many functions and print what the driver took."""
    give_memory_back()
    lake = Lake.open(folder, create=True)
    sources = [Programs(count // FUNCTIONS_PER_UNIT)]
    planned = plan(sources, find_toolchain(), programs_in(lake))
    tasks = (replace(task, entry=f"{__spec__.name}:stage_task") for task in planned)
    admission = Admission(lake)
    executor = LocalExecutor(lake, workers=2)
    try:
        drive(lake, JOB, tasks, executor, settlement=admission, in_order=True, cost_s=1.0)
    finally:
        executor.close()
    functions = lake.count("functions")
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    held = admission.held_bytes / functions
    sys.stdout.write(
        f"{functions} functions: the driver's peak is {peak_mib:.0f} MiB,"
        f" {held:.0f} bytes of keys per function\n"
    )


def main() -> None:
    """Measure each size in a process of its own."""
    for size in sys.argv[1:]:
        with tempfile.TemporaryDirectory(prefix="passlake-memory-") as folder:
            subprocess.run(
                [sys.executable, "-m", __spec__.name, "--one", size, str(Path(folder, "lake"))],
                check=True,
            )


if __name__ == "__main__":
    if sys.argv[1] == "--one":
        grow(int(sys.argv[2]), sys.argv[3])
    else:
        main()
