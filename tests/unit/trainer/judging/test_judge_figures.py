"""The paper's columns, from its own counts and from answers worked out by hand."""

# ruff: noqa: S106  (a pass list is no password)

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.errors import JudgingFailed
from trainer.judging.figures import (
    check_oracle,
    figures_of,
    improvement,
    interval,
    mean_program_reduction,
    oracle,
)

Row = dict[str, Any]

PAPERS_OZ = 645_773
"""Instructions after -Oz of the paper's 100,000 test functions, as reported."""

PAPERS_ROWS = [
    # improved, regressed, saved, lost, overall %, overall % with -Oz backup, as reported
    pytest.param(6_764, 0, 30_948, 0, 5.03, 5.03, id="autotuner"),
    pytest.param(1_558, 8_400, 6_522, 32_357, -3.85, 1.02, id="autophase"),
    pytest.param(3_985, 6_072, 16_064, 28_405, -1.88, 2.55, id="coreset-nvp"),
    pytest.param(4_136, 526, 21_935, 3_095, 3.01, 3.52, id="7b-model"),
]


def answer(function_id: str, oz: int, reached: int, **said: object) -> Row:
    row = {
        "model_id": "",
        "function_id": function_id,
        "pass_list": "function(sroa)",
        "instructions": reached,
        "oz_instructions": oz,
        "oz_plain_instructions": oz + 1,
        "object_bytes": 4 * reached,
        "oz_object_bytes": 4 * oz,
        "compilations": 2,
        "cpu_s": 0.5,
        "gpu_s": None,
        "answered": None,
        "refused": None,
        "gate": "agreed" if reached < oz else "not_run",
    }
    return row | said


def spread(name: str, functions: int, instructions: int) -> list[tuple[str, int]]:
    """So many functions with a difference of at least one each, that come to `instructions`."""
    each = [1] * (functions - 1) + [instructions - functions + 1]
    return [(f"{name}{place}", one) for place, one in enumerate(each[:functions])]


@pytest.mark.parametrize(
    ("improved", "regressed", "saved", "lost", "overall", "with_backup"), PAPERS_ROWS
)
def test_the_pooled_formula_gives_the_percentages_that_the_paper_reports(  # noqa: PLR0913, PLR0917  (a line of the paper's table)
    improved: int, regressed: int, saved: int, lost: int, overall: float, with_backup: float
) -> None:
    better = [answer(name, 1 + one, 1) for name, one in spread("better", improved, saved)]
    worse = [answer(name, 1, 1 + one) for name, one in spread("worse", regressed, lost)]
    rest = PAPERS_OZ - sum(row["oz_instructions"] for row in [*better, *worse])
    rows = [*better, *worse, answer("rest", rest, rest)]
    found = figures_of("as reported", rows, {}, resamples=10)
    assert (found.functions_improved, found.functions_regressed) == (improved, regressed)
    assert (found.instructions_saved, found.instructions_regressed) == (saved, lost)
    assert round(100 * found.improvement_over_oz, 2) == overall
    assert round(100 * found.improvement_with_backup, 2) == with_backup
    # Neither of the other two readings gives these figures.
    per_function = np.mean([1 - row["instructions"] / row["oz_instructions"] for row in rows])
    assert round(100 * float(per_function), 2) != overall
    reached = sum(row["instructions"] for row in rows)
    assert round(100 * (1 - reached / PAPERS_OZ), 2) != overall


def test_one_line_of_the_table_is_what_its_rows_say() -> None:
    rows = [
        answer("f1", 10, 6),
        answer("f2", 10, 13),
        answer("f3", 10, 10, pass_list="default<Oz>", gate="same_as_oz"),
        answer(
            "f4", 10, 10, pass_list="default<Oz>", answered="x", refused="refuted: function: f4"
        ),
        answer("f5", 10, 10, pass_list="default<Oz>", answered="y", refused="rejected: unknown y"),
        answer("f6", 10, 10, pass_list="default<Oz>", answered="z", refused="unstable: 9, then 8"),
        answer("f7", 10, 9, gate="inconclusive", gpu_s=0.25),
    ]
    found = figures_of("net", rows, {}, labels={"f1": 5, "f2": 10, "f7": 9})
    assert found.improvement_over_oz == pytest.approx(70 / 68 - 1)
    assert found.improvement_over_oz_plain == pytest.approx(77 / 68 - 1)
    assert found.improvement_with_backup == pytest.approx(70 / 65 - 1)
    assert found.improvement_with_backup_over_oz_plain == pytest.approx(77 / 65 - 1)
    assert found.object_bytes_improvement == pytest.approx(280 / 272 - 1)
    assert (found.functions_improved, found.functions_regressed) == (2, 1)
    assert (found.instructions_saved, found.instructions_regressed) == (5, 3)
    assert (found.failed, found.unstable, found.refuted) == (1, 1, 1)
    assert (found.agreed, found.inconclusive) == (1, 1)
    assert (found.compilations, found.compilations_per_function) == (14, 2.0)
    assert found.backup_compilations == 6
    assert found.share_of_labels == pytest.approx((4 - 3 + 1) / (5 + 0 + 1))
    assert (found.cpu_s, found.gpu_s) == (3.5, 0.25)
    assert found.improvement_low <= found.improvement_over_oz <= found.improvement_high


def test_programs_count_alike_in_the_mean_that_later_literature_reports() -> None:
    rows = [answer("f1", 10, 5), answer("f2", 10, 10), answer("f3", 1000, 1000)]
    programs = {"f1": "small", "f2": "small", "f3": "large"}
    assert mean_program_reduction(rows, programs) == pytest.approx((0.25 + 0.0) / 2)
    assert figures_of("m", rows, programs).improvement_over_oz == pytest.approx(1020 / 1015 - 1)


def test_an_interval_is_the_same_again_and_holds_nothing_where_nothing_varies() -> None:
    oz, reached = np.array([10, 20, 30, 7]), np.array([9, 20, 25, 8])
    low, high = interval(oz, reached, 0, 500)
    assert (low, high) == interval(oz, reached, 0, 500)
    assert low < oz.sum() / reached.sum() - 1 < high
    assert interval(oz, oz, 0, 500) == (0.0, 0.0)


def test_an_improvement_over_nothing_is_none() -> None:
    assert improvement(0, 0) == 0.0


ANSWERS = st.lists(st.lists(st.integers(1, 30), min_size=5, max_size=5), min_size=1, max_size=4)


@given(ANSWERS)
def test_the_oracle_is_never_beaten_and_always_somebodys_answer(
    counts: Sequence[list[int]],
) -> None:
    methods = {
        f"m{place}": [answer(f"f{n}", 10, count) for n, count in enumerate(some)]
        for place, some in enumerate(counts)
    }
    best = oracle(methods.values())
    check_oracle(best, methods)
    assert [row["instructions"] for row in best] == [
        min(column) for column in zip(*counts, strict=True)
    ]
    top = figures_of("oracle", best, {}, resamples=10)
    each = [figures_of(name, rows, {}, resamples=10) for name, rows in methods.items()]
    assert all(top.improvement_over_oz >= one.improvement_over_oz for one in each)
    assert top.compilations == sum(one.compilations for one in each)


def test_figures_that_cannot_be_true_are_refused() -> None:
    oz = [answer("f1", 10, 10)]
    with pytest.raises(JudgingFailed, match="net beats the oracle on f1"):
        check_oracle(oz, {"net": [answer("f1", 10, 9)]})
    with pytest.raises(JudgingFailed, match="-Oz is not -Oz on f1"):
        check_oracle([answer("f1", 10, 9)], {"oz": [answer("f1", 10, 9)]})
