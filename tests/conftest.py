"""What tests on several floors share; other fixtures live in the folders that use them."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from corpus.golden import FOLDER
from warehouse.lake import Lake

settings.register_profile(
    "passlake",
    # A property is judged by its result: on a shared machine any single example may be slow.
    deadline=None,
    # In CI the same change gets the same verdict; new examples are found while developing.
    derandomize="CI" in os.environ,
)
settings.load_profile("passlake")

# Ray gives its workers niceness 15, with which they get nothing of a machine that does other work.
os.environ.setdefault("RAY_worker_niceness", "0")

# A job in the background of a shell ignores Ctrl-C, and so would what tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def passlake() -> Path:
    """The command as it is installed beside the interpreter that runs the tests."""
    return Path(sys.executable).parent / "passlake"


@pytest.fixture(scope="session")
def golden_source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of source code: the golden functions, in one file."""
    folder = tmp_path_factory.mktemp("sources") / "golden"
    folder.mkdir()
    shutil.copy(FOLDER / "golden.c", folder)
    return folder


@pytest.fixture(scope="session")
def golden_corpus(
    passlake: Path, golden_source: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A lake with the golden functions; to be copied, never changed."""
    folder = tmp_path_factory.mktemp("corpus") / "lake"
    subprocess.run([passlake, "--lake", folder, "corpus", "add", golden_source], check=True)
    return folder


@pytest.fixture
def golden_lake(golden_corpus: Path, tmp_path: Path) -> Lake:
    """A lake of its own with the golden functions, which nobody has searched yet."""
    shutil.copytree(golden_corpus, tmp_path / "golden-lake")
    return Lake.open(tmp_path / "golden-lake")
