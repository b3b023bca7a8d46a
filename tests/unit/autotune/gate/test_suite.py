"""The gate's programs: what they cover, that they hold still, and what optimisers leave of them."""

from collections.abc import Iterator

import pytest

from autotune.gate.cache import GateCache
from autotune.gate.programs import ProgramGate
from autotune.gate.suite import GATE_VERSION, suite
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import find_toolchain

SUBJECTS = """
    alias argument array atomic attribute bitfield bits branch checksum cipher class compare
    division exception expression float function global hoist inline integer lifetime list
    load loop matrix memo memory merge number outline phi propagate recursion setjmp sort
    speculate stack store string struct switch table value varargs vector virtual
""".split()  # noqa: SIM905


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(find_toolchain()) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def gate(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> ProgramGate:
    return ProgramGate(sandbox, cache=GateCache("all", "here", tmp_path_factory.mktemp("gate")))


def test_there_are_enough_programs_in_c_and_cpp_and_in_both_forms() -> None:
    programs = suite()
    assert len(programs) >= 110
    assert sum(one.source.suffix == ".cpp" for one in programs) >= 10
    assert 20 <= sum(not one.plain for one in programs) <= 60


def test_names_are_unique_and_their_first_words_are_the_subjects() -> None:
    names = [one.name for one in suite()]
    assert len(set(names)) == len(names)
    assert sorted({name.partition("_")[0] for name in names}) == SUBJECTS


def test_the_version_names_what_the_programs_are() -> None:
    assert len(GATE_VERSION) == 8
    assert int(GATE_VERSION, 16) >= 0


@pytest.mark.parametrize("level", ["default<O2>", "default<Oz>"])
def test_every_program_runs_here_and_prints_the_same_under_every_level(
    gate: ProgramGate, level: str
) -> None:
    judged = gate.judge(level)
    assert (judged.verdict, judged.reason, judged.programs) == ("agreed", "", len(suite()))


def test_much_of_every_program_survives_optimisation(gate: ProgramGate, sandbox: Sandbox) -> None:
    """A program that folds to constants would check little."""
    kept: dict[str, float] = {}
    modules = {program.name: gate.module(program.name) for program in suite()}
    with sandbox.session() as session:
        for name, module in modules.items():
            before = session.load(module).instructions
            (after,) = session.evaluate(["default<Oz>"])
            assert after.instructions is not None
            kept[name] = after.instructions / before
    assert min(kept.values()) > 0.25, min(kept, key=lambda name: kept[name])
    assert sum(kept.values()) / len(kept) > 0.5
