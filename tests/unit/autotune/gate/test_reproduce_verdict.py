"""From a row of verdicts to its reproducer."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from autotune.errors import BadOption
from autotune.gate.reproduce_verdict import reproduce_verdict
from autotune.gate.verdict import Judgement, Kind, Verdict, verdict_row
from corpus.llvm.toolchain import OtherToolchain, find_toolchain
from warehouse import schema
from warehouse.lake import Lake

TOOLCHAIN = find_toolchain()
GUILTY = "function(lower-invoke)"
REFUTED = Judgement(
    Kind.PROGRAMS,
    None,
    f"globaldce,{GUILTY}",
    Verdict.REFUTED,
    reason="exception_loop ends with SIGABRT",
    programs=("exception_loop",),
    guilty=(GUILTY,),
)
AGREED = Judgement(Kind.PROGRAMS, None, "function(sroa)", Verdict.AGREED, inputs=100)


def kept(lake: Lake, *judgements: Judgement, toolchain: str = TOOLCHAIN.fingerprint) -> list[str]:
    """Keep judgements in a lake; their ids."""
    rows = [
        verdict_row(
            one, toolchain=toolchain, campaign_id=None, task_id="t", decided_at=datetime.now(UTC)
        )
        for one in judgements
    ]
    lake.commit("test", 0, [lake.stage("verdicts", schema.table_of("verdicts", rows), name="t")])
    return [row["verdict_id"] for row in rows]


def test_a_verdict_on_programs_is_shown_on_one_of_them(golden_lake: Lake, tmp_path: Path) -> None:
    refuted, _ = kept(golden_lake, REFUTED, AGREED)
    made = reproduce_verdict(golden_lake, TOOLCHAIN, refuted[:7], tmp_path / "bug", reducing_s=0)
    assert (made.pass_list, made.program) == (GUILTY, "exception_loop")
    assert (tmp_path / "bug" / "pass_list.txt").read_text() == f"{GUILTY}\n"
    assert made.document()["shown"]


def test_a_verdict_on_a_function_takes_its_ir(golden_lake: Lake, tmp_path: Path) -> None:
    function_id = golden_lake.read("functions").column("function_id")[0].as_py()
    seen = Judgement(
        Kind.FUNCTION, function_id, "function(adce)", Verdict.REFUTED, reason="returns 1, not 2"
    )
    (verdict,) = kept(golden_lake, seen)
    made = reproduce_verdict(golden_lake, TOOLCHAIN, verdict, tmp_path / "bug", reducing_s=0)
    assert made.not_shown
    assert "define" in (tmp_path / "bug" / "before.ll").read_text()


def test_what_refutes_nothing_cannot_be_shown(golden_lake: Lake, tmp_path: Path) -> None:
    _, agreed = kept(golden_lake, REFUTED, AGREED)
    with pytest.raises(BadOption, match="is agreed"):
        reproduce_verdict(golden_lake, TOOLCHAIN, agreed, tmp_path, reducing_s=0)


@pytest.mark.parametrize("verdict", ["nothing", ""])
def test_an_id_that_names_nothing_is_refused(
    golden_lake: Lake, tmp_path: Path, verdict: str
) -> None:
    kept(golden_lake, REFUTED)
    with pytest.raises(BadOption, match="no verdict of this lake begins with"):
        reproduce_verdict(golden_lake, TOOLCHAIN, verdict, tmp_path, reducing_s=0)


def test_a_verdict_of_another_llvm_is_refused(golden_lake: Lake, tmp_path: Path) -> None:
    (verdict,) = kept(golden_lake, REFUTED, toolchain="llvm-21-elsewhere")
    with pytest.raises(OtherToolchain, match="name that LLVM with --llvm"):
        reproduce_verdict(golden_lake, TOOLCHAIN, verdict, tmp_path, reducing_s=0)
