"""`gate PASS_LIST`: real programs and real execution, on lists known to be wrong or right."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autotune.executors.inline import InlineExecutor
from autotune.gate import one_list
from autotune.gate.function import WholeGate, pair_seed
from autotune.gate.one_list import ListReport, gate_functions, gate_list
from autotune.gate.verdict import Judgement, Kind, Verdict
from corpus.golden import golden_functions
from corpus.llvm.pass_list import BadPassList
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import find_toolchain
from warehouse import sql
from warehouse.lake import Lake

TOOLCHAIN = find_toolchain()
WRONG = "function(early-cse),function(dse),function(newgvn)"
IR = {one.name: one.ir for one in golden_functions()}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(TOOLCHAIN) as sandbox:
        yield sandbox


def test_a_list_known_to_be_wrong_is_refuted_and_kept(golden_lake: Lake) -> None:
    found = gate_list(TOOLCHAIN, WRONG, golden_lake)
    assert found.refutes
    assert found.guilty == tuple(WRONG.split(","))
    kept = sql.run(golden_lake, "SELECT pass_list, verdict, kind, guilty FROM verdicts").to_pylist()
    assert kept == [
        {"pass_list": WRONG, "verdict": "refuted", "kind": "programs", "guilty": WRONG.split(",")}
    ]
    gate_list(TOOLCHAIN, WRONG, golden_lake)
    assert sql.run(golden_lake, "FROM verdicts").num_rows == 1
    assert golden_lake.read("verdicts").num_rows == 2


def test_a_list_is_judged_on_functions_that_it_changes(
    golden_lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_list, "FUNCTIONS_PER_TASK", 2)
    rows = golden_lake.read("functions", columns=["function_id", "name"]).to_pylist()
    ids = {row["name"]: row["function_id"] for row in rows}
    chosen = [ids[name] for name in ("gcd", "fibonacci", "swap_bytes", "add_all")]
    executor = InlineExecutor(golden_lake)
    counts, lost = gate_functions(golden_lake, TOOLCHAIN, "function(sroa)", chosen, executor)
    assert (counts, lost) == ({"agreed": 3, "inconclusive": 1}, [])
    again, _ = gate_functions(golden_lake, TOOLCHAIN, "function(sroa)", chosen, executor)
    assert (again, golden_lake.read("verdicts").num_rows) == (counts, 4)


def test_a_function_that_a_list_leaves_alone_or_fails_on_is_not_executed(
    golden_lake: Lake,
) -> None:
    chosen = golden_lake.read("functions").column("function_id").to_pylist()[:2]
    executor = InlineExecutor(golden_lake)
    for pass_list in ("function(loop-fusion)", "function(no-such-pass)"):
        assert gate_functions(golden_lake, TOOLCHAIN, pass_list, chosen, executor) == ({}, [])


def test_what_is_no_list_is_refused() -> None:
    with pytest.raises(BadPassList, match="parenthesis"):
        gate_list(TOOLCHAIN, "function(sroa", None)


@pytest.mark.parametrize(
    ("pass_list", "after", "verdict"),
    [
        ("function(sroa)", IR["sum"], Verdict.AGREED),
        ("function(sroa)", IR["sum"].replace("add nsw i32", "sub nsw i32"), Verdict.REFUTED),
        ("function(sroa)", "this is no module", Verdict.INCONCLUSIVE),
    ],
)
def test_a_pair_is_judged_by_execution_once_the_programs_let_its_list_pass(
    sandbox: Sandbox, pass_list: str, after: str, verdict: Verdict
) -> None:
    gate = WholeGate(sandbox)
    on_programs, on_function = gate.judge("f1", IR["sum"], pass_list, after)
    assert (on_programs.kind, on_programs.verdict) == (Kind.PROGRAMS, Verdict.AGREED)
    assert (on_function.kind, on_function.verdict) == (Kind.FUNCTION, verdict)
    assert gate.cpu_s > 0


def test_a_list_that_programs_refute_is_not_tried_on_the_function(sandbox: Sandbox) -> None:
    (only,) = WholeGate(sandbox).judge("f1", IR["sum"], WRONG, "never looked at")
    assert (only.kind, only.verdict) == (Kind.PROGRAMS, Verdict.REFUTED)


def test_the_inputs_of_a_pair_are_its_own() -> None:
    seeds = {pair_seed(function, one) for function in ("f1", "f2") for one in ("a", "b")}
    assert len(seeds) == 4
    assert all(0 <= seed < 2**63 for seed in seeds)


def report(verdict: Verdict, functions: dict[str, int]) -> ListReport:
    reason = "no program ran" * (verdict is not Verdict.AGREED)
    return ListReport("a", Judgement(Kind.PROGRAMS, None, "a", verdict, 9, reason), functions, ())


AGREES: list[tuple[Callable[[], ListReport], bool]] = [
    (lambda: report(Verdict.AGREED, {}), True),
    (lambda: report(Verdict.AGREED, {"agreed": 3, "inconclusive": 2}), True),
    (lambda: report(Verdict.AGREED, {"agreed": 3, "refuted": 1}), False),
    (lambda: report(Verdict.INCONCLUSIVE, {}), False),
    (lambda: report(Verdict.REFUTED, {}), False),
]


@pytest.mark.parametrize(("made", "agreed"), AGREES)
def test_a_list_agrees_where_programs_do_and_no_function_refutes(
    made: Callable[[], ListReport],
    agreed: bool,  # noqa: FBT001 - what is expected
) -> None:
    assert made().agreed is agreed


def test_the_command_says_by_its_status_what_was_found(passlake: Path, tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [passlake, "gate", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    wrong = run(WRONG, "--json")
    assert (wrong.returncode, json.loads(wrong.stdout)["verdict"]) == (1, "refuted")
    assert run("function(sroa)").returncode == 0
    assert run().returncode == 2
    assert run("function(sroa)", "--pending").returncode == 2
    assert list(tmp_path.iterdir()) == []
