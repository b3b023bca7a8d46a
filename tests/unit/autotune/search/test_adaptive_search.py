"""Local and genetic search on made-up functions whose best lists are known."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autotune.search.base import Evaluation, PassIds, Problem, Strategy
from autotune.search.elites import Elites
from autotune.search.generations import Answer
from autotune.search.genetic import GeneticSearch
from autotune.search.local_search import FOUNDERS, LocalSearch
from autotune.search.random_search import RandomSearch
from autotune.search.starts import starting_lists
from corpus.llvm.measurement import Measurement, Outcome
from corpus.llvm.passes import PassSpace

SPACE = PassSpace.load()
OZ = (SPACE.by_text["default<Oz>"].pass_id,)
SECRET = tuple(SPACE.by_text[f"function({one})"].pass_id for one in ("sroa", "gvn", "adce", "dse"))


def in_order(pass_ids: PassIds) -> int:
    """How many passes of the secret come in its order."""
    found = 0
    for one in pass_ids:
        found += found < len(SECRET) and one == SECRET[found]
    return found


def each_step_pays(pass_ids: PassIds) -> Evaluation:
    size = 40 - in_order(pass_ids)
    return Evaluation(pass_ids, Measurement(Outcome.OK, size, state_hash=in_order(pass_ids)))


def pays_in_pairs(pass_ids: PassIds) -> Evaluation:
    """The first of two passes changes the module, but makes it no smaller."""
    size = 40 - in_order(pass_ids) // 2
    return Evaluation(pass_ids, Measurement(Outcome.OK, size, state_hash=in_order(pass_ids)))


def problem(seed: int, **knowledge: tuple[PassIds, ...]) -> Problem:
    return Problem(SPACE, seed, 40, "instructions", 40, **knowledge)


def best_of(strategy: Strategy, answer: Callable[[PassIds], Evaluation], lists: int) -> int:
    sizes = []
    while len(sizes) < lists:
        told = [answer(one) for one in strategy.ask(lists - len(sizes))]
        sizes += [one.measurement.instructions or 99 for one in told]
        strategy.tell(told)
    return min(sizes)


@pytest.mark.parametrize("make", [LocalSearch, GeneticSearch])
@pytest.mark.parametrize(("answer", "best"), [(each_step_pays, 36), (pays_in_pairs, 38)])
def test_a_list_of_four_passes_is_found_that_random_search_does_not_find(
    make: Callable[[Problem], Strategy], answer: Callable[[PassIds], Evaluation], best: int
) -> None:
    assert [best_of(make(problem(seed)), answer, 6000) for seed in range(2)] == [best] * 2
    assert best_of(RandomSearch(problem(0)), answer, 6000) > best


@pytest.mark.parametrize("make", [LocalSearch, GeneticSearch])
def test_a_winner_from_elsewhere_leads_there_sooner(make: Callable[[Problem], Strategy]) -> None:
    near = (SECRET[0], 3, SECRET[2], SECRET[1], SECRET[3])
    guided = problem(1, neighbours=(near,))
    assert best_of(make(guided), each_step_pays, 400) == 36
    assert best_of(make(problem(1)), each_step_pays, 400) > 36


def test_the_walk_begins_after_the_known_lists_and_the_founders() -> None:
    known = ((1, 2), (3, 4))
    strategy = LocalSearch(problem(0, coreset=known))
    starts = starting_lists(problem(0, coreset=known), 16)
    first = [one for _ in range(3) for one in _answered(strategy, 99)]
    assert first[: len(starts)] == starts
    assert set(known) < set(starts)
    assert starts[0] == OZ
    assert len(first) >= len(starts) + FOUNDERS


def _answered(strategy: Strategy, count: int) -> list[PassIds]:
    asked = list(strategy.ask(count))
    strategy.tell([each_step_pays(one) for one in asked])
    return asked


def test_coreset_and_neighbours_take_turns_and_no_list_comes_twice() -> None:
    coreset, neighbours = ((1,), (2,), (3,)), ((9,), (1,))
    lists = starting_lists(problem(0, coreset=coreset, neighbours=neighbours, winners=((7,),)), 99)
    assert [one for one in lists if one[0] < 10] == [(9,), (1,), (2,), (3,), (7,)]


ANSWERS = st.lists(
    st.builds(
        Answer,
        st.lists(st.integers(0, 5), min_size=1, max_size=3).map(tuple),
        st.one_of(st.none(), st.integers(0, 5)),
        st.integers(0, 8),
    ),
    max_size=30,
)


@settings(max_examples=50)
@given(ANSWERS, st.integers(1, 6))
def test_elites_are_the_best_with_each_state_once(answers: list[Answer], room: int) -> None:
    elites = Elites(room)
    elites.add(answers)
    held = list(elites)
    ok = [one for one in answers if one.value is not None]
    assert [one.rank() for one in held] == sorted(one.rank() for one in held)
    assert len({one.state_hash for one in held}) == len(held) <= room
    assert not ok or held[0].rank() == min(one.rank() for one in ok)


@settings(max_examples=30)
@given(ANSWERS)
def test_elites_survive_being_written_down(answers: list[Answer]) -> None:
    elites, restored = Elites(5), Elites(5)
    elites.add(answers)
    restored.restore(elites.state())
    assert list(restored) == list(elites)
