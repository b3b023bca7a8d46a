from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from autotune.search.base import Evaluation, PassIds
from autotune.search.minimise import minimise
from corpus.llvm.measurement import Measurement, Outcome

PASS_LISTS = st.lists(st.integers(0, 4), min_size=1, max_size=8).map(tuple)
SCORES = st.functions(like=lambda _: ..., returns=st.integers(0, 3), pure=True)
"""Any score at all, the same for the same list; 0 stands for a failure."""

Evaluate = Callable[[PassIds], Evaluation]


def evaluation(pass_ids: PassIds, score: int) -> Evaluation:
    if score == 0:
        return Evaluation(pass_ids, Measurement(Outcome.CRASHED))
    return Evaluation(pass_ids, Measurement(Outcome.OK, instructions=score, state_hash=0))


def value(of: Evaluation) -> int:
    assert of.measurement.instructions is not None, "only what is ok has a value"
    return of.measurement.instructions


def one_less(pass_ids: PassIds) -> list[PassIds]:
    """Every list with one pass dropped."""
    return [pass_ids[:i] + pass_ids[i + 1 :] for i in range(len(pass_ids))]


def is_part(shorter: PassIds, longer: PassIds) -> bool:
    rest = iter(longer)
    return all(one in rest for one in shorter)


@given(PASS_LISTS, SCORES)
def test_the_result_is_part_of_the_list_no_worse_and_has_no_pass_that_could_go(
    pass_ids: PassIds, score: Callable[[PassIds], int]
) -> None:
    tried: list[PassIds] = []

    def evaluate(shorter: PassIds) -> Evaluation:
        tried.append(shorter)
        return evaluation(shorter, score(shorter))

    best = evaluation(pass_ids, score(pass_ids) or 1)
    shortest = minimise(best, evaluate, value)
    assert is_part(shortest.pass_ids, pass_ids)
    assert shortest.pass_ids
    assert value(shortest) <= value(best)
    assert len(tried) <= len(pass_ids) ** 2
    could_go = [one for one in one_less(shortest.pass_ids) if one and score(one) > 0]
    assert all(score(one) > value(shortest) for one in could_go)


@given(PASS_LISTS, SCORES)
def test_minimising_again_changes_nothing(
    pass_ids: PassIds, score: Callable[[PassIds], int]
) -> None:
    def evaluate(shorter: PassIds) -> Evaluation:
        return evaluation(shorter, score(shorter))

    once = minimise(evaluation(pass_ids, score(pass_ids) or 1), evaluate, value)
    assert minimise(once, evaluate, value) == once


@given(PASS_LISTS)
def test_where_all_passes_matter_all_stay(pass_ids: PassIds) -> None:
    def evaluate(shorter: PassIds) -> Evaluation:
        return evaluation(shorter, 2)

    assert minimise(evaluation(pass_ids, 1), evaluate, value).pass_ids == pass_ids


@given(PASS_LISTS)
def test_where_no_pass_matters_the_first_stays_for_a_list_is_never_empty(
    pass_ids: PassIds,
) -> None:
    def evaluate(shorter: PassIds) -> Evaluation:
        return evaluation(shorter, 1)

    assert minimise(evaluation(pass_ids, 1), evaluate, value).pass_ids == pass_ids[:1]


def test_of_two_passes_of_which_one_can_go_the_later_goes() -> None:
    def evaluate(shorter: PassIds) -> Evaluation:
        return evaluation(shorter, 1 if {1, 2} & set(shorter) and 0 in shorter else 2)

    assert minimise(evaluation((1, 0, 2), 1), evaluate, value).pass_ids == (1, 0)


def test_a_shorter_list_that_is_even_better_is_taken() -> None:
    def evaluate(shorter: PassIds) -> Evaluation:
        return evaluation(shorter, len(shorter))

    assert minimise(evaluation((3, 1, 2), 3), evaluate, value).pass_ids == (3,)
