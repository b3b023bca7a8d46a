from collections.abc import Callable, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from autotune.search.base import Evaluation, PassIds
from autotune.search.minimise import Shortest, shortest
from corpus.llvm.measurement import Measurement, Outcome

PASS_LISTS = st.lists(st.integers(0, 4), min_size=1, max_size=8).map(tuple)
SCORES = st.functions(like=lambda _: ..., returns=st.integers(0, 3), pure=True)
"""Any score at all, the same for the same list; 0 stands for a failure."""

Score = Callable[[PassIds], int]


def evaluation(pass_ids: PassIds, score: int, state: int) -> Evaluation:
    if score == 0:
        return Evaluation(pass_ids, Measurement(Outcome.CRASHED))
    return Evaluation(pass_ids, Measurement(Outcome.OK, instructions=score, state_hash=state))


class Function:
    """A function whose lists have the scores given, and which remembers what was asked.

    Every list leads to a state of its own unless `state` says otherwise.
    """

    def __init__(self, score: Score, state: Callable[[PassIds], int] = hash) -> None:
        self.tried: list[PassIds] = []
        self._score = score
        self._state = state

    def of(self, pass_ids: PassIds) -> Evaluation:
        return evaluation(pass_ids, self._score(pass_ids), self._state(pass_ids))

    def evaluate(self, lists: Sequence[PassIds]) -> list[Evaluation]:
        self.tried += lists
        return [self.of(one) for one in lists]

    def shortest(self, pass_ids: PassIds) -> Shortest:
        candidate = evaluation(pass_ids, self._score(pass_ids) or 1, self._state(pass_ids))
        return shortest(candidate, self.evaluate, "instructions")


def value(of: Evaluation) -> int:
    assert of.measurement.instructions is not None, "only what is ok has a value"
    return of.measurement.instructions


def one_less(pass_ids: PassIds) -> list[PassIds]:
    """Every list with one pass dropped."""
    return [pass_ids[:i] + pass_ids[i + 1 :] for i in range(len(pass_ids))]


def is_part(shorter: PassIds, longer: PassIds) -> bool:
    rest = iter(longer)
    return all(one in rest for one in shorter)


def only_some_matter(places: set[int]) -> Score:
    """A score for lists of different passes: every pass that matters and is there saves one."""
    return lambda pass_ids: 10 - len(places & set(pass_ids))


@settings(max_examples=60)  # drawing functions is slow
@given(PASS_LISTS, SCORES, st.functions(like=lambda _: ..., returns=st.integers(0, 2), pure=True))
def test_the_result_is_part_of_the_list_no_worse_and_has_no_pass_that_could_go(
    pass_ids: PassIds, score: Score, state: Score
) -> None:
    function = Function(score, state)
    found = function.shortest(pass_ids)
    result = found.evaluation
    assert is_part(result.pass_ids, pass_ids)
    assert result.pass_ids
    assert value(result) <= (score(pass_ids) or 1)
    assert found.evaluations == len(function.tried) <= len(pass_ids) ** 2
    assert len(set(function.tried)) == len(function.tried)
    parts = [*one_less(result.pass_ids), *(result.pass_ids[:i] for i in range(len(pass_ids)))]
    could_go = [one for one in parts if one not in {(), result.pass_ids} and score(one) > 0]
    assert all(score(one) > value(result) for one in could_go)


@settings(max_examples=60)
@given(PASS_LISTS, SCORES)
def test_minimising_again_changes_nothing(pass_ids: PassIds, score: Score) -> None:
    once = Function(score).shortest(pass_ids).evaluation
    assert Function(score).shortest(once.pass_ids).evaluation == once


@given(PASS_LISTS)
def test_where_all_passes_matter_all_stay(pass_ids: PassIds) -> None:
    function = Function(lambda shorter: 3 - (shorter == pass_ids))
    assert function.shortest(pass_ids).evaluation.pass_ids == pass_ids


@given(PASS_LISTS)
def test_where_no_pass_matters_the_first_stays_for_a_list_is_never_empty(
    pass_ids: PassIds,
) -> None:
    assert Function(lambda _: 1).shortest(pass_ids).evaluation.pass_ids == pass_ids[:1]


def test_of_two_passes_of_which_one_can_go_the_later_goes() -> None:
    function = Function(lambda shorter: 1 if {1, 2} & set(shorter) and 0 in shorter else 2)
    assert function.shortest((1, 0, 2)).evaluation.pass_ids == (1, 0)


def test_a_shorter_list_that_is_even_better_is_taken() -> None:
    assert Function(len).shortest((3, 1, 2)).evaluation.pass_ids == (3,)


def test_the_beginning_that_was_best_is_taken_however_long_the_rest() -> None:
    function = Function(lambda shorter: 1 if shorter == (4, 3) else 2)
    assert function.shortest((4, 3, 2, 1, 0)).evaluation.pass_ids == (4, 3)


def test_many_passes_that_do_nothing_go_at_once() -> None:
    matter = {3, 11}
    inert_lead_nowhere = Function(
        only_some_matter(matter),
        lambda shorter: hash(tuple(one for one in shorter if one in matter)),
    )
    found = inert_lead_nowhere.shortest(tuple(range(16)))
    assert found.evaluation.pass_ids == (3, 11)
    # 15 beginnings; (0, 3, 11), without detours; that and (3, 11) with one pass less.
    assert found.evaluations == 15 + 1 + 3 + 2


def test_passes_that_undo_each_other_go_together() -> None:
    def state(shorter: PassIds) -> int:
        return hash(tuple(one for one in shorter if one > 1)) + (
            shorter.count(0) != shorter.count(1)
        )

    def score(shorter: PassIds) -> int:
        return 5 + (shorter.count(0) != shorter.count(1)) - (2 in shorter) - (3 in shorter)

    # Neither 0 nor 1 could go alone.
    assert Function(score, state).shortest((2, 0, 1, 3)).evaluation.pass_ids == (2, 3)


def test_a_detour_is_kept_where_leaving_it_out_makes_it_worse() -> None:
    whole = (2, 0, 1, 3)
    function = Function(lambda shorter: 1 if shorter == whole else 2, lambda _: 7)
    assert function.shortest(whole).evaluation.pass_ids == whole


def test_bytes_can_be_what_must_not_rise() -> None:
    def evaluate(lists: Sequence[PassIds]) -> list[Evaluation]:
        return [
            Evaluation(
                one,
                Measurement(
                    Outcome.OK,
                    instructions=len(one),
                    object_bytes=90 if 1 in one else 100,
                    state_hash=hash(one),
                ),
            )
            for one in lists
        ]

    (candidate,) = evaluate([(0, 1, 2)])
    assert shortest(candidate, evaluate, "object_bytes").evaluation.pass_ids == (1,)
