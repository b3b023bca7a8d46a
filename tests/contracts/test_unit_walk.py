import pytest

from autotune.search.unit_walk import UnitWalk
from tests.contracts.strategy_contract import AdaptiveContract, Make


class TestUnitWalk(AdaptiveContract):
    @pytest.fixture
    def make(self) -> Make:
        return UnitWalk

    @pytest.fixture
    def name(self) -> str:
        return UnitWalk.name
