"""The LLVM that is installed, and a sandbox on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.llvm.sandbox.supervisor import Sandbox, Session
from corpus.llvm.toolchain import Toolchain, find_toolchain
from warehouse.lake import Lake


@pytest.fixture(scope="session")
def toolchain() -> Toolchain:
    return find_toolchain()


@pytest.fixture
def session(toolchain: Toolchain) -> Iterator[Session]:
    with Sandbox(toolchain) as sandbox, sandbox.session() as session:
        yield session


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.open(tmp_path / "lake", create=True)
