"""Which passes verdicts bar, and what is left of a pass space then."""

from typing import Any

import pytest

from autotune.gate.barring import LEAST_PROGRAMS, barred_by
from corpus.llvm.pass_list import PassList
from corpus.llvm.passes import NotInPassSpace, PassSpace

SPACE = PassSpace.load()
GVN, SROA = "function(gvn)", "function(sroa)"


def refuted(guilty: list[str] | None, *programs: str, verdict_id: str = "v1") -> dict[str, Any]:
    return {
        "verdict_id": verdict_id,
        "pass_list": ",".join(guilty or []),
        "programs": list(programs),
        "guilty": guilty,
    }


HOIST = "function(gvn-hoist)"


def test_the_culprit_of_what_still_refutes_is_barred_after_enough_programs() -> None:
    assert LEAST_PROGRAMS == 3
    rows = [
        refuted([SROA, HOIST], "loops", "sort", verdict_id="v1"),
        refuted([HOIST], "tables", verdict_id="v2"),
        refuted([SROA], "loops", "sort", verdict_id="v3"),
    ]
    assert barred_by(rows) == {
        HOIST: f"gate: wrong code in loops, sort, tables by {HOIST} (verdict v2)"
    }


def test_a_combination_without_a_culprit_bars_nothing() -> None:
    assert barred_by([refuted([SROA, GVN], "loops", "sort", "tables", "more")]) == {}


def test_one_program_that_many_lists_break_is_one() -> None:
    rows = [refuted([GVN], "loops", verdict_id=f"v{number}") for number in range(9)]
    assert barred_by(rows) == {}


@pytest.mark.parametrize("guilty", [None, []])
def test_a_refutation_whose_culprit_is_not_known_bars_nothing(guilty: list[str] | None) -> None:
    assert barred_by([refuted(guilty, "a", "b", "c")]) == {}


def test_a_space_without_a_pass_is_another_space() -> None:
    less = SPACE.without({GVN: "gate: wrong code"})
    assert less.version != SPACE.version
    assert GVN not in less.by_text
    assert [one.pass_id for one in less.passes] == list(range(len(SPACE.passes) - 1))
    assert {one.text for one in less.passes} == {one.text for one in SPACE.passes} - {GVN}
    assert less.barred["gvn"] == "gate: wrong code"
    with pytest.raises(NotInPassSpace, match="gvn: is barred, gate: wrong code"):
        less.canonical(PassList.parse(GVN))


def test_the_same_bars_make_the_same_space() -> None:
    bars = {GVN: "one reason", SROA: "another"}
    again = dict.fromkeys(reversed(bars), "said otherwise")
    assert SPACE.without(bars).version == SPACE.without(again).version


@pytest.mark.parametrize("text", ["default<Oz>", "no-such-pass"])
def test_levels_and_unknown_passes_cannot_be_barred(text: str) -> None:
    assert SPACE.without({text: "reason"}) is SPACE
