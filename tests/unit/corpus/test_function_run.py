"""Functions before and after pass lists, executed side by side in the sandbox."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.errors import BadModule
from corpus.llvm.execution import Compared, compare
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import find_toolchain
from tests.unit.corpus.executed import (
    ASKS,
    BY_VALUE,
    CALLS,
    ENDS,
    FILL,
    FLOATS,
    FOLLOW,
    NOP,
    OWN,
    OWNS,
    PATTERN,
    POINTER_CALL,
    PRINTS,
    SUM,
    VECTORS,
)

TOOLCHAIN = find_toolchain()
TARGET = f'target triple = "{TOOLCHAIN.target}"\n'


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(TOOLCHAIN) as made:
        yield made


def judged(sandbox: Sandbox, before: str, after: str, *, seed: int = 1) -> Compared:
    """The verdict on one pair of texts, which need no target."""
    (answer,) = compare(sandbox, TARGET + before, [TARGET + after], seed=seed)
    return answer


def after_passes(ir: str, pass_list: str, tmp_path: Path) -> str:
    source = tmp_path / "before.ll"
    source.write_text(TARGET + ir, encoding="utf-8")
    command = [TOOLCHAIN.tool("opt"), "-S", f"-passes={pass_list}", source]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


@pytest.mark.parametrize(
    "before",
    [
        *(SUM, FILL, FOLLOW, CALLS, PRINTS, ASKS, POINTER_CALL, BY_VALUE, OWNS, FLOATS, VECTORS),
        ENDS,
    ],
)
def test_what_levels_of_optimisation_make_of_a_function_agrees_with_it(
    sandbox: Sandbox, before: str, tmp_path: Path
) -> None:
    afters = [after_passes(before, level, tmp_path) for level in ("default<O3>", "default<Oz>")]
    answers = compare(sandbox, TARGET + before, afters, seed=3)
    assert {one.verdict for one in answers} == {"agreed"}, answers
    assert {one.inputs for one in answers} == {32}


@pytest.mark.parametrize(
    ("before", "old", "new", "told"),
    [
        (SUM, "add i32 %s, %v", "sub i32 %s, %v", "returns"),
        (SUM, "icmp slt i32 %i, %n", "icmp sle i32 %i, %n", "returns"),
        (FILL, "store i32 %i, ptr %at", "store i32 0, ptr %at", "arena"),
        (FILL, "br i1 %go, label %body", "br i1 false, label %body", "at arena 0"),
        (FOLLOW, "i32 0, i32 1\n", "i32 0, i32 0\n", "returns"),
        (CALLS, "call i32 @next(i32 1,", "call i32 @next(i32 2,", "calls with other arguments"),
        (CALLS, "%b = load i32, ptr %box, align 4", "%b = add i32 %n, 0", ""),
        (CALLS, "store i32 7, ptr @state", "store i32 8, ptr @state", "other memory"),
        (PRINTS, "hello\\0A", "hullo\\0A", "writes 'hullo"),
        (ASKS, "305419896", "305419897", ""),
        (POINTER_CALL, "(i32 %x, ptr %p)\n", "(i32 0, ptr %p)\n", "calls with other arguments"),
        (POINTER_CALL, "i64 0, i32 1\n", "i64 0, i32 0\n", ""),
        (BY_VALUE, "store i64 %v", "store i64 0", ""),
        (OWNS, "ret i32 %v", "ret i32 0", "returns"),
        (FLOATS, "fadd", "fsub", "returns"),
        (VECTORS, "i64 2\n", "i64 3\n", "returns"),
        (ENDS, "@exit(i32 %x)", "@exit(i32 1)", "exits with 1"),
    ],
)
def test_a_change_of_what_a_function_does_is_refuted(
    sandbox: Sandbox, before: str, old: str, new: str, told: str
) -> None:
    assert old in before
    answer = judged(sandbox, before, before.replace(old, new))
    assert answer.verdict == "refuted", answer
    assert told in answer.reason
    assert answer.input_seed is not None


def test_what_c_says_of_library_functions_is_known(sandbox: Sandbox) -> None:
    puts = PRINTS.replace(
        "%1 = call i32 (ptr, ...) @printf(ptr @hello)", "%1 = call i32 @puts(ptr @hullo)"
    )
    assert judged(sandbox, PRINTS, puts).verdict == "agreed"


def test_a_loop_without_an_end_is_refuted(sandbox: Sandbox) -> None:
    answer = judged(sandbox, SUM, SUM.replace("add nsw i32 %i, 1", "add nsw i32 %i, 0"))
    assert answer.verdict == "refuted"
    assert "does not end" in answer.reason


def test_a_crash_is_refuted(sandbox: Sandbox) -> None:
    trap = "\ndeclare void @llvm.trap()\n"
    crashing = SUM.replace("done:\n", "done:\n  call void @llvm.trap()\n") + trap
    answer = judged(sandbox, SUM, crashing)
    assert answer.verdict == "refuted"
    assert "SIGILL" in answer.reason


def test_undefined_behaviour_accuses_nobody(sandbox: Sandbox) -> None:
    overflows = "define i1 @f(i32 %x) {\n  %y = add nsw i32 %x, 1\n  %c = icmp sgt i32 %y, %x\n"
    assert judged(sandbox, overflows + "  ret i1 %c\n}\n", overflows + "  ret i1 true\n}\n").verdict
    answer = judged(sandbox, overflows + "  ret i1 %c\n}\n", overflows + "  ret i1 true\n}\n")
    assert answer.verdict == "agreed"
    assert answer.inputs >= 4


def test_memory_without_contents_may_be_anything(sandbox: Sandbox) -> None:
    reads = "define void @f(ptr %out) {{\n  %a = alloca i32\n  %v = load i32, ptr %a\n{}{}"
    stores = "  store i32 {}, ptr %out\n"
    end = "  ret void\n}\n"
    before, after = (reads.format(stores.format(what), end) for what in ("%v", "5"))
    assert judged(sandbox, before, after).verdict == "agreed"


def test_a_store_that_nobody_may_see_through_a_noalias_pointer_may_go(sandbox: Sandbox) -> None:
    text = (
        "declare void @g()\ndefine void @f(ptr noalias %p) {{\n{}  call void @g()\n"
        "  store i32 2, ptr %p\n  ret void\n}}\n"
    )
    assert (
        judged(sandbox, text.format("  store i32 1, ptr %p\n"), text.format("")).verdict == "agreed"
    )


def test_the_same_store_counts_where_the_callee_could_see_it(sandbox: Sandbox) -> None:
    text = (
        "declare void @g()\ndefine void @f(ptr %p) {{\n{}  call void @g()\n"
        "  store i32 2, ptr %p\n  ret void\n}}\n"
    )
    before = text.format("  store i32 100, ptr %p\n")
    assert judged(sandbox, before, text.format("")).verdict == "refuted"


def test_calls_that_only_compute_may_be_left_out_and_moved(sandbox: Sandbox) -> None:
    pure = "declare i32 @h(i32) memory(none) nounwind willreturn\ndefine i32 @f(i32 %x) {{\n{}}}\n"
    twice = "  %a = call i32 @h(i32 %x)\n  %b = call i32 @h(i32 %x)\n  %c = add i32 %a, %b\n"
    once = "  %a = call i32 @h(i32 %x)\n  %c = shl i32 %a, 1\n"
    end = "  ret i32 %c\n"
    assert judged(sandbox, pure.format(twice + end), pure.format(once + end)).verdict == "agreed"


# int f(const int *p, int *q, long i) { int a = p[i]; q[i] = 5; return a + p[i]; }
ALIASED_STORE = """
define i32 @f(ptr %p, ptr %q, i64 %i) {
  %from = getelementptr inbounds i32, ptr %p, i64 %i
  %a = load i32, ptr %from
  %to = getelementptr inbounds i32, ptr %q, i64 %i
  store i32 5, ptr %to
  %b = load i32, ptr %from
  %sum = add i32 %a, %b
  ret i32 %sum
}
"""


def test_the_store_that_the_attributor_loses_is_missed(sandbox: Sandbox, tmp_path: Path) -> None:
    lost = after_passes(ALIASED_STORE, "attributor,function(gvn)", tmp_path)
    kept = after_passes(ALIASED_STORE, "function(gvn)", tmp_path)
    answers = compare(sandbox, TARGET + ALIASED_STORE, [lost, kept], seed=1)
    assert [one.verdict for one in answers] == ["refuted", "agreed"]


def test_a_promise_that_later_passes_may_use_is_refuted_too(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    promised = after_passes(ALIASED_STORE, "attributor", tmp_path)
    assert "!invariant.load" in promised
    answer = judged(sandbox, ALIASED_STORE, promised.replace(TARGET, ""))
    assert answer.verdict == "refuted"
    assert answer.reason.startswith("after -O2 of it")


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        ("define void @f(i32 %n, ...) {\n  ret void\n}\n", "variadic function"),
        (NOP, "inline assembly"),
        ("define i32 @f() {\n  unreachable\n}\n", "no defined input: unreachable"),
        (PATTERN, "library function memset_pattern16 is not modelled"),
        (
            "@t = external thread_local global i32\ndefine ptr @f() {\n  ret ptr @t\n}\n",
            "thread-local variable: t",
        ),
        (OWN, "variable of its own: v"),
        ("define void @f(ptr swifterror %e) {\n  ret void\n}\n", "unusual parameter"),
        (
            "define float @f(float %x) {\n  %y = fadd fast float %x, %x\n  ret float %y\n}\n",
            "fast floating point",
        ),
    ],
)
def test_what_cannot_be_executed_is_inconclusive_and_says_why(
    sandbox: Sandbox, before: str, reason: str
) -> None:
    answer = judged(sandbox, before, before)
    assert answer.verdict == "inconclusive"
    assert answer.reason.startswith(reason)
    assert answer.input_seed is None


def test_another_target_is_inconclusive(sandbox: Sandbox) -> None:
    foreign = 'target triple = "riscv64-unknown-linux-gnu"\n' + SUM
    (answer,) = compare(sandbox, foreign, [foreign], seed=1)
    assert answer.verdict == "inconclusive"
    assert answer.reason.startswith("another target: riscv64")


def test_a_function_of_which_little_is_reached_is_inconclusive(sandbox: Sandbox) -> None:
    # 24 blocks behind a hash that no input is likely to have
    gate = "  %m = mul i64 %x, -7046029254386353131\n  %h = lshr i64 %m, 20\n"
    gate += "  %hit = icmp eq i64 %h, 11730462843991\n  br i1 %hit, label %b0, label %end\n"
    chain = "".join(f"b{n}:\n  br label %b{n + 1}\n" for n in range(24))
    text = f"define i64 @f(i64 %x) {{\n{gate}{chain}b24:\n  ret i64 1\nend:\n  ret i64 0\n}}\n"
    answer = judged(sandbox, text, text)
    assert answer.verdict == "inconclusive"
    assert answer.reason == "little of it reached: 2 of 27 blocks"


def test_the_same_comparison_says_the_same(sandbox: Sandbox) -> None:
    wrong = CALLS.replace("i32 7", "i32 9")
    first, second = (judged(sandbox, CALLS, wrong, seed=5) for _ in range(2))
    with Sandbox(TOOLCHAIN) as other:
        third = judged(other, CALLS, wrong, seed=5)
    told = {(one.verdict, one.inputs, one.reason, one.input_seed) for one in (first, second, third)}
    assert len(told) == 1


def test_a_text_that_is_no_module_is_an_error_before_and_inconclusive_after(
    sandbox: Sandbox,
) -> None:
    with pytest.raises(BadModule):
        judged(sandbox, "define", SUM)
    assert judged(sandbox, SUM, "define").verdict == "inconclusive"


def test_code_that_ends_its_process_ends_its_runner_alone(sandbox: Sandbox) -> None:
    kills = SUM.replace(
        "done:\n",
        'done:\n  call void asm sideeffect "movl $$60, %eax\\0A\\09syscall",'
        ' "~{rax},~{rcx},~{r11}"()\n',
    )
    answer = judged(sandbox, SUM, kills)
    assert answer.verdict == "refuted"
    assert "ends its process" in answer.reason
    assert judged(sandbox, SUM, SUM).verdict == "agreed"
