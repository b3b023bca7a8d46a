from collections import Counter
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotune.search.base import PassIds, Problem
from autotune.search.moves import LONGEST, Moves, added_pass
from corpus.llvm.passes import PassSpace

SPACE = PassSpace.load()
LEVELS = {one.pass_id for one in SPACE.meta}
LISTS = st.lists(st.integers(0, len(SPACE.passes) - 1), min_size=1, max_size=LONGEST).map(tuple)


def moves(seed: int, winners: tuple[PassIds, ...] = ()) -> Moves:
    problem = Problem(SPACE, seed, 40, "instructions", 26, winners=winners)
    return Moves(problem, Random(seed))


def allowed(pass_ids: PassIds) -> bool:
    levels = [one for one in pass_ids if one in LEVELS]
    in_a_row = any(a == b for a, b in pairwise(pass_ids))
    return len(pass_ids) <= LONGEST and not in_a_row and len(levels) == len(set(levels))


@given(LISTS, st.lists(LISTS, max_size=3), st.integers(0, 1000))
def test_whatever_is_made_may_be_asked(left: PassIds, others: list[PassIds], seed: int) -> None:
    made = moves(seed)
    assert allowed(made.neighbour(left, others))
    assert allowed(made.fresh_list(9))
    assert allowed(made.crossed(left, others[0] if others else left))


@given(LISTS, LISTS, st.integers(0, 1000))
def test_what_is_crossed_brings_in_no_other_pass(left: PassIds, right: PassIds, seed: int) -> None:
    assert set(moves(seed).crossed(left, right)) <= {*left, *right}


def test_every_pass_can_come_in_without_knowledge() -> None:
    drawing = moves(0)
    assert {drawing.draw(-1) for _ in range(5000)} == set(range(len(SPACE.passes)))


def test_a_fresh_list_is_of_any_length_up_to_what_is_asked() -> None:
    drawing = moves(0)
    lengths = {len(drawing.fresh_list(5)) for _ in range(300)}
    assert lengths == {1, 2, 3, 4, 5}


def test_passes_of_winners_come_more_often_and_most_after_the_pass_they_followed() -> None:
    drawing = moves(0, winners=((30, 31), (30, 31, 32), (50, 30, 31)))
    after_30 = Counter(drawing.draw(30) for _ in range(2000))
    anywhere = Counter(drawing.draw(77) for _ in range(2000))
    assert after_30[31] > 1.4 * anywhere[31]
    assert anywhere[31] > 20 * anywhere[90]
    assert sum(after_30[one] for one in range(100, 120)) > 0


def test_what_did_nothing_comes_less_often() -> None:
    drawing = moves(0)
    for _ in range(20):
        drawing.learn(12, inert=True)
        drawing.learn(13, inert=False)
    drawn = Counter(drawing.draw(-1) for _ in range(20_000))
    assert 0 < drawn[12] < drawn[13] / 3


def test_what_was_learned_is_kept_in_its_state() -> None:
    taught, restored = moves(0), moves(0)
    for pass_id in range(100):
        taught.learn(pass_id, inert=True)
    restored.restore(taught.state())
    assert [restored.draw(-1) for _ in range(50)] == [taught.draw(-1) for _ in range(50)]


@given(LISTS, st.integers(0, 50), st.integers(0, 90))
def test_a_pass_put_into_a_list_is_found_again(pass_ids: PassIds, place: int, pass_id: int) -> None:
    longer = (*pass_ids[:place], pass_id, *pass_ids[place:])
    assert added_pass(pass_ids, longer) == pass_id


@pytest.mark.parametrize(
    ("shorter", "longer"),
    [((1, 2), (1, 2)), ((1, 2), (2, 1, 3)), ((1, 2), (1, 2, 3, 4)), ((1, 2), (1,)), ((), (1, 2))],
)
def test_lists_that_differ_otherwise_have_no_added_pass(shorter: PassIds, longer: PassIds) -> None:
    assert added_pass(shorter, longer) is None
