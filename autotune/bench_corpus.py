"""`bench corpus`: what a function costs from source to table, beside what clang alone costs.

The same tasks as in `corpus add`, one after the other in this process, into a lake that is thrown
away. All figures are processor seconds. `clang_s` is what clang's own processes took for the files
that compiled: not what failed, was tried with other folders, or was spent on reading its answer.

Measuring is reported apart: what LLVM does with each function in a module of its own (`load`
parses, verifies, counts and prints it, `object` emits it, `fidelity` compares counts of its text),
the sandbox's start, and the function's fingerprint. Making sources (`contents`: csmith) is no part
of either.
"""

import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from corpus.admit import Admission
from corpus.build import JOB, compile_task, open_sources, plan
from corpus.llvm.toolchain import Toolchain
from warehouse.clock import cpu_clock_s
from warehouse.lake import Lake
from warehouse.task import LedgerEntry, ledger_rows

DEFAULT_SOURCES = ("csmith:200",)

_MEASURING = ("start", "load", "object", "fidelity", "fingerprint")
_MAKING = ("contents",)


@dataclass(frozen=True)
class CorpusFigures:
    """What one run measured; `_s` are CPU seconds, of which `cpu_s` is the sum.

    `ratio` is `pipeline_s`, clang's part included, over `clang_s`; `ratio_with_measuring` counts
    `measuring_s`, too. `stages_s` splits all of it. `driver_bytes_per_function`: what the driver
    remembers of the lake.
    """

    sources: tuple[str, ...]
    files: int
    compiled: int
    functions: int
    functions_per_cpu_s: float
    functions_per_pipeline_s: float
    cpu_s: float
    pipeline_s: float
    measuring_s: float
    clang_s: float
    ratio: float
    ratio_with_measuring: float
    stages_s: dict[str, float]
    driver_bytes_per_function: float
    toolchain: str

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    def rows(self) -> list[dict[str, Any]]:
        """For a person: a figure a row, the stages among them."""
        figures = {**self.document(), "sources": " ".join(self.sources)}
        stages = figures.pop("stages_s")
        figures |= {f"stage {name}": seconds for name, seconds in stages.items()}
        return [{"figure": name, "value": value} for name, value in figures.items()]


class _Clock:
    def __init__(self) -> None:
        self.stages_s: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        started_s = cpu_clock_s()
        yield
        self.stages_s[name] += cpu_clock_s() - started_s


def bench_corpus(toolchain: Toolchain, specs: Sequence[str]) -> CorpusFigures:
    """Measure on these sources. Raises as `open_sources` and `compile_task` do."""
    sources = open_sources(specs, toolchain)
    clock, counts = _Clock(), Counter[str]()
    clang_s = 0.0
    with tempfile.TemporaryDirectory(prefix="passlake-bench-") as folder:
        lake = Lake.open(Path(folder, "lake"), create=True)
        admission = Admission(lake)
        for sequence, task in enumerate(plan(sources, toolchain)):
            receipt = compile_task(task, lake, 1)
            stages_s: dict[str, float] = receipt.notes["cpu_s"]
            for stage, spent_s in stages_s.items():
                clock.stages_s[stage] += spent_s
            clock.stages_s["start"] += receipt.cpu_s - sum(stages_s.values())
            counts.update(receipt.notes["counts"])
            with clock.stage("admit"):
                files = admission.files([receipt])
            with clock.stage("commit"):
                ledger = ledger_rows(JOB, [LedgerEntry.done(task, receipt)])
                files.append(lake.stage("tasks", ledger, name=JOB))
                lake.commit(JOB, sequence, files)
                admission.committed()
            clang_s += receipt.notes["clang_s"]
        functions = lake.count("functions")
    total_s = sum(clock.stages_s.values()) - sum(clock.stages_s[name] for name in _MAKING)
    measuring_s = sum(clock.stages_s[name] for name in _MEASURING)
    pipeline_s = total_s - measuring_s
    return CorpusFigures(
        sources=tuple(specs),
        files=counts["files"],
        compiled=counts["compiled"],
        functions=functions,
        functions_per_cpu_s=functions / total_s,
        functions_per_pipeline_s=functions / pipeline_s,
        cpu_s=total_s,
        pipeline_s=pipeline_s,
        measuring_s=measuring_s,
        clang_s=clang_s,
        ratio=pipeline_s / clang_s if clang_s else 0.0,
        ratio_with_measuring=total_s / clang_s if clang_s else 0.0,
        stages_s=dict(clock.stages_s),
        driver_bytes_per_function=admission.held_bytes / functions if functions else 0.0,
        toolchain=toolchain.fingerprint,
    )
