from pathlib import Path

import pytest

from corpus.llvm import driver
from corpus.llvm.driver import DriverFailed, for_size, is_unoptimised, level_of, plan
from corpus.llvm.ruler import allocated_bytes
from corpus.llvm.toolchain import find_toolchain

CLANG = find_toolchain().tool("clang")
CODE = """
static int twice(int n) { return n * 2; }
int sum(const int *p, int n) { int s = 0; for (int i = 0; i < n; i++) s += twice(p[i]); return s; }
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "a b.c"
    path.write_text(CODE)
    return path


def test_a_step_says_its_source_and_its_output_as_clang_will_take_them(source: Path) -> None:
    found = plan(CLANG, ["-c", str(source), '-DQUOTED="a $b\\c"', "-o", "out.o"])
    (step,) = found.compiles
    assert (step.source, step.output, step.language) == (str(source), "out.o", "c")
    assert 'QUOTED="a $b\\c"' in step.options
    assert (step.understood, found.others) == (True, ())


@pytest.mark.parametrize("flags", [(), ("-g",), ("-fno-pic", "-ffunction-sections"), ("-m32",)])
def test_a_unit_cut_after_its_passes_gives_clangs_own_object(
    source: Path, flags: tuple[str, ...]
) -> None:
    (step,) = plan(CLANG, for_size(["-O3", "-c", str(source), *flags])).compiles
    assert step.object_of(step.optimised_module()) == step.object()


def test_the_module_before_any_pass_is_larger_than_clangs_own(source: Path) -> None:
    (step,) = plan(CLANG, for_size(["-c", str(source)])).compiles
    unoptimised = allocated_bytes(step.object_of(step.module()))
    assert unoptimised > allocated_bytes(step.object())


def test_files_that_the_first_compilation_wrote_are_not_written_again(source: Path) -> None:
    notes = source.with_suffix(".d")
    asked = ["-c", str(source), "-MMD", "-MF", str(notes), "-MT", "x", "-MP", "-o", "out.o"]
    (step,) = plan(CLANG, asked).compiles
    step.module()
    assert not notes.exists()


def test_a_program_is_linked_of_the_objects_of_its_steps(source: Path) -> None:
    found = plan(CLANG, [str(source), "-o", "prog", "-lm"])
    assert found.link is not None
    assert found.compiles[0].output in found.link
    assert found.link[found.link.index("-o") + 1] == "prog"


@pytest.mark.parametrize(
    "flag",
    [
        "-fsanitize=address",
        "-fprofile-generate",
        "-fprofile-instr-generate",
        "--coverage",
        "-pg",
        "-finstrument-functions",
        "-gsplit-dwarf",
        "-fstack-usage",
        "-ftime-trace",
        "-mllvm=-inline-threshold=3",
        "-fsave-optimization-record",
        "-fxray-instrument",
    ],
)
def test_what_adds_passes_or_outputs_of_its_own_is_not_understood(source: Path, flag: str) -> None:
    flags = flag.split("=", 1) if flag.startswith("-mllvm") else [flag]
    (step,) = plan(CLANG, ["-c", str(source), "-g", *flags]).compiles
    assert not step.understood


@pytest.mark.parametrize(
    ("arguments", "count"),
    [(["-c", "x.S"], 0), (["-E", "x.c"], 0), (["-flto", "-c", "x.c"], 0), (["-c", "-xc", "-"], 1)],
)
def test_what_makes_no_object_of_a_source_has_no_step_that_is_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], count: int
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("x.c", "x.S"):
        Path(name).touch()
    steps = plan(CLANG, arguments).compiles
    assert len(steps) == count
    assert not any(step.understood for step in steps)


def test_arguments_that_clang_refuses_have_no_plan() -> None:
    with pytest.raises(DriverFailed, match="no such file or directory"):
        plan(CLANG, ["-c", "gone.c"])


def test_a_source_that_does_not_compile_has_no_parts(tmp_path: Path) -> None:
    path = tmp_path / "broken.c"
    path.write_text("int f( {")
    (step,) = plan(CLANG, ["-c", str(path)]).compiles
    with pytest.raises(DriverFailed, match="expected parameter declarator"):
        step.module()


def test_a_further_step_that_fails_says_so() -> None:
    with pytest.raises(DriverFailed, match=r"ld: .*gone\.o"):
        driver.run_step(["/usr/bin/ld", "gone.o", "-o", "/dev/null"])


@pytest.mark.parametrize(
    ("arguments", "sized"),
    [
        (["-O3", "-c", "x.c"], ["-Oz", "-c", "x.c"]),
        (["-O2", "-O0", "-Os"], ["-Oz"]),
        (["-Ofast"], ["-Oz", "-ffast-math"]),
        (["-O", "--optimize=2"], ["-Oz"]),
        (["-Wl,-O1", "-Xlinker", "-O2", "-o", "-Other"], None),
    ],
)
def test_every_level_gives_way_to_oz_but_not_what_is_meant_for_others(
    arguments: list[str], sized: list[str] | None
) -> None:
    assert list(for_size(arguments)) == (sized or ["-Oz", *arguments])


@pytest.mark.parametrize(
    ("arguments", "unoptimised"),
    [
        (["-O0"], True),
        (["-O2", "-Og"], True),
        (["-O0", "-O2"], False),
        ([], False),
        (["-Xclang", "-O0"], False),
    ],
)
def test_the_last_level_says_whether_code_is_to_be_debugged(
    arguments: list[str], *, unoptimised: bool
) -> None:
    assert is_unoptimised(level_of(arguments)) is unoptimised
