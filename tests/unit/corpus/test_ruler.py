import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.golden import GoldenFunction, golden_functions
from corpus.llvm.baselines import OZ, without_size_attributes
from corpus.llvm.measurement import Measurement, Outcome
from corpus.llvm.reference import measure_with_opt, refer
from corpus.llvm.ruler import allocated_bytes
from corpus.llvm.sandbox.supervisor import Sandbox, Session
from corpus.llvm.toolchain import Toolchain, find_toolchain

LISTS = [
    OZ,
    "function(sroa),function(instcombine<no-verify-fixpoint>),function(simplifycfg)",
    "function(loop-simplify),function(lcssa),function(loop-mssa(licm)),default<O3>",
]
TOTAL = re.compile(r"^TotalInstructionCount: (\d+)", re.MULTILINE)
SECTION = re.compile(r"^(\.\S+)\s+(\d+)\s+\d+$", re.MULTILINE)
NOT_COUNTED = re.compile(r"^\.(eh_frame|note|bss|comment|llvm_addrsig|symtab|strtab|rela)")


@pytest.fixture(scope="module")
def toolchain() -> Toolchain:
    return find_toolchain()


@pytest.fixture(scope="module")
def session(toolchain: Toolchain) -> Iterator[Session]:
    with Sandbox(toolchain) as sandbox, sandbox.session() as session:
        yield session


def run(toolchain: Toolchain, tool: str, *arguments: str) -> str:
    command = [toolchain.tool(tool), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


@pytest.mark.parametrize("function", golden_functions(), ids=lambda function: function.name)
def test_in_process_and_real_opt_agree_on_every_golden_function(
    function: GoldenFunction, toolchain: Toolchain, session: Session
) -> None:
    loaded = session.load(function.ir.encode())
    assert loaded.instructions == function.instructions
    ours = session.evaluate(LISTS, with_object=True)
    theirs = [measure_with_opt(session, toolchain, function.ir, text) for text in LISTS]
    assert [figures(one) for one in ours] == [figures(one) for one in theirs]


def figures(one: Measurement) -> tuple[object, ...]:
    return one.outcome, one.instructions, one.object_bytes, one.state_hash


@pytest.mark.parametrize("name", ["tokenize", "life_step", "describe", "add_all", "weekday"])
def test_instructions_are_what_opt_itself_counts(
    name: str, toolchain: Toolchain, session: Session, tmp_path: Path
) -> None:
    function = next(one for one in golden_functions() if one.name == name)
    source = tmp_path / "in.ll"
    source.write_text(function.ir)
    counting = f"{OZ},function(print<func-properties>)"
    said = run(toolchain, "opt", f"-passes={counting}", "-disable-output", str(source))
    session.load(function.ir.encode())
    (ours,) = session.evaluate([OZ])
    assert ours.instructions == sum(map(int, TOTAL.findall(said)))


@pytest.mark.parametrize("name", ["tokenize", "base64_encode", "describe", "mean", "weighted"])
def test_object_bytes_are_the_sections_that_llvm_size_lists(
    name: str, toolchain: Toolchain, session: Session, tmp_path: Path
) -> None:
    function = next(one for one in golden_functions() if one.name == name)
    source, made = tmp_path / "in.ll", tmp_path / "out.o"
    source.write_text(function.ir)
    run(
        toolchain,
        "llc",
        "-O2",
        "-relocation-model=pic",
        "-filetype=obj",
        str(source),
        "-o",
        str(made),
    )
    listed = SECTION.findall(run(toolchain, "llvm-size", "-A", str(made)))
    expected = sum(int(size) for section, size in listed if not NOT_COUNTED.match(section))
    measured = session.measure(function.ir)
    assert measured.object_bytes == expected
    assert allocated_bytes(made.read_bytes()) == expected
    assert expected > 0


def test_object_bytes_are_those_of_clang_with_oz(toolchain: Toolchain, tmp_path: Path) -> None:
    source, made = tmp_path / "a.c", tmp_path / "a.o"
    source.write_text("int f(int *p, int n) { int s = 0; while (n--) s += p[n]; return s; }\n")
    unoptimised = tmp_path / "a.bc"
    flags = ["-O0", "-Xclang", "-disable-O0-optnone", "-fomit-frame-pointer", "-emit-llvm"]
    run(toolchain, "clang", *flags, "-c", str(source), "-o", str(unoptimised))
    run(toolchain, "clang", "-Oz", "-c", str(source), "-o", str(made))
    with Sandbox(toolchain) as sandbox, sandbox.session() as session:
        session.load(session.prepare(unoptimised.read_bytes()).encode())
        (ours,) = session.evaluate([OZ], with_object=True)
    assert ours.object_bytes == allocated_bytes(made.read_bytes())


def test_without_size_attributes_only_the_two_words_are_gone() -> None:
    ir = golden_functions()[0].ir
    plain = without_size_attributes(ir)
    assert "{ minsize nounwind optsize uwtable" in ir
    assert "{ nounwind uwtable" in plain
    assert len(ir) - len(plain) == len(" minsize optsize")


def test_a_count_that_opt_repeats_is_stable(toolchain: Toolchain, session: Session) -> None:
    reference = refer(session, toolchain, golden_functions()[0].ir, OZ)
    assert reference.stable
    assert reference.measurement.outcome is Outcome.OK


@pytest.mark.parametrize(
    ("pass_list", "outcome"),
    [
        ("no-such-pass", Outcome.REJECTED),
        ("internalize,globaldce", Outcome.INVALID),
        ("function(loop(licm))", Outcome.CRASHED),
    ],
)
def test_failures_of_the_real_opt_have_the_same_names(
    pass_list: str, outcome: Outcome, toolchain: Toolchain, session: Session
) -> None:
    loop = next(one for one in golden_functions() if one.name == "sum")
    assert measure_with_opt(session, toolchain, loop.ir, pass_list).outcome is outcome
