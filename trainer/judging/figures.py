"""The figures of one method over functions, as the paper counts them, with intervals.

*Improvement over X* is sum(X) / sum(method) - 1, pooled over functions. It gives all seven
percentages that "Large Language Models for Compiler Optimization" reports for its test set; a mean
of per-function percentages, or 1 - method/X, gives none of them. Later literature reports the mean
over programs of 1 - method/X: that is `mean_program_reduction`, and never stands in one column with
the pooled figure. *With -Oz backup*: -Oz is compiled too wherever the answer is another list, which
is one more compilation, and the smaller of both counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from corpus.llvm.baselines import OZ
from trainer.errors import JudgingFailed

RESAMPLES: Final = 2_000
"""Draws of the bootstrap, with replacement, of functions; 95 % of them lie in the intervals."""

_AT_ONCE: Final = 50
"""Draws held in memory together."""

ORACLE: Final = "oracle"

Row = Mapping[str, Any]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Figures:
    """One method's figures.

    Fractions, except what is counted. `_low` and `_high` bound 95 % of the bootstrap's draws of
    functions. `share_of_labels` is instructions saved for each that the lake's own searches saved
    on the same functions, None where they were not judged. `compilations` are beyond -Oz itself and
    the answer's own; `backup_compilations` come on top. Of the answers, `failed` (an outcome that
    is not ok), `unstable` and `refuted` count as -Oz; of those that beat it, `agreed` and
    `inconclusive` say what the gate found. `cpu_s` and `gpu_s` are all answers' time on the machine
    that judged.
    """

    method: str
    model_id: str
    functions: int
    improvement_over_oz: float
    improvement_low: float
    improvement_high: float
    improvement_over_oz_plain: float
    functions_improved: int
    functions_regressed: int
    instructions_saved: int
    instructions_regressed: int
    compilations: int
    compilations_per_function: float
    improvement_with_backup: float
    backup_low: float
    backup_high: float
    improvement_with_backup_over_oz_plain: float
    backup_compilations: int
    object_bytes_improvement: float
    mean_program_reduction: float
    share_of_labels: float | None
    failed: int
    unstable: int
    refuted: int
    agreed: int
    inconclusive: int
    cpu_s: float
    cpu_s_per_function: float
    gpu_s: float | None
    gpu_s_per_function: float | None


def improvement(baseline: float, reached: float) -> float:
    """sum(baseline) / sum(method) - 1 of two sums; 0 where there is nothing to compare."""
    return float(baseline / reached - 1) if reached else 0.0


def figures_of(  # noqa: PLR0913 - what one line of the table depends on
    method: str,
    rows: Sequence[Row],
    programs: Mapping[str, str],
    *,
    labels: Mapping[str, int] | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Figures:
    """The figures of one method's rows of `judgements`, one for each function, at least one.

    `programs` says each function's program; `labels` what the lake's own searches reached on it.
    """
    rows = sorted(rows, key=lambda row: str(row["function_id"]))
    oz, plain, reached = (
        _ints(rows, name) for name in ("oz_instructions", "oz_plain_instructions", "instructions")
    )
    backed = np.minimum(oz, reached)
    low, high = interval(oz, reached, seed, resamples)
    backup_low, backup_high = interval(oz, backed, seed, resamples)
    saved = oz - reached
    compilations = sum(int(row["compilations"]) for row in rows)
    cpu_s = sum(float(row["cpu_s"]) for row in rows)
    on_gpu = [float(row["gpu_s"]) for row in rows if row["gpu_s"] is not None]
    gpu_s = sum(on_gpu) if on_gpu else None
    refused = [_why(row) for row in rows if row["refused"] is not None]
    gates = [row["gate"] for row in rows if row["refused"] is None]
    return Figures(
        method=method,
        model_id=str(rows[0]["model_id"]),
        functions=len(rows),
        improvement_over_oz=improvement(oz.sum(), reached.sum()),
        improvement_low=low,
        improvement_high=high,
        improvement_over_oz_plain=improvement(plain.sum(), reached.sum()),
        functions_improved=int((saved > 0).sum()),
        functions_regressed=int((saved < 0).sum()),
        instructions_saved=int(saved[saved > 0].sum()),
        instructions_regressed=int(-saved[saved < 0].sum()),
        compilations=compilations,
        compilations_per_function=compilations / len(rows),
        improvement_with_backup=improvement(oz.sum(), backed.sum()),
        backup_low=backup_low,
        backup_high=backup_high,
        improvement_with_backup_over_oz_plain=improvement(plain.sum(), backed.sum()),
        backup_compilations=sum((row["answered"] or row["pass_list"]) != OZ for row in rows),
        object_bytes_improvement=improvement(
            _ints(rows, "oz_object_bytes").sum(), _ints(rows, "object_bytes").sum()
        ),
        mean_program_reduction=mean_program_reduction(rows, programs),
        share_of_labels=_share(rows, labels),
        failed=refused.count("failed"),
        unstable=refused.count("unstable"),
        refuted=refused.count("refuted"),
        agreed=gates.count("agreed"),
        inconclusive=gates.count("inconclusive"),
        cpu_s=cpu_s,
        cpu_s_per_function=cpu_s / len(rows),
        gpu_s=gpu_s,
        gpu_s_per_function=None if gpu_s is None else gpu_s / len(rows),
    )


def interval(baseline: Ints, reached: Ints, seed: int, resamples: int) -> tuple[float, float]:
    """Bounds of 95 % of the improvements over draws of functions, with replacement.

    Equal numbers of functions and an equal seed give the same draws: methods are compared on them.
    """
    generator = np.random.default_rng(seed)
    found = []
    for first in range(0, resamples, _AT_ONCE):
        shape = (min(_AT_ONCE, resamples - first), len(baseline))
        draws = generator.integers(len(baseline), size=shape)
        found.append(baseline[draws].sum(axis=1) / np.maximum(1, reached[draws].sum(axis=1)) - 1)
    low, high = np.quantile(np.concatenate(found), (0.025, 0.975))
    return float(low), float(high)


def mean_program_reduction(rows: Sequence[Row], programs: Mapping[str, str]) -> float:
    """The mean over programs of 1 - sum(method) / sum(oz), as GRACE and others report theirs.

    Theirs search each program as one module; here a program is the functions of it that are judged.
    """
    sums: dict[str, tuple[int, int]] = {}
    for row in rows:
        program = programs.get(row["function_id"], "")
        oz, reached = sums.get(program, (0, 0))
        sums[program] = oz + row["oz_instructions"], reached + row["instructions"]
    return float(np.mean([1 - reached / oz if oz else 0.0 for oz, reached in sums.values()]))


def oracle(of_methods: Iterable[Sequence[Row]]) -> list[Row]:
    """For each function the best answer of all methods: what choosing among them could reach.

    Its costs are those of all methods together. Of equal answers the first method's stands.
    """
    best: dict[str, dict[str, Any]] = {}
    for rows in of_methods:
        for row in rows:
            known = best.get(row["function_id"])
            if known is None:
                best[row["function_id"]] = {**row, "model_id": ""}
                continue
            spent = {name: known[name] + row[name] for name in ("compilations", "cpu_s")}
            gpu = [one["gpu_s"] for one in (known, row) if one["gpu_s"] is not None]
            better = row if row["instructions"] < known["instructions"] else known
            best[row["function_id"]] = {
                **better,
                **spent,
                "gpu_s": sum(gpu) if gpu else None,
                "model_id": "",
            }
    return list(best.values())


def check_oracle(best: Sequence[Row], of_methods: Mapping[str, Sequence[Row]]) -> None:
    """Raise JudgingFailed where a method beats the oracle, or `oz` is not -Oz."""
    reached = {row["function_id"]: row["instructions"] for row in best}
    for method, rows in of_methods.items():
        for row in rows:
            if row["instructions"] < reached[row["function_id"]]:
                raise JudgingFailed(f"{method} beats the oracle on {row['function_id']}")
            if method == "oz" and row["instructions"] != row["oz_instructions"]:
                raise JudgingFailed(f"-Oz is not -Oz on {row['function_id']}")


def _ints(rows: Sequence[Row], name: str) -> Ints:
    return np.array([row[name] for row in rows], dtype=np.int64)


def _share(rows: Sequence[Row], labels: Mapping[str, int] | None) -> float | None:
    if labels is None:
        return None
    both = [row for row in rows if row["function_id"] in labels]
    saved = sum(row["oz_instructions"] - row["instructions"] for row in both)
    could = sum(row["oz_instructions"] - labels[row["function_id"]] for row in both)
    return saved / could if could else None


def _why(row: Row) -> str:
    """failed, unstable or refuted."""
    word = str(row["refused"]).partition(":")[0]
    return word if word in {"unstable", "refuted"} else "failed"
