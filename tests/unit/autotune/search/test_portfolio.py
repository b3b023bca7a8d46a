from dataclasses import replace

import pytest

from autotune.search.base import Evaluation, PassIds, Problem
from autotune.search.cost import CostModel
from autotune.search.fixed_lists import BroadcastSearch, CoresetSearch
from autotune.search.portfolio import Portfolio
from corpus.llvm.measurement import Measurement, Outcome
from corpus.llvm.passes import PassSpace

SPACE = PassSpace.load()
CORESET = tuple((one.pass_id,) for one in SPACE.passes[20:60])
NEIGHBOURS = tuple((one.pass_id, 0) for one in SPACE.passes[60:64])
PROBLEM = Problem(SPACE, 1, 60, "instructions", 30, coreset=CORESET, neighbours=NEIGHBOURS)


def answered(pass_ids: PassIds, instructions: int) -> Evaluation:
    return Evaluation(
        pass_ids, Measurement(Outcome.OK, instructions=instructions, state_hash=hash(pass_ids))
    )


def asked_until_its_end(problem: Problem, *, falls_by: int = 0, most: int = 5_000) -> int:
    """How many lists a portfolio asks for where each 32nd makes the function smaller."""
    strategy, asked = Portfolio(problem), 0
    while asked < most and (lists := strategy.ask(64)):
        told = []
        for one in lists:
            asked += 1
            told.append(answered(one, max(problem.oz - falls_by * (asked // 32), 1)))
        strategy.tell(told)
    return asked


def test_what_is_known_is_asked_first_in_turn() -> None:
    strategy = Portfolio(PROBLEM)
    first = strategy.ask(6)
    assert list(first) == [
        CORESET[0],
        NEIGHBOURS[0],
        CORESET[1],
        NEIGHBOURS[1],
        CORESET[2],
        NEIGHBOURS[2],
    ]


def test_it_ends_by_itself_where_nothing_is_gained() -> None:
    assert 8 < asked_until_its_end(PROBLEM) < 2_000


def test_it_goes_on_longer_where_it_gains() -> None:
    assert asked_until_its_end(PROBLEM, falls_by=1) > 1.5 * asked_until_its_end(PROBLEM)


def test_it_goes_on_longer_for_a_lower_threshold_and_for_ever_at_none() -> None:
    counts = [
        asked_until_its_end(replace(PROBLEM, options={"stop_at": stop_at}), most=1_000)
        for stop_at in (50.0, 5.0, 0.0)
    ]
    assert counts == sorted(counts)
    assert counts[0] < counts[1]
    assert counts[2] >= 1_000


def test_failures_bring_it_to_its_end() -> None:
    strategy, asked = Portfolio(PROBLEM), 0
    while lists := strategy.ask(64):
        asked += len(lists)
        strategy.tell([Evaluation(one, Measurement(Outcome.CRASHED)) for one in lists])
    assert asked < 2_000


def test_a_coreset_is_tried_once_in_its_order() -> None:
    strategy = CoresetSearch(replace(PROBLEM, coreset=(*CORESET, CORESET[0])))
    assert [*strategy.ask(30), *strategy.ask(30), *strategy.ask(30)] == list(CORESET)


def test_broadcast_tries_winners_and_no_more_than_it_is_told() -> None:
    problem = replace(PROBLEM, winners=CORESET, options={"lists": 3})
    assert list(BroadcastSearch(problem).ask(64)) == list(CORESET[:3])


@pytest.mark.parametrize(
    ("cheaper", "dearer"),
    [
        ("function(sroa)", "function(gvn)"),
        ("function(gvn)", "function(function-simplification<Oz>)"),
        ("function(function-simplification<Oz>)", "default<Oz>"),
        ("default<O0>", "default<O1>"),
    ],
)
def test_a_level_costs_more_than_its_parts(cheaper: str, dearer: str) -> None:
    model = CostModel(SPACE)
    small, large = ((SPACE.by_text[one].pass_id,) for one in (cheaper, dearer))
    assert model.cost_us(50, small) < model.cost_us(50, large)
