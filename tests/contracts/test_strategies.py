import pytest

from autotune.search.registry import STRATEGIES, factory_of
from tests.contracts.strategy_contract import (
    AdaptiveContract,
    Make,
    StrategyContract,
    play,
    problem,
)


class _ByName:
    @pytest.fixture
    def make(self, name: str) -> Make:
        return factory_of(name)


@pytest.mark.parametrize("name", ["random", "coreset", "broadcast"])
class TestWhatLearnsNothing(_ByName, StrategyContract):
    pass


@pytest.mark.parametrize("name", ["local", "genetic", "portfolio"])
class TestWhatLearns(_ByName, AdaptiveContract):
    pass


@pytest.mark.parametrize("name", ["optuna:tpe", "optuna:nsgaii"])
class TestOptuna(_ByName, AdaptiveContract):
    most_calls_per_list = 20_000


def test_every_strategy_is_held_to_the_contract() -> None:
    held = {
        name
        for contract in (TestWhatLearnsNothing, TestWhatLearns)
        for mark in contract.pytestmark
        for name in mark.args[1]
    }
    assert held == set(STRATEGIES)


def test_another_seed_gives_other_lists_of_random_search() -> None:
    make = factory_of("random")
    assert play(make(problem(1)), [64]) != play(make(problem(2)), [64])
