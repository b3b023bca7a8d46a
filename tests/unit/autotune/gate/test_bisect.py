"""The shortest sub-list that is still wrong, and who is to blame for it."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotune.gate.bisect import OF_LEVELS, culprit_of, shortest_wrong
from corpus.llvm.passes import PassSpace
from corpus.llvm.process import run_tool
from corpus.llvm.toolchain import find_toolchain

NAMES = ["adce", "bdce", "dce", "dse", "gvn", "sccp", "sink"]
lists = st.lists(st.sampled_from(NAMES), min_size=1, max_size=14)


def holds(items: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether `wanted` occurs in `items` in its order."""
    rest = iter(items)
    return all(one in rest for one in wanted)


@given(lists, st.lists(lists.map(lambda one: one[:3]), min_size=1, max_size=3))
def test_what_is_left_is_wrong_and_needs_each_of_its_passes(
    items: list[str], faults: list[list[str]]
) -> None:
    def is_wrong(text: str) -> bool:
        return any(holds(text.split(","), fault) for fault in faults)

    whole = [*items, *faults[0]]
    guilty = shortest_wrong(",".join(whole), is_wrong)
    assert is_wrong(",".join(guilty))
    assert holds(whole, guilty)
    for at in range(len(guilty)):
        without = guilty[:at] + guilty[at + 1 :]
        assert not without or not is_wrong(",".join(without))


@given(lists, lists, st.permutations(NAMES).map(lambda one: one[:2]))
def test_a_single_fault_is_found_exactly(
    before: list[str], after: list[str], fault: list[str]
) -> None:
    whole = ",".join([*before, *fault, *after])
    assert shortest_wrong(whole, lambda text: holds(text.split(","), fault)) == tuple(fault)


def test_passes_that_share_a_wrapper_are_parted() -> None:
    whole = "globaldce,function(sroa,loop-mssa(licm,simple-loop-unswitch)),cgscc(inline)"
    guilty = shortest_wrong(whole, lambda text: "simple-loop-unswitch" in text)
    assert guilty == ("function(loop-mssa(simple-loop-unswitch))",)


def test_passes_stay_together_where_they_are_wrong_together_only() -> None:
    whole = "globaldce,function(sroa,gvn)"
    assert shortest_wrong(whole, lambda text: "(sroa,gvn)" in text) == ("function(sroa,gvn)",)


def test_few_lists_are_tried_where_few_passes_are_guilty() -> None:
    tried: list[str] = []
    whole = ["adce"] * 40 + ["gvn"] + ["bdce"] * 40
    shortest_wrong(",".join(whole), lambda text: (tried.append(text), "gvn" in text)[1])
    assert len(tried) < 3 * len(whole)


@pytest.mark.parametrize(
    ("guilty", "culprit"),
    [
        (["function(gvn)"], "function(gvn)"),
        (["function(sroa)", "attributor", "function(gvn)"], "attributor"),
        (["function(early-cse)", "function(dse)", "function(newgvn)"], "function(newgvn)"),
        (["function(sroa,newgvn)", "globaldce"], "function(sroa,newgvn)"),
        (["function(sroa)", "function(gvn)"], None),
        (["function(gvn-hoist)", "function(newgvn)"], None),
    ],
)
def test_the_culprit_is_the_one_pass_that_no_level_runs(
    guilty: list[str], culprit: str | None
) -> None:
    assert culprit_of(guilty) == culprit


def test_passes_of_levels_are_those_that_opt_says_it_runs() -> None:
    said = run_tool(
        [
            find_toolchain().tool("opt"),
            "-passes=default<O3>,default<Oz>",
            "-print-pipeline-passes",
            "-disable-output",
        ],
        wall_s=60,
    ).stdout.decode()
    run = {part.partition("<")[0] for part in said.replace("(", ",").replace(")", ",").split(",")}
    of_space = {one.name for one in PassSpace.load().passes}
    assert (run & of_space) | {"loop-simplify", "lcssa"} == OF_LEVELS
