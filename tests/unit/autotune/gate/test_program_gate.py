"""What the programs say of pass lists, and that what they said before changes nothing."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from autotune.gate.bisect import culprit_of
from autotune.gate.cache import GateCache
from autotune.gate.programs import Judged, ProgramGate
from autotune.gate.suite import Program, suite
from corpus.llvm.pass_list import BadPassList
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import Toolchain, find_toolchain

PLANTED = "function(early-cse),function(dse),function(newgvn)"
BY_NAME = {one.name: one for one in suite()}
FEW = [
    "exception_loop",
    "load_redundant",
    "loop_fuse_scalar",
    "loop_irreducible",
    "recursion_tail",
    "store_select",
]

WRAPS = """
#include <stdio.h>
int main(void) {
  volatile int from = 2147483000;
  int trips = 0;
  for (int i = from; i > 0; i++) trips++;
  return printf("%d trips\\n", trips) < 0;
}
"""
"""Its loop ends by an overflow, which C does not define: -O2 makes it endless."""

LEAVES = '#include <stdio.h>\nint main(void) { return printf("nothing good\\n"); }\n'
"""Ends with a status that is not 0: no program of the gate."""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(find_toolchain()) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def gate(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> ProgramGate:
    return _few(sandbox, tmp_path_factory.mktemp("gate"))


def _few(sandbox: Sandbox, folder: Path) -> ProgramGate:
    programs = [BY_NAME[name] for name in FEW]
    return ProgramGate(sandbox, programs=programs, cache=GateCache("few", "here", folder))


def _of(sandbox: Sandbox, folder: Path, **sources: str) -> ProgramGate:
    for name, text in sources.items():
        (folder / f"{name}.c").write_text(text)
    programs = [Program(folder / f"{name}.c") for name in sources]
    return ProgramGate(sandbox, programs=programs, cache=GateCache("own", "here", folder))


@pytest.mark.parametrize("pass_list", ["", "default<Oz>", "function(sroa,gvn),globaldce"])
def test_a_list_that_keeps_every_output_is_agreed(gate: ProgramGate, pass_list: str) -> None:
    judged = gate.judge(pass_list)
    assert (judged.verdict, judged.programs, judged.reason) == ("agreed", len(FEW), "")


def test_the_planted_list_is_caught_and_its_guilty_pass_named(gate: ProgramGate) -> None:
    """llvm-project #70421: fails when an LLVM has mended it."""
    judged = gate.judge(f"globaldce,{PLANTED},function(adce)")
    assert judged.verdict == "refuted"
    assert judged.refuting == ("exception_loop",)
    assert judged.reason == "exception_loop prints something else"
    assert judged.programs == len(FEW) - 1
    assert culprit_of(judged.guilty) == "function(newgvn)"
    again = gate.judge(",".join(judged.guilty))
    assert (again.verdict, again.guilty) == ("refuted", judged.guilty)


def test_a_false_promise_is_blamed_on_who_made_it(gate: ProgramGate) -> None:
    """The attributor marks loads invariant that are not; gvn believes it."""
    judged = gate.judge("function(sroa),attributor,function(instcombine<no-verify-fixpoint>,gvn)")
    assert judged.guilty == ("attributor", "function(gvn)")
    assert judged.refuting == ("load_redundant",)
    assert culprit_of(judged.guilty) == "attributor"


def test_loop_fusion_loses_what_one_loop_leaves_for_the_next(gate: ProgramGate) -> None:
    """llvm-project #191238: fails when an LLVM has mended it."""
    judged = gate.judge("function(mem2reg),function(loop-fusion),globaldce")
    assert judged.refuting == ("loop_fuse_scalar",)
    assert judged.guilty == ("function(mem2reg)", "function(loop-fusion)")
    assert culprit_of(judged.guilty) == "function(loop-fusion)"


@pytest.mark.parametrize("guilty", ["attributor-light", "cgscc(attributor-light-cgscc)"])
def test_a_store_through_one_of_two_pointers_is_a_store(gate: ProgramGate, guilty: str) -> None:
    """The light attributor says `memory(none)`: fails when an LLVM has mended it."""
    judged = gate.judge(f"function(mem2reg),function(simplifycfg),{guilty}")
    assert judged.refuting == ("store_select",)
    assert culprit_of(judged.guilty) == guilty


def test_an_exception_that_is_no_longer_caught_ends_the_program(gate: ProgramGate) -> None:
    judged = gate.judge("function(lower-invoke)")
    assert judged.guilty == ("function(lower-invoke)",)
    assert judged.reason == "exception_loop ends with SIGABRT"


def test_where_llvm_itself_fails_nothing_is_claimed(gate: ProgramGate) -> None:
    judged = gate.judge("function(fix-irreducible)")
    assert (judged.verdict, judged.programs) == ("inconclusive", len(FEW) - 1)
    assert judged.reason.startswith("LLVM fails on 1 of the programs: loop_irreducible (crashed")


def test_a_list_that_llvm_does_not_know_is_inconclusive(gate: ProgramGate) -> None:
    judged = gate.judge("no-such-pass")
    assert judged.verdict == "inconclusive"
    assert judged.reason.startswith("rejected: ")


def test_a_text_that_is_no_list_is_refused(gate: ProgramGate) -> None:
    with pytest.raises(BadPassList):
        gate.judge("function(")


def test_a_program_that_hangs_is_wrong(sandbox: Sandbox, tmp_path: Path) -> None:
    judged = _of(sandbox, tmp_path, wraps=WRAPS).judge("default<O2>", bisect=False)
    assert (judged.verdict, judged.reason) == ("refuted", "wraps hangs")
    assert judged.guilty == ()


def test_too_few_programs_say_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    judged = _of(sandbox, tmp_path, leaves=LEAVES, broken="int main(void) {").judge("default<Oz>")
    assert judged.verdict == "inconclusive"
    assert judged.reason == "only 0 of 2 programs can be run on this machine"


def test_without_clang_nothing_is_claimed(tmp_path: Path) -> None:
    found = find_toolchain()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "opt").symlink_to(found.prefix / "bin" / "opt")
    bare = Toolchain(
        tmp_path, found.version, found.libllvm, found.libllvm_sha256, found.target, found.aslr_off
    )
    with Sandbox(bare) as sandbox:
        judged = _few(sandbox, tmp_path / "cache").judge("default<Oz>")
    assert judged.verdict == "inconclusive"
    assert judged.reason.startswith("no programs to run: ")


def test_what_is_known_costs_nothing_and_is_the_same(sandbox: Sandbox, tmp_path: Path) -> None:
    lists = ["default<Oz>", "function(lower-invoke)", "function(sroa)", "function(mem2reg)"]
    first = [_few(sandbox, tmp_path).judge(one) for one in lists]
    again = [_few(sandbox, tmp_path).judge(one) for one in lists]
    assert all(one.cpu_us > 0 for one in first)
    assert again == [_free(one) for one in first]


def test_no_result_depends_on_what_is_known(sandbox: Sandbox, tmp_path: Path) -> None:
    lists = ["function(sroa)", PLANTED, "function(mem2reg)", "function(lower-invoke)"]
    warm = _few(sandbox, tmp_path / "one")
    forward = [_free(warm.judge(one)) for one in lists]
    cold = _few(sandbox, tmp_path / "two")
    backward = [_free(cold.judge(one)) for one in reversed(lists)]
    assert forward == backward[::-1]


def test_a_refuted_list_is_bisected_when_that_is_asked_for(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    gate = _few(sandbox, tmp_path)
    assert gate.judge("function(sroa),function(lower-invoke)", bisect=False).guilty == ()
    guilty = gate.judge("function(sroa),function(lower-invoke)").guilty
    assert guilty == ("function(lower-invoke)",)


@pytest.mark.parametrize(
    "content", [b"not a database at all, but quite long" * 99, b""], ids=["other", "empty"]
)
def test_a_cache_that_is_something_else_costs_time_only(
    sandbox: Sandbox, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "few-here.sqlite").write_bytes(content)
    assert _few(sandbox, tmp_path).judge("function(sroa)").verdict == "agreed"


def test_a_cache_that_holds_nonsense_is_not_believed(sandbox: Sandbox, tmp_path: Path) -> None:
    _few(sandbox, tmp_path).judge("function(sroa)")
    with sqlite3.connect(tmp_path / "few-here.sqlite") as connection:
        connection.execute("UPDATE lists SET found = '{\"verdict\": 7}'")
    connection.close()
    assert _few(sandbox, tmp_path).judge("function(sroa)").verdict == "agreed"


def test_a_folder_that_cannot_be_made_costs_time_only(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert _few(sandbox, tmp_path / "file" / "cache").judge("function(sroa)").programs == len(FEW)


def test_files_of_old_gates_go(tmp_path: Path) -> None:
    for number in range(9):
        GateCache(f"v{number}", "here", tmp_path).close()
    left = sorted(path.name for path in tmp_path.glob("*.sqlite"))
    assert len(left) == 6
    assert "v8-here.sqlite" in left


def _free(judged: Judged) -> Judged:
    return Judged(judged.verdict, judged.programs, judged.refuting, judged.guilty, judged.reason, 0)
