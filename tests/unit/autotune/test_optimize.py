from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from autotune import optimize
from autotune.gate.verdict import Judgement, Kind, Verdict
from autotune.optimize import MOST_DEATHS, optimise
from autotune.search.base import PassIds
from autotune.unit import Unit
from corpus.golden import FOLDER
from corpus.llvm.baselines import OZ
from corpus.llvm.driver import DriverFailed, for_size, plan
from corpus.llvm.passes import Pass, PassSpace
from corpus.llvm.ruler import allocated_bytes
from corpus.llvm.sandbox.lockdown import RunningRefused
from corpus.llvm.sandbox.supervisor import MachineFault, Session
from corpus.llvm.toolchain import find_toolchain

TOOLCHAIN = find_toolchain()
SPACE = PassSpace.load()
CPU_SECONDS = 0.25
SWITCH_IN_A_LOOP = """
int classify(const char *text, int *counts) {
  int seen = 0;
  for (; *text; text++) {
    switch (*text) {
      case 'a': counts[0] += 1; break;
      case 'b': counts[1] += 2; break;
      case 'c': counts[2] += 3; seen++; break;
      case 'x': return seen;
      default: counts[3] += 4;
    }
    if (counts[0] > counts[1]) counts[0] -= counts[1]; else counts[1] -= counts[0];
  }
  return seen;
}
int sum(const int *p, int n) { int s = 0; for (int i = 0; i < n; i++) s += p[i]; return s; }
int total(const int *p, int n) { int s = 0; for (int i = 0; i < n; i++) s += p[i]; return s; }
"""


def unit_of(path: Path, *flags: str) -> Unit:
    name = "clang++" if path.suffix == ".cc" else "clang"
    (step,) = plan(TOOLCHAIN.tool(name), for_size(["-c", str(path), *flags])).compiles
    return Unit(step.module(), step.object(), step.object_of, 0.1)


def space_of(*texts: str) -> PassSpace:
    """A pass space of -Oz and these."""
    passes = (Pass(0, OZ, "default", "module", None),)
    passes += tuple(Pass(at, text, text, "function", None) for at, text in enumerate(texts, 1))
    return replace(SPACE, passes=passes)


@pytest.fixture(scope="module")
def unit(tmp_path_factory: pytest.TempPathFactory) -> Unit:
    path = tmp_path_factory.mktemp("unit") / "switch.c"
    path.write_text(SWITCH_IN_A_LOOP)
    return unit_of(path)


def starting(*lists: tuple[str, ...]) -> optimize.Starts:
    def starts(_: Session) -> Sequence[PassIds]:
        return [tuple(SPACE.by_text[text].pass_id for text in one) for one in lists]

    return starts


def test_a_unit_becomes_smaller_and_its_object_is_the_one_that_was_measured(unit: Unit) -> None:
    starts = starting(("mergefunc", OZ), (OZ, "function(gvn-hoist)"), (OZ, "mergefunc"))
    result = optimise(TOOLCHAIN, SPACE, unit, starts=starts, cpu_seconds=CPU_SECONDS)
    assert result.module is not None
    assert result.object == unit.object_of(result.module)
    assert result.object_bytes == allocated_bytes(result.object)
    assert result.oz_bytes == allocated_bytes(unit.oz_object)
    assert result.saved_bytes > 0
    assert not result.troubled


def test_the_object_grows_by_neither_ruler(unit: Unit) -> None:
    golden = unit_of(FOLDER / "golden.c")
    for one in (unit, golden):
        result = optimise(TOOLCHAIN, SPACE, one, cpu_seconds=CPU_SECONDS)
        assert result.object_bytes <= result.oz_bytes
        assert allocated_bytes(result.object, with_unwind=True) <= allocated_bytes(
            one.oz_object, with_unwind=True
        )


def test_instructions_can_be_what_is_made_few(unit: Unit) -> None:
    result = optimise(
        TOOLCHAIN,
        SPACE,
        unit,
        starts=starting(("mergefunc", OZ)),
        objective="instructions",
        cpu_seconds=CPU_SECONDS,
    )
    assert result.oz_instructions is not None
    assert result.instructions is not None
    assert result.instructions < result.oz_instructions
    assert result.object_bytes <= result.oz_bytes


def test_without_a_budget_the_result_is_that_of_oz(unit: Unit) -> None:
    result = optimise(TOOLCHAIN, SPACE, unit, cpu_seconds=0.05)
    assert (result.pass_list, result.object, result.module) == (OZ, unit.oz_object, None)
    assert (result.evaluations, result.troubled) == (0, False)
    assert result.note == "no search: clang takes 0.1 CPU s, the budget is 0.05 s"


def test_a_unit_that_kills_llvm_again_and_again_ends_as_oz_leaves_it(unit: Unit) -> None:
    aborts = space_of("function(loop(licm))", "function(loop(lnicm))")
    result = optimise(TOOLCHAIN, aborts, unit, cpu_seconds=30.0)
    assert (result.pass_list, result.object) == (OZ, unit.oz_object)
    assert result.note == f"the search ended early: LLVM died {MOST_DEATHS} times on this unit"
    assert result.troubled


def test_a_list_that_empties_the_unit_is_no_gain(unit: Unit) -> None:
    empties = space_of("internalize,globaldce")
    result = optimise(TOOLCHAIN, empties, unit, cpu_seconds=CPU_SECONDS)
    assert (result.pass_list, result.object) == (OZ, unit.oz_object)


def test_templates_and_constructors_may_go_as_oz_lets_them_go(tmp_path: Path) -> None:
    path = tmp_path / "templates.cc"
    path.write_text(
        "template <class T> inline T twice(T t) { return t + t; }\n"
        "struct Counter { int n; Counter() : n(3) {} };\n"
        "static Counter counter;\n"
        "int f(int x) { return twice(x) + counter.n; }\n"
        "int g(int x) { return twice(x) + counter.n; }\n"
    )
    result = optimise(TOOLCHAIN, SPACE, unit_of(path), cpu_seconds=CPU_SECONDS)
    assert (result.oz_instructions or 0) > 0
    assert result.note == ""


def test_candidates_whose_objects_clang_will_not_make_are_refused(unit: Unit) -> None:
    def refuse(bitcode: bytes) -> bytes:
        raise DriverFailed(f"no object of {len(bitcode) > 0}")

    result = optimise(
        TOOLCHAIN,
        SPACE,
        replace(unit, object_of=refuse),
        starts=starting(("mergefunc", OZ)),
        cpu_seconds=CPU_SECONDS,
    )
    assert (result.pass_list, result.troubled) == (OZ, False)
    assert result.note.endswith("candidates refused: no object of True")


def test_candidates_that_only_seemed_smaller_are_refused(unit: Unit) -> None:
    result = optimise(
        TOOLCHAIN,
        SPACE,
        replace(unit, object_of=lambda _: unit.oz_object),
        starts=starting(("mergefunc", OZ)),
        cpu_seconds=CPU_SECONDS,
    )
    assert result.note.endswith("clang's object of it is not smaller")


def test_a_module_that_cannot_be_loaded_ends_as_oz_leaves_it(unit: Unit) -> None:
    result = optimise(TOOLCHAIN, SPACE, replace(unit, module=b"nothing"), cpu_seconds=CPU_SECONDS)
    assert (result.object, result.troubled) == (unit.oz_object, True)
    assert result.note.startswith("the sandbox gave up: ")


def test_a_fault_of_the_machine_ends_as_oz_leaves_it(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ends(*_: object, **__: object) -> None:
        raise MachineFault("killed from outside")

    monkeypatch.setattr(Session, "evaluate", ends)
    result = optimise(TOOLCHAIN, SPACE, unit, cpu_seconds=CPU_SECONDS)
    assert (result.object, result.oz_instructions) == (unit.oz_object, None)
    assert result.note == "the sandbox gave up: killed from outside"


def judgement_of(verdict: Verdict, reason: str = "") -> Callable[[str], Judgement]:
    return lambda pass_list: Judgement(Kind.PROGRAMS, None, pass_list, verdict, 9, reason)


TWICE = starting(("mergefunc", OZ), (OZ, "mergefunc"))


@pytest.mark.parametrize(
    ("verdict", "reason"), [(Verdict.AGREED, ""), (Verdict.INCONCLUSIVE, "no program ran")]
)
def test_a_result_says_what_programs_said_of_its_list(
    unit: Unit, verdict: Verdict, reason: str
) -> None:
    gate = judgement_of(verdict, reason)
    result = optimise(TOOLCHAIN, SPACE, unit, starts=TWICE, gate=gate, cpu_seconds=CPU_SECONDS)
    assert result.module is not None
    assert result.gate == verdict


def test_a_list_that_programs_refute_is_not_taken(unit: Unit) -> None:
    gate = judgement_of(Verdict.REFUTED, "loops.c prints something else")
    result = optimise(TOOLCHAIN, SPACE, unit, starts=TWICE, gate=gate, cpu_seconds=CPU_SECONDS)
    assert (result.pass_list, result.object, result.gate) == (OZ, unit.oz_object, "same_as_oz")
    assert "the gate refutes" in result.note
    assert "loops.c prints something else" in result.note


def test_only_a_list_that_would_be_taken_is_judged_and_the_next_after_a_refuted_one(
    unit: Unit,
) -> None:
    asked: list[str] = []

    def first_is_wrong(pass_list: str) -> Judgement:
        asked.append(pass_list)
        verdict = (Verdict.REFUTED, Verdict.AGREED)[len(asked) > 1]
        return judgement_of(verdict, "wrong" * (verdict is Verdict.REFUTED))(pass_list)

    result = optimise(
        TOOLCHAIN, SPACE, unit, starts=TWICE, gate=first_is_wrong, cpu_seconds=CPU_SECONDS
    )
    assert result.pass_list == asked[-1] != asked[0]
    assert len(asked) == 2


def test_where_nothing_may_be_run_the_result_says_so(unit: Unit) -> None:
    def refused(_: str) -> Judgement:
        raise RunningRefused("this system locks nothing in")

    result = optimise(TOOLCHAIN, SPACE, unit, starts=TWICE, gate=refused, cpu_seconds=CPU_SECONDS)
    assert result.module is not None
    assert (result.gate, result.note) == ("not_run", "not executed: this system locks nothing in")
