import pytest

from autotune.search.random_search import RandomSearch
from tests.contracts.strategy_contract import Make, StrategyContract, problem


class TestRandom(StrategyContract):
    @pytest.fixture
    def make(self) -> Make:
        return lambda seed: RandomSearch(problem(seed))
