"""What an answer is worth, by the real opt and by execution: cheats and wrong code are refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from autotune.gate.cache import GateCache
from autotune.gate.programs import GATE_VERSION
from corpus.golden import golden_functions
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import find_toolchain
from trainer.judging import ruler as judging
from trainer.judging.ruler import AnswerRuler, Baseline, Standing

TOOLCHAIN = find_toolchain()
SUM = next(one.ir for one in golden_functions() if one.name == "sum")

ALIASED_STORE = f"""
target triple = "{TOOLCHAIN.target}"

define i32 @f(ptr %p, ptr %q, i64 %i) {{
  %from = getelementptr inbounds i32, ptr %p, i64 %i
  %a = load i32, ptr %from
  %to = getelementptr inbounds i32, ptr %q, i64 %i
  store i32 5, ptr %to
  %b = load i32, ptr %from
  %sum = add i32 %a, %b
  ret i32 %sum
}}
"""
"""The second load sees the store where p and q are one; attributor tells gvn that it does not."""

GAINS = "function(gvn),function(mem2reg)"
WRONG = "attributor,function(gvn)"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(TOOLCHAIN) as sandbox:
        yield sandbox


@pytest.fixture
def cache(tmp_path: Path) -> GateCache:
    return GateCache(GATE_VERSION, TOOLCHAIN.fingerprint, tmp_path / "judge")


@pytest.fixture
def ruler(sandbox: Sandbox, cache: GateCache) -> AnswerRuler:
    return AnswerRuler(sandbox, cache)


def baseline(ruler: AnswerRuler, ir: str) -> Baseline:
    found = ruler.baseline("f", ir)
    assert found is not None
    return found


def standing(ruler: AnswerRuler, pass_list: str, ir: str = SUM) -> Standing:
    return ruler.standing("f", ir, pass_list, baseline(ruler, ir))


def test_oz_is_worth_itself_and_claims_nothing(ruler: AnswerRuler) -> None:
    found = standing(ruler, "default<Oz>")
    assert found.instructions == baseline(ruler, SUM).oz_instructions
    assert (found.refused, found.gate, found.judgements) == (None, "same_as_oz", ())


def test_another_list_that_leaves_the_same_code_claims_nothing_either(ruler: AnswerRuler) -> None:
    found = standing(ruler, "default<Oz>,globaldce")
    assert (found.refused, found.gate) == (None, "same_as_oz")


def test_a_list_that_gains_nothing_counts_and_is_not_executed(ruler: AnswerRuler) -> None:
    found = standing(ruler, "function(sroa)")
    assert found.instructions is not None
    assert found.instructions >= baseline(ruler, SUM).oz_instructions
    assert (found.refused, found.gate, found.judgements) == (None, "not_run", ())


@pytest.mark.parametrize(
    ("cheat", "why"),
    [
        ("internalize,globaldce", "invalid: external symbols changed"),
        ("metarenamer", "invalid: external symbols changed"),
        ("function(no-such-pass)", "rejected: "),
        ("function(sroa", "rejected: "),
        ("", "rejected: this is no pass list"),
        ("function(sroa)\0", "rejected: this is no pass list"),
    ],
)
def test_a_cheat_and_what_is_no_list_are_refused(ruler: AnswerRuler, cheat: str, why: str) -> None:
    found = standing(ruler, cheat)
    assert found.refused is not None
    assert found.refused.startswith(why)
    assert (found.instructions, found.gate) == (None, "not_run")


def test_wrong_code_that_is_smaller_is_refuted_with_its_evidence(ruler: AnswerRuler) -> None:
    found = standing(ruler, WRONG, ALIASED_STORE)
    assert found.instructions is not None
    assert found.instructions < baseline(ruler, ALIASED_STORE).oz_instructions
    assert found.gate == "refuted"
    assert found.refused is not None
    assert found.refused.startswith("refuted: ")
    assert any(one.refutes for one in found.judgements)


def test_a_gain_is_executed(ruler: AnswerRuler) -> None:
    found = standing(ruler, GAINS)
    assert found.instructions is not None
    assert found.instructions < baseline(ruler, SUM).oz_instructions
    assert (found.refused, found.gate) == (None, "agreed")
    assert [one.verdict for one in found.judgements] == ["agreed", "agreed"]


def test_what_was_found_once_is_not_found_again(
    sandbox: Sandbox, cache: GateCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists = [("default<Oz>,globaldce", SUM), (WRONG, ALIASED_STORE), ("metarenamer", SUM)]
    first = AnswerRuler(sandbox, cache)
    before = [
        first.standing(name, ir, one, baseline_of(first, name, ir))
        for name, (one, ir) in zip("abc", lists, strict=True)
    ]
    monkeypatch.setattr(judging, "refer", None)
    again = AnswerRuler(sandbox, cache)
    after = [
        again.standing(name, ir, one, baseline_of(again, name, ir))
        for name, (one, ir) in zip("abc", lists, strict=True)
    ]
    assert after == before


def baseline_of(ruler: AnswerRuler, name: str, ir: str) -> Baseline:
    found = ruler.baseline(name, ir)
    assert found is not None
    return found


def test_an_answer_that_opt_does_not_repeat_is_refused(
    ruler: AnswerRuler, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = baseline(ruler, SUM)
    said = judging.refer
    counts = iter([4, 5])

    def unsteady(*given: object) -> object:
        found = said(*given)  # type: ignore[arg-type]
        last = found.measurement.__class__(
            found.measurement.outcome, next(counts), 8, found.measurement.state_hash
        )
        return found.__class__(found.measurement, stable=False, runs=2, last=last)

    monkeypatch.setattr(judging, "refer", unsteady)
    found = ruler.standing("f", SUM, "function(sroa)", own)
    assert found.refused is not None
    assert found.refused.startswith("unstable: opt gave ")
    assert found.judgements[0].kind == "stability"


def test_without_a_baseline_there_is_nothing_to_judge(
    ruler: AnswerRuler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "OZ", "function(no-such-pass)")
    assert ruler.baseline("f", SUM) is None
