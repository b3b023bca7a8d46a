"""What every search strategy promises, as tests: a strategy's class adds a fixture `make`."""

import json
from collections.abc import Callable, Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autotune.search.base import Evaluation, PassIds, Problem, Strategy
from corpus.llvm.measurement import Measurement, Outcome
from corpus.llvm.passes import PassSpace

SPACE = PassSpace.load()

Make = Callable[[int], Strategy]
"""A fresh strategy of a seed."""


def problem(seed: int) -> Problem:
    """A function of 40 instructions that -Oz brings to 26, about which nothing was learned."""
    return Problem(SPACE, seed, instructions=40, objective="instructions", oz=26)


def answer(pass_ids: PassIds) -> Evaluation:
    """A made-up answer that depends on the list alone; one list in eight fails."""
    digest = hash(pass_ids)  # of integers: the same in every process
    if digest % 8 == 0:
        return Evaluation(pass_ids, Measurement(Outcome.CRASHED, reason="SIGSEGV"))
    return Evaluation(
        pass_ids, Measurement(Outcome.OK, instructions=20 + digest % 13, state_hash=digest)
    )


def play(strategy: Strategy, batches: Sequence[int]) -> list[PassIds]:
    """What a strategy asks for in batches of these sizes, answered each time."""
    asked: list[PassIds] = []
    for size in batches:
        lists = list(strategy.ask(size))
        asked += lists
        strategy.tell([answer(one) for one in lists])
    return asked


class StrategyContract:
    """For every strategy, whatever it learns from answers."""

    def test_it_asks_for_no_more_than_it_may(self, make: Make) -> None:
        strategy = make(0)
        for count in (1, 7, 64):
            lists = strategy.ask(count)
            assert len(lists) <= count
            strategy.tell([answer(one) for one in lists])

    def test_it_asks_for_nothing_where_it_may_ask_for_nothing(self, make: Make) -> None:
        assert list(make(0).ask(0)) == []

    def test_its_lists_are_of_the_space_and_never_empty(self, make: Make) -> None:
        for one in play(make(1), [64] * 4):
            assert one
            assert all(0 <= pass_id < len(SPACE.passes) for pass_id in one)

    @settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(seed=st.integers(0, 2**64 - 1), batches=st.lists(st.integers(1, 64), max_size=5))
    def test_the_same_seed_and_answers_give_the_same_lists(
        self, make: Make, seed: int, batches: list[int]
    ) -> None:
        assert play(make(seed), batches) == play(make(seed), batches)

    def test_another_seed_gives_other_lists(self, make: Make) -> None:
        assert play(make(1), [64]) != play(make(2), [64])

    @settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        seed=st.integers(0, 2**64 - 1),
        before=st.lists(st.integers(1, 64), max_size=4),
        after=st.lists(st.integers(1, 64), min_size=1, max_size=4),
    )
    def test_a_restored_strategy_goes_on_as_if_it_had_never_stopped(
        self, make: Make, seed: int, before: list[int], after: list[int]
    ) -> None:
        steady = make(seed)
        play(steady, before)
        kept = json.loads(json.dumps(steady.state()))
        restored = make(seed)
        restored.restore(kept)
        assert play(restored, after) == play(steady, after)

    def test_asking_for_its_state_changes_nothing(self, make: Make) -> None:
        watched, left_alone = make(3), make(3)
        watched.state()
        assert play(watched, [10, 10]) == play(left_alone, [10, 10])

    def test_it_bears_a_name_that_rows_can_carry(self, make: Make) -> None:
        assert make(0).name.isidentifier()
