"""The built wheel, installed where nothing else is, with no checkout in sight."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "-q"]
PACKAGES = ["warehouse", "corpus", "autotune", "trainer", "cli"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    # The build backend is among the development tools, in its pinned version: nothing is fetched.
    command = [*PIP, "wheel", ROOT, "--no-deps", "--no-build-isolation", "--wheel-dir", folder]
    subprocess.run(command, check=True)
    (built,) = folder.glob("passlake-*.whl")
    return built


def test_the_wheel_carries_every_file_of_the_packages_and_no_other(wheel: Path) -> None:
    files = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        carried = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert carried == files


def test_doctor_runs_from_the_wheel_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    # This environment's pip installs into it: one of its own would take seconds to unpack.
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin/python"
    constraints = ROOT / "constraints.txt"
    subprocess.run([*PIP, "--python", python, "install", "-c", constraints, wheel], check=True)

    doctor = subprocess.run(
        [environment / "bin/passlake", "doctor", "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert doctor.returncode == 0, doctor.stderr
    found = json.loads(doctor.stdout)
    assert found["ready"]
    assert {"llvm", "sandbox", "pass space"} <= {check["name"] for check in found["checks"]}
