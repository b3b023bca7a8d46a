"""A lake for tasks to write to; contracts say what they expected when they fail."""

from pathlib import Path

import pytest

from warehouse.lake import Lake

pytest.register_assert_rewrite(
    "tests.contracts.executor_contract", "tests.contracts.strategy_contract"
)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.open(tmp_path / "lake", create=True)
