"""The workbench: a list applied and a search run on a function's IR, as a notebook does it."""

from collections.abc import Iterator

import pytest

from autotune.errors import BadOption
from autotune.workbench import Workbench
from corpus.errors import BadModule
from corpus.llvm.measurement import Outcome

IR = """
define i32 @twice(i32 %x) #0 {
entry:
  %slot = alloca i32, align 4
  store i32 %x, ptr %slot, align 4
  %a = load i32, ptr %slot, align 4
  %b = load i32, ptr %slot, align 4
  %sum = add nsw i32 %a, %b
  ret i32 %sum
}
attributes #0 = { nounwind minsize optsize }
"""


@pytest.fixture(scope="module")
def bench() -> Iterator[Workbench]:
    with Workbench() as opened:
        yield opened


def test_a_list_that_is_applied_is_measured_and_shown(bench: Workbench) -> None:
    applied = bench.apply(IR, "function(sroa),function(instcombine<no-verify-fixpoint>)")
    assert applied.measurement.outcome is Outcome.OK
    assert applied.measurement.instructions == 2
    assert applied.ir is not None
    assert "alloca" not in applied.ir
    assert "@twice" in applied.ir


def test_a_list_that_does_not_parse_has_an_outcome_and_no_ir(bench: Workbench) -> None:
    applied = bench.apply(IR, "function(no-such-pass)")
    assert (applied.measurement.outcome, applied.ir) == (Outcome.REJECTED, None)


def test_a_search_settles_for_oz_where_nothing_is_smaller(bench: Workbench) -> None:
    answer = bench.search(IR, evaluations=20, gate=False)
    assert (answer.pass_list, answer.instructions) == ("default<Oz>", 2)
    assert (answer.gate, answer.stable) == ("same_as_oz", None)
    assert answer.evaluations == 20
    assert answer.compilations >= 22
    assert "alloca" not in answer.optimised_ir


def test_the_same_search_gives_the_same_answer(bench: Workbench) -> None:
    answers = [
        bench.search(IR, strategy="random", evaluations=10, seed=7, gate=False) for _ in range(2)
    ]
    assert answers[0].compilations == answers[1].compilations
    assert answers[0].optimised_ir == answers[1].optimised_ir


def test_options_and_modules_that_cannot_be_are_refused(bench: Workbench) -> None:
    with pytest.raises(BadOption, match="never ends"):
        bench.search(IR, strategy="local")
    with pytest.raises(BadModule):
        bench.search("no module", evaluations=1)
