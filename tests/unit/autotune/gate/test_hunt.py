"""The hunt: which lists it tries, and what it makes of what was found."""

from collections.abc import Iterator

import pytest

from autotune.gate.cache import GateCache
from autotune.gate.hunt import COMPANIES, LONGEST, hunt, lists_with, random_lists, wanted_passes
from autotune.gate.programs import ProgramGate
from autotune.gate.suite import suite
from corpus.llvm.pass_list import PassList
from corpus.llvm.passes import NotInPassSpace, PassSpace
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import find_toolchain

SPACE = PassSpace.load()
FEW = {"exception_loop", "loop_irreducible", "recursion_tail"}


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProgramGate]:
    programs = [one for one in suite() if one.name in FEW]
    cache = GateCache("few", "here", tmp_path_factory.mktemp("gate"))
    with Sandbox(find_toolchain()) as sandbox:
        yield ProgramGate(sandbox, programs=programs, cache=cache)


def test_every_pass_is_tried_in_every_company() -> None:
    passes = wanted_passes(SPACE, ())
    lists = list(lists_with(passes))
    assert len(lists) == len(COMPANIES) * len(passes)
    assert set(passes) <= set(lists)
    assert len(passes) == sum(not one.is_meta for one in SPACE.passes)


def test_random_lists_are_of_the_space_and_repeat_with_their_seed() -> None:
    lists = list(random_lists(SPACE, 40, seed=3))
    assert lists == list(random_lists(SPACE, 40, seed=3))
    assert lists != list(random_lists(SPACE, 40, seed=4))
    lengths = [len(SPACE.encode(PassList.parse(one))) for one in lists]
    assert min(lengths) >= 2
    assert max(lengths) <= LONGEST


def test_barred_passes_are_named_and_wrapped_like_others() -> None:
    assert wanted_passes(SPACE, ["newgvn", "attributor"]) == ["function(newgvn)", "attributor"]
    assert wanted_passes(SPACE, ["licm"]) == [
        "function(loop-mssa(licm))",
        "function(loop-mssa(licm<no-allowspeculation>))",
    ]
    with pytest.raises(NotInPassSpace, match="no-such: no pass of space"):
        wanted_passes(SPACE, ["no-such"])


def test_findings_are_gathered_by_what_makes_them(gate: ProgramGate) -> None:
    said: list[str] = []
    lists = [
        "function(sroa)",
        "function(fix-irreducible)",
        "function(sroa),function(lower-invoke)",
        "function(lower-invoke),globaldce",
        "function(adce),function(fix-irreducible)",
    ]
    found = hunt(gate, lists, said.append)
    invoke, irreducible = found.rows()
    assert (invoke["verdict"], invoke["lists"]) == ("refuted", 2)
    assert invoke["blamed"] == invoke["shortest_list"] == "function(lower-invoke)"
    assert invoke["programs"] == "exception_loop"
    assert (irreducible["verdict"], irreducible["lists"]) == ("inconclusive", 2)
    assert irreducible["shortest_list"] == "function(fix-irreducible)"
    assert irreducible["reason"].startswith("LLVM fails on 1 of the programs: loop_irreducible")
    assert (found.document()["lists"], len(said)) == (5, 4)
