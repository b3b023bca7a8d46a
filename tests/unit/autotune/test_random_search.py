from collections import Counter

import pytest

from autotune.errors import BadOption
from autotune.search.base import Problem
from autotune.search.random_search import LONGEST, RandomSearch
from autotune.search.registry import STRATEGIES, strategy_of
from corpus.llvm.passes import PassSpace
from corpus.llvm.reference import run_opt
from corpus.llvm.toolchain import find_toolchain

SPACE = PassSpace.load()
PASSES, META = (frozenset(one.pass_id for one in part) for part in SPACE.paper())
PROBLEM = Problem(SPACE, 20230913, instructions=20, objective="instructions", oz=10)
DRAWN = RandomSearch(PROBLEM).ask(30_000)


def chi_square(counts: list[int]) -> float:
    expected = sum(counts) / len(counts)
    return sum((count - expected) ** 2 / expected for count in counts)


def upper_bound(classes: int) -> float:
    """What chi-square exceeds once in some 30,000 fair draws: its mean and four deviations."""
    return (classes - 1) + 4.0 * (2 * (classes - 1)) ** 0.5


def test_lists_are_of_1_to_9_entries_each_length_as_often_as_another() -> None:
    lengths = Counter(map(len, DRAWN))
    assert sorted(lengths) == list(range(1, LONGEST + 1)) == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert chi_square(list(lengths.values())) < upper_bound(LONGEST)


def test_a_meta_flag_comes_at_most_once_in_a_list() -> None:
    assert all(
        count == 1 for one in DRAWN for entry, count in Counter(one).items() if entry in META
    )


def test_different_meta_flags_may_meet_in_a_list_and_passes_may_repeat() -> None:
    assert any(len(META & set(one)) > 1 for one in DRAWN)
    assert any(len(PASSES & set(one)) < sum(entry in PASSES for entry in one) for one in DRAWN)


def test_passes_and_meta_flags_are_drawn_uniformly() -> None:
    firsts = Counter(one[0] for one in DRAWN)
    assert firsts.keys() == PASSES | META
    assert chi_square(list(firsts.values())) < upper_bound(len(firsts))


def test_every_place_of_a_list_is_drawn_uniformly_over_the_passes() -> None:
    later = Counter(entry for one in DRAWN for entry in one[1:] if entry in PASSES)
    assert later.keys() == PASSES
    assert chi_square(list(later.values())) < upper_bound(len(later))


def test_the_space_is_that_of_the_paper_without_what_is_barred_and_without_variants() -> None:
    names = {SPACE.passes[entry].name for one in DRAWN for entry in one}
    assert not names & SPACE.barred.keys()
    assert len(META) == 6
    assert len({SPACE.passes[entry].legacy for entry in PASSES}) == len(PASSES)


def test_opt_takes_the_lists() -> None:
    ir = "define i32 @f(i32 %x) {\n  ret i32 %x\n}\n"
    text = ",".join(SPACE.passes[entry].text for one in DRAWN[:20] for entry in one)
    run = run_opt(find_toolchain(), ir, text)
    assert (run.status, run.stderr) == (0, "")


def test_strategies_are_made_by_name() -> None:
    assert [strategy_of(name, PROBLEM).name for name in STRATEGIES] == list(STRATEGIES)
    with pytest.raises(BadOption, match="--strategy nope: there is random"):
        strategy_of("nope", PROBLEM)
