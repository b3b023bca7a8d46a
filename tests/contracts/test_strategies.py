import pytest

from autotune.search.random_search import RandomSearch
from tests.contracts.strategy_contract import SPACE, Make, StrategyContract


class TestRandom(StrategyContract):
    @pytest.fixture
    def make(self) -> Make:
        return lambda seed: RandomSearch(SPACE, seed)
