from collections.abc import Iterable
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from autotune.search.base import Evaluation, PassIds
from autotune.search.canonical import distinct_results, ranked
from corpus.llvm.measurement import Measurement, Outcome


def reached(pass_ids: PassIds, state: int, instructions: int = 9) -> Evaluation:
    return Evaluation(pass_ids, Measurement(Outcome.OK, instructions, None, state))


def failed(pass_ids: PassIds) -> Evaluation:
    return Evaluation(pass_ids, Measurement(Outcome.CRASHED))


def text(pass_ids: PassIds) -> str:
    """Texts in the opposite order of ids."""
    return ",".join(chr(ord("z") - one) for one in pass_ids)


LISTS = st.lists(st.integers(0, 9), min_size=1, max_size=4).map(tuple)
EVALUATIONS = st.lists(
    st.one_of(
        st.builds(failed, LISTS),
        st.builds(lambda ids, state: reached(ids, state, 5 + state // 2), LISTS, st.integers(0, 5)),
    ),
    unique_by=lambda one: one.pass_ids,
)


def lists(evaluations: Iterable[Evaluation]) -> list[PassIds]:
    return [one.pass_ids for one in evaluations]


def test_the_fewest_passes_stand_for_a_state_whenever_they_came() -> None:
    found = distinct_results([reached((1, 2), 7), reached((3,), 7), reached((4, 5, 6), 7)], text)
    assert lists(found) == [(3,)]


def test_of_equally_many_passes_the_first_by_text_stands() -> None:
    assert lists(distinct_results([reached((1,), 7), reached((2,), 7)], text)) == [(2,)]


def test_equal_counts_are_not_equal_results() -> None:
    assert len(distinct_results([reached((1,), 7), reached((2,), 8)], text)) == 2


def test_what_failed_stands_for_nothing() -> None:
    assert distinct_results([failed((1,)), failed((2, 3))], text) == ()


@given(EVALUATIONS, st.randoms(use_true_random=False))
def test_the_order_of_evaluations_decides_nothing(
    evaluations: list[Evaluation], chance: Random
) -> None:
    shuffled = list(evaluations)
    chance.shuffle(shuffled)
    assert set(lists(distinct_results(evaluations, text))) == set(
        lists(distinct_results(shuffled, text))
    )
    assert ranked(evaluations, text, "instructions") == ranked(shuffled, text, "instructions")


@given(EVALUATIONS)
def test_choosing_again_changes_nothing(evaluations: list[Evaluation]) -> None:
    once = distinct_results(evaluations, text)
    assert distinct_results(once, text) == once
    states = [one.measurement.state_hash for one in once]
    assert len(set(states)) == len(states)


@given(EVALUATIONS)
def test_the_smallest_comes_first_and_nothing_that_is_ok_is_lost(
    evaluations: list[Evaluation],
) -> None:
    found = ranked(evaluations, text, "instructions")
    assert set(lists(found)) == {one.pass_ids for one in evaluations if one.ok}
    sizes = [one.measurement.instructions for one in found]
    assert sizes == sorted(sizes)


def test_another_result_comes_before_another_spelling() -> None:
    spellings = [reached((1,), 7), reached((2, 2), 7), reached((3, 3, 3), 8)]
    assert lists(ranked(spellings, text, "instructions")) == [(1,), (3, 3, 3), (2, 2)]


def test_a_list_that_was_evaluated_twice_is_ranked_once() -> None:
    assert lists(ranked([reached((1,), 7), reached((1,), 7)], text, "instructions")) == [(1,)]
