"""What every search strategy promises, as tests: a strategy's class adds a fixture `make`."""

import json
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autotune.search.base import Evaluation, PassIds, Problem, Strategy
from autotune.search.random_search import RandomSearch
from corpus.llvm.measurement import Measurement, Outcome
from corpus.llvm.pass_list import PassList
from corpus.llvm.passes import PassSpace

SPACE = PassSpace.load()

Make = Callable[[Problem], Strategy]
"""A fresh strategy for one problem."""

CLOCKS = ("time", "time_ns", "monotonic", "perf_counter", "process_time", "thread_time")


def problem(seed: int, objective: str = "instructions") -> Problem:
    """A function of 40 instructions that -Oz brings to 26, about which nothing was learned."""
    return Problem(SPACE, seed, instructions=40, objective=objective, oz=26)


def problem_with_knowledge(seed: int) -> Problem:
    """The same function, with lists that paid elsewhere: some short, one long, one known twice."""
    lists = tuple(RandomSearch(problem(7)).ask(30))
    long = tuple(range(10, 40))
    return Problem(
        SPACE,
        seed,
        instructions=40,
        objective="instructions",
        oz=26,
        coreset=(*lists[:12], long),
        neighbours=(lists[3], *lists[12:20]),
        winners=lists,
    )


def answer(pass_ids: PassIds) -> Evaluation:
    """A made-up answer that depends on the list alone; one list in eight fails."""
    digest = hash(pass_ids)  # of integers: the same in every process
    if digest % 8 == 0:
        return Evaluation(pass_ids, Measurement(Outcome.CRASHED, reason="SIGSEGV"))
    size = 20 + digest % 13
    return Evaluation(
        pass_ids,
        Measurement(Outcome.OK, instructions=size, object_bytes=3 * size, state_hash=digest),
    )


def failure(pass_ids: PassIds) -> Evaluation:
    """Every list runs out of memory."""
    return Evaluation(pass_ids, Measurement(Outcome.OUT_OF_MEMORY, reason="over the limit"))


def no_change(pass_ids: PassIds) -> Evaluation:
    """No list changes anything."""
    return Evaluation(pass_ids, Measurement(Outcome.OK, instructions=40, state_hash=1))


def play(
    strategy: Strategy,
    batches: Sequence[int],
    answered: Callable[[PassIds], Evaluation] = answer,
) -> list[PassIds]:
    """What a strategy asks for in batches of these sizes, answered each time."""
    asked: list[PassIds] = []
    for size in batches:
        lists = list(strategy.ask(size))
        asked += lists
        strategy.tell([answered(one) for one in lists])
    return asked


def first_lists(strategy: Strategy, size: int, most: int = 60) -> list[PassIds]:
    """The first lists that a strategy asks for, fetched in batches of up to `size`."""
    asked: list[PassIds] = []
    while len(asked) < most and (lists := strategy.ask(size)):
        asked += lists
        strategy.tell([answer(one) for one in lists])
    return asked[:most]


def calls_of(action: Callable[[], object]) -> int:
    """How many functions, Python's and C's, an action calls."""
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        del frame, argument
        calls += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        action()
    finally:
        sys.setprofile(None)
    return calls


class StrategyContract:
    """For every strategy, whatever it learns from answers."""

    most_calls_per_list = 400
    """Function calls in Python that asking and telling may take: some tens of microseconds."""

    def test_it_asks_for_no_more_than_it_may(self, make: Make) -> None:
        strategy = make(problem_with_knowledge(0))
        for count in (1, 7, 64):
            lists = strategy.ask(count)
            assert len(lists) <= count
            strategy.tell([answer(one) for one in lists])

    def test_it_asks_for_nothing_where_it_may_ask_for_nothing(self, make: Make) -> None:
        assert list(make(problem_with_knowledge(0)).ask(0)) == []

    @pytest.mark.parametrize("of", [problem, problem_with_knowledge])
    def test_its_lists_parse_are_of_the_space_and_never_empty(
        self, make: Make, of: Callable[[int], Problem]
    ) -> None:
        for one in play(make(of(1)), [64] * 6):
            assert one
            text = str(SPACE.decode(one))
            assert SPACE.encode(PassList.parse(text)) == list(one)

    def test_a_level_comes_at_most_once_in_a_list(self, make: Make) -> None:
        levels = {one.pass_id for one in SPACE.meta}
        for one in play(make(problem_with_knowledge(1)), [64] * 6):
            held = [pass_id for pass_id in one if pass_id in levels]
            assert len(held) == len(set(held))

    @settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(seed=st.integers(0, 2**64 - 1), batches=st.lists(st.integers(1, 64), max_size=5))
    def test_the_same_seed_and_answers_give_the_same_lists(
        self, make: Make, seed: int, batches: list[int]
    ) -> None:
        given_problem = problem_with_knowledge(seed)
        assert play(make(given_problem), batches) == play(make(given_problem), batches)

    @settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        seed=st.integers(0, 2**64 - 1),
        before=st.lists(st.integers(1, 64), max_size=8),
        after=st.lists(st.integers(1, 64), min_size=1, max_size=4),
    )
    def test_a_restored_strategy_goes_on_as_if_it_had_never_stopped(
        self, make: Make, seed: int, before: list[int], after: list[int]
    ) -> None:
        steady = make(problem_with_knowledge(seed))
        play(steady, before)
        kept = json.loads(json.dumps(steady.state()))
        restored = make(problem_with_knowledge(seed))
        restored.restore(kept)
        assert restored.state() == steady.state()
        assert play(restored, after) == play(steady, after)

    def test_a_restored_strategy_forgets_what_it_did_before(self, make: Make) -> None:
        used, fresh = make(problem_with_knowledge(3)), make(problem_with_knowledge(3))
        beginning = json.loads(json.dumps(used.state()))
        play(used, [10, 3, 5])
        used.restore(beginning)
        assert play(used, [5] * 8) == play(fresh, [5] * 8)

    def test_asking_for_its_state_changes_nothing(self, make: Make) -> None:
        watched, left_alone = (make(problem_with_knowledge(3)) for _ in range(2))
        for size in (10, 3, 10):
            watched.state()
            assert play(watched, [size]) == play(left_alone, [size])

    @pytest.mark.parametrize("size", [1, 5, 64])
    def test_the_same_lists_come_in_batches_of_any_size(self, make: Make, size: int) -> None:
        by_seven = first_lists(make(problem_with_knowledge(4)), 7)
        by_size = first_lists(make(problem_with_knowledge(4)), size)
        assert by_seven == by_size
        assert len(by_size) >= 13

    @pytest.mark.parametrize("answered", [failure, no_change])
    def test_it_bears_answers_without_hope(
        self, make: Make, answered: Callable[[PassIds], Evaluation]
    ) -> None:
        strategy = make(problem_with_knowledge(5))
        asked = play(strategy, [16] * 10, answered)
        assert len(asked) >= 12
        assert strategy.state()

    def test_it_can_make_bytes_small(self, make: Make) -> None:
        assert play(make(problem(6, "object_bytes")), [16] * 4) == play(
            make(problem(6, "object_bytes")), [16] * 4
        )

    def test_it_reads_no_clock_and_no_file_and_shares_no_generator(
        self, make: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        undisturbed = play(make(problem_with_knowledge(8)), [16] * 6)

        def forbidden(*_: object, **__: object) -> NoReturn:
            raise AssertionError("a strategy looked outside")

        strategy = make(problem_with_knowledge(8))
        with monkeypatch.context() as planted:
            for clock in CLOCKS:
                planted.setattr(f"time.{clock}", forbidden)
            planted.setattr("builtins.open", forbidden)
            planted.setattr("io.open", forbidden)
            planted.setattr("random.random", forbidden)
            planted.setattr("random.choices", forbidden)
            asked = play(strategy, [16] * 6)
        assert asked == undisturbed

    def test_asking_and_telling_costs_little_beside_an_evaluation(self, make: Make) -> None:
        strategy = make(problem_with_knowledge(9))
        asked: list[PassIds] = []
        calls = calls_of(lambda: asked.extend(play(strategy, [64] * 12)))
        of_answers = calls_of(lambda: [answer(one) for one in asked])
        assert (calls - of_answers) / len(asked) < self.most_calls_per_list

    def test_it_bears_the_name_that_it_is_called_by(self, make: Make, name: str) -> None:
        assert make(problem(0)).name == name


class AdaptiveContract(StrategyContract):
    """For strategies that draw lists and learn from answers."""

    def test_another_seed_gives_other_lists(self, make: Make) -> None:
        assert play(make(problem(1)), [64] * 3) != play(make(problem(2)), [64] * 3)

    @pytest.mark.parametrize("answered", [answer, failure, no_change])
    def test_no_list_is_asked_twice(
        self, make: Make, answered: Callable[[PassIds], Evaluation]
    ) -> None:
        asked = play(make(problem_with_knowledge(2)), [64] * 10, answered)
        assert len(asked) >= 20
        assert len(set(asked)) == len(asked)

    def test_what_it_asks_depends_on_the_answers(self, make: Make) -> None:
        answers = (answer, no_change)
        first, second = (play(make(problem(2)), [64] * 12, one) for one in answers)
        assert first != second

    def test_it_begins_with_what_is_known(self, make: Make) -> None:
        known = problem_with_knowledge(2)
        asked = play(make(known), [8] * 6)
        assert known.coreset[0] in asked
        assert known.neighbours[0] in asked
