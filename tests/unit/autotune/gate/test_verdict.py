"""What a judgement is called, and the row that keeps it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotune.gate.verdict import Judgement, Kind, Verdict, state_of, verdict_row
from warehouse import schema

PAIR = Judgement(Kind.FUNCTION, "f1", "globaldce", Verdict.REFUTED, 3, "differs", input_seed=7)
LIST = Judgement(
    Kind.PROGRAMS, None, "a,b", Verdict.REFUTED, 9, "loops differs", ("loops",), ("b",)
)


def test_the_same_judgement_has_the_same_name_wherever_it_was_made() -> None:
    again = replace(PAIR, inputs=5, reason="differs otherwise", input_seed=8)
    assert again.verdict_id("llvm-22") == PAIR.verdict_id("llvm-22")


@pytest.mark.parametrize(
    "change",
    [
        {"kind": Kind.STABILITY},
        {"function_id": "f2"},
        {"pass_list": "globalopt"},
        {"verdict": Verdict.INCONCLUSIVE},
    ],
)
def test_another_judgement_has_another_name(change: dict[str, Any]) -> None:
    assert replace(PAIR, **change).verdict_id("llvm-22") != PAIR.verdict_id("llvm-22")


def test_another_llvm_is_judged_anew() -> None:
    assert PAIR.verdict_id("llvm-22") != PAIR.verdict_id("llvm-23")


@pytest.mark.parametrize("judgement", [PAIR, LIST])
def test_a_row_holds_all_that_was_found(judgement: Judgement) -> None:
    row = verdict_row(
        judgement,
        toolchain="llvm-22",
        campaign_id=None,
        task_id="t",
        decided_at=datetime.now(UTC),
    )
    (kept,) = schema.table_of("verdicts", [row]).to_pylist()
    of_row = Judgement(
        Kind(kept["kind"]),
        kept["function_id"],
        kept["pass_list"],
        Verdict(kept["verdict"]),
        kept["inputs"],
        kept["reason"],
        tuple(kept["programs"]),
        tuple(kept["guilty"]),
        kept["input_seed"],
    )
    assert of_row == judgement
    assert kept["gate_version"]


@given(st.lists(st.sampled_from([Verdict.AGREED, Verdict.INCONCLUSIVE]), max_size=4))
def test_programs_alone_make_no_label_agreed(verdicts: list[Verdict]) -> None:
    on_programs = [Judgement(Kind.PROGRAMS, None, "a", one, reason=why(one)) for one in verdicts]
    assert state_of(on_programs) == "not_run"
    on_function = Judgement(Kind.FUNCTION, "f1", "a", Verdict.AGREED)
    assert state_of([*on_programs, on_function]) == "agreed"


def why(verdict: Verdict) -> str:
    return {Verdict.AGREED: ""}.get(verdict, "some reason")


@pytest.mark.parametrize("change", [{"function_id": None}, {"reason": ""}])
def test_a_judgement_without_its_function_or_reason_is_none(change: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        replace(PAIR, **change)
