from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotune.neighbours import KnownWinner, Neighbourhood, by_gain_per_cost
from autotune.search.base import PassIds
from corpus.features import FEATURES
from corpus.llvm.passes import PassSpace

SPACE = PassSpace.load()
SROA = SPACE.by_text["function(sroa)"].pass_id
GVN = SPACE.by_text["function(gvn)"].pass_id
OZ = SPACE.by_text["default<Oz>"].pass_id


def vector(*first: float) -> tuple[float, ...]:
    return (*first, *([0.0] * (len(FEATURES) - len(first))))


def winner(
    function_id: str, first: Sequence[float], pass_ids: PassIds, saved: int = 1
) -> KnownWinner:
    return KnownWinner(function_id, vector(*first), pass_ids, saved)


def test_the_nearest_functions_winner_comes_first_and_each_list_once() -> None:
    known = Neighbourhood(
        [
            winner("far", [9, 0], (GVN,)),
            winner("near", [1, 0], (SROA,)),
            winner("nearer", [0.5, 0], (SROA,)),
        ]
    )
    assert known.nearest(vector(0, 0)) == ((SROA,), (GVN,))
    assert known.nearest(vector(8, 0)) == ((GVN,), (SROA,))
    assert known.nearest(vector(0, 0), most=1) == ((SROA,),)


def test_what_was_found_on_the_function_itself_is_no_neighbour() -> None:
    known = Neighbourhood([winner("own", [0], (SROA,)), winner("other", [5], (GVN,))])
    assert known.nearest(vector(0), but="own") == ((GVN,),)


def test_a_feature_of_wide_spread_does_not_drown_the_others() -> None:
    known = Neighbourhood(
        [winner("a", [0, 0], (SROA,)), winner("b", [100, 0.1], (GVN,)), winner("c", [50, 0], (OZ,))]
    )
    assert known.nearest(vector(40, 0.1))[0] == (GVN,)


def test_what_adding_up_in_another_order_changes_does_not_order_functions() -> None:
    nearly_one = 0.1 + 0.2 + 0.3 + 0.4 - 2e-16
    known = Neighbourhood([winner("first", [1], (SROA,)), winner("second", [nearly_one], (GVN,))])
    assert nearly_one < 1
    assert known.nearest(vector(0)) == ((SROA,), (GVN,))


def test_nothing_known_means_no_neighbours() -> None:
    assert Neighbourhood(()).nearest(vector(1)) == ()


def test_winners_are_ordered_by_what_they_save_for_their_cost() -> None:
    known = [
        winner("a", [0], (OZ, SROA), saved=6),
        winner("b", [0], (SROA,), saved=3),
        winner("c", [0], (SROA,), saved=2),
        winner("d", [0], (GVN,), saved=1),
    ]
    assert by_gain_per_cost(known, SPACE) == ((SROA,), (OZ, SROA), (GVN,))
    assert by_gain_per_cost(known, SPACE, most=1) == ((SROA,),)


@given(st.lists(st.tuples(st.floats(0, 9), st.integers(0, 50)), min_size=1, max_size=20))
def test_distances_never_fall_along_the_neighbours(drawn: list[tuple[float, int]]) -> None:
    place = {(number,): first for number, (first, _) in enumerate(drawn)}
    known = [winner(str(number), [first], (number,)) for number, (first, _) in enumerate(drawn)]
    found = Neighbourhood(known).nearest(vector(3), most=20)
    distances = [abs(place[one] - 3) for one in found]
    assert distances == pytest.approx(sorted(distances))
    assert len(found) == len(drawn)
