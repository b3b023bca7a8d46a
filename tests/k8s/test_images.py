"""The Dockerfile: linted, without rights, and of what its context lets through."""

import re
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.scratch_image import context, instructions
from tests.k8s.manifests import ROOT

HADOLINT = Path(sys.executable).parent / "hadolint"
STEPS = instructions((ROOT / "Dockerfile").read_text())


def test_the_dockerfile_passes_its_linter() -> None:
    linted = subprocess.run(
        [HADOLINT, ROOT / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (linted.returncode, linted.stdout) == (0, "")


def test_a_careless_step_is_caught_by_the_linter(tmp_path: Path) -> None:
    careless = (ROOT / "Dockerfile").read_text() + "\nUSER root\nRUN cd /tmp && sudo apt update\n"
    (tmp_path / "Dockerfile").write_text(careless)
    linted = subprocess.run(
        [HADOLINT, tmp_path / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert linted.returncode == 1
    assert {"DL3002", "DL3003", "DL3004"} <= set(re.findall(r"DL\d{4}", linted.stdout))


def test_both_images_run_as_nobody_in_particular_and_listen_on_nothing() -> None:
    stages = [rest.split()[-1] for name, rest in STEPS if name == "FROM"]
    assert stages[-1] == "worker"  # what is built where no target is named
    assert [rest for name, rest in STEPS if name == "USER"] == ["10001:10001"]
    assert [name for name, _ in STEPS if name == "EXPOSE"] == []
    assert [rest for name, rest in STEPS if name == "CMD"] == ['["doctor"]']


def test_what_decides_results_is_checked_while_the_image_is_built() -> None:
    (version,) = [rest for name, rest in STEPS if name == "ARG" and "LLVM_VERSION=" in rest]
    assert version == "LLVM_VERSION=22.1.8"
    assert any("opt --version | grep -qF" in rest for name, rest in STEPS if name == "RUN")


def test_the_context_holds_the_five_floors_and_no_lake_or_environment(tmp_path: Path) -> None:
    given = context(tmp_path / "context")
    there = {path.name for path in given.iterdir()}
    floors = {"autotune", "cli", "corpus", "trainer", "warehouse"}
    assert there == floors | {"LICENSE", "README.md", "constraints.txt", "pyproject.toml"}
