"""Commands that have to be refused, and the lakes they are refused on."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from warehouse.lake import Lake

LIMITED = Path(__file__).with_name("limited.py")
PLENTY = 1 << 40

Refused = Callable[..., str]


@pytest.fixture
def refused(passlake: Path) -> Refused:
    """Runs a command that has to be refused; its one line."""

    def run(*arguments: str | Path, file_bytes: int = PLENTY, **variables: str) -> str:
        ended = subprocess.run(
            [sys.executable, LIMITED, str(file_bytes), passlake, *arguments],
            env=os.environ | variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert re.fullmatch(r"passlake: [^\n]+\n", ended.stderr), ended.stderr
        assert (ended.returncode, ended.stdout) == (2, "")
        return ended.stderr.removeprefix("passlake: ").rstrip("\n")

    return run


@pytest.fixture(scope="module")
def shared_lake(golden_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake for commands that are refused, and so leave it as it is."""
    folder = tmp_path_factory.mktemp("shared") / "lake"
    shutil.copytree(golden_corpus, folder)
    return Lake.open(folder)


@pytest.fixture
def broken_tools(tmp_path: Path) -> Callable[[str], Path]:
    """Makes an LLVM whose opt says what it is told to."""

    def make(said: str) -> Path:
        folder = tmp_path / "llvm" / "bin"
        folder.mkdir(parents=True)
        (folder / "opt").write_text(f"#!/bin/sh\necho '{said}'\n")
        (folder / "opt").chmod(0o755)
        return folder.parent

    return make
