"""The set-up script on a machine made of stubs: what it asks of apt, sudo and pip, and when."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REAL_TOOLS = (
    "basename bash cat chmod cksum cp dirname env flock mkdir mktemp mv readlink rm tail true"
)
# Every stub logs its name and arguments. csmith, dpkg-source and bwrap are missing until apt-get
# installs them; LLVM is the user's own (PASSLAKE_LLVM). $BIN is the only folder on PATH.
STUB = '#!{bash}\necho "$(basename "$0") $*" >>"$LOG"\n'
STUBS = {
    "apt-get": '[[ "$*" != *" install "* ]] || { cp "$BIN/dpkg" "$BIN/csmith"\n'
    'cp "$BIN/dpkg" "$BIN/dpkg-source"; cp "$BIN/dpkg" "$BIN/bwrap"; }',
    "dpkg": "",
    "npm": 'mkdir -p "$3/node_modules/.bin"; cp "$BIN/dpkg" "$3/node_modules/.bin/azurite-blob"',
    "id": 'echo "$USER_ID"',
    "sudo": '[ "$1" = -n ] || exec "$@"',
    "python3": """case "$*" in
        "-m venv --clear "*) rm -rf "$4"; mkdir -p "$4/bin"; cp "$0" "$4/bin/python" ;;
        "--version") echo "Python $VERSION" ;;
        *version_info*) [ "$VERSION" != 3.9.2 ] ;;
        *" -e "*) exit "$PIP_STATUS" ;;
    esac""",
}


@dataclass(frozen=True)
class Machine:
    """A checkout, a folder of stubs, and a log of what they were asked."""

    folder: Path

    def set_up(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        paths = {"BIN": f"{self.folder}/bin", "PATH": f"{self.folder}/bin", "LOG": f"{self.log}"}
        usual = {"USER_ID": "0", "VERSION": "3.11.2", "PIP_STATUS": "0", "PASSLAKE_LLVM": "/mine"}
        return subprocess.run(
            [self.folder / "checkout/.ci/setup", *arguments],
            env=paths | usual | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def asked(self, of: str) -> list[str]:
        return [line for line in self.log.read_text().splitlines() if line.startswith(f"{of} ")]

    def remove(self, tool: str) -> None:
        (self.folder / "bin" / tool).unlink()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    (tmp_path / "checkout/.ci").mkdir(parents=True)
    for name in (".ci/setup", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path / "checkout" / name)
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in REAL_TOOLS.split():
        (folder / tool).symlink_to(str(shutil.which(tool)))
    for tool, script in STUBS.items():
        (folder / tool).write_text(STUB.format(bash=shutil.which("bash")) + script + "\n")
        (folder / tool).chmod(0o755)
    (tmp_path / "log").touch()
    return Machine(tmp_path)


def test_what_is_missing_is_installed_and_a_second_run_asks_nothing(machine: Machine) -> None:
    first = machine.set_up()
    assert first.returncode == 0, first.stderr
    assert machine.asked("apt-get")[-1].endswith("install csmith dpkg-dev bubblewrap")
    project, schemas = machine.asked("python")[-2:]
    assert project.endswith("--no-build-isolation -e .[dev,dask,object-store,ray,train]")
    assert schemas.endswith("--no-deps dask-kubernetes mistral-common")

    machine.log.write_text("")
    second = machine.set_up()
    assert (second.returncode, second.stderr, machine.log.read_text()) == (0, "", "")


def test_a_changed_pyproject_updates_the_environment_in_place(machine: Machine) -> None:
    machine.set_up()
    machine.log.write_text("")
    with (machine.folder / "checkout/pyproject.toml").open("a") as file:
        file.write("# changed\n")

    assert machine.set_up().returncode == 0
    assert machine.asked("apt-get") == []
    assert [line for line in machine.asked("python3") if "venv --clear" in line] == []
    assert machine.asked("python")[-2].endswith("-e .[dev,dask,object-store,ray,train]")


def test_an_installation_that_failed_half_way_starts_afresh(machine: Machine) -> None:
    failed = machine.set_up(PIP_STATUS="1")
    assert failed.returncode == 1
    assert "pip could not install" in failed.stderr

    machine.log.write_text("")
    assert machine.set_up().returncode == 0
    assert [line for line in machine.asked("python3") if "venv --clear" in line] != []


def test_without_being_root_sudo_installs(machine: Machine) -> None:
    assert machine.set_up(USER_ID="1000").returncode == 0
    (installed,) = [line for line in machine.asked("sudo") if " install " in line]
    assert installed.endswith("install csmith dpkg-dev bubblewrap")


def test_without_root_and_sudo_one_line_says_what_to_install(machine: Machine) -> None:
    machine.remove("sudo")
    refused = machine.set_up(USER_ID="1000")
    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1
    assert "apt-get install csmith dpkg-dev bubblewrap" in refused.stderr
    assert not (machine.folder / "checkout/.venv").exists()


def test_without_apt_one_line_says_what_to_install(machine: Machine) -> None:
    machine.remove("apt-get")
    refused = machine.set_up()
    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1
    assert "csmith dpkg-dev bubblewrap" in refused.stderr


def test_a_package_that_apt_cannot_install_is_named(machine: Machine) -> None:
    shutil.copy(machine.folder / "bin/dpkg", machine.folder / "bin/apt-get")
    refused = machine.set_up()
    assert refused.returncode == 2
    assert refused.stderr.splitlines()[-1].endswith("still missing: csmith dpkg-dev bubblewrap")


def test_what_the_tests_use_is_installed_once_for_who_runs_them(machine: Machine) -> None:
    machine.set_up()
    machine.log.write_text("")
    assert machine.set_up("tests").returncode == 0
    assert machine.asked("apt-get")[-1].endswith("install chromium-headless-shell")
    assert machine.asked("npm")[-1].split()[-1].startswith("azurite@")
    shutil.copy(machine.folder / "bin/dpkg", machine.folder / "bin/chromium")
    machine.log.write_text("")
    assert machine.set_up("tests").returncode == 0
    assert machine.asked("apt-get") == []
    assert machine.asked("npm") == []


@pytest.mark.parametrize(
    ("tool", "said"),
    [("apt-get", "going on without a browser"), ("npm", "going on without Azurite")],
)
def test_what_only_tests_use_is_no_failure_where_it_cannot_be_had(
    machine: Machine, tool: str, said: str
) -> None:
    machine.set_up()
    machine.remove(tool)
    without = machine.set_up("tests")
    assert without.returncode == 0
    assert f"setup: {said}" in without.stderr.splitlines()


def test_an_interpreter_that_is_too_old_is_refused_before_anything_is_installed(
    machine: Machine,
) -> None:
    refused = machine.set_up(VERSION="3.9.2")
    assert refused.returncode == 2
    assert "Python 3.9.2" in refused.stderr
    assert machine.asked("python3") != []
    assert not (machine.folder / "checkout/.venv").exists()
    assert "apt-get" not in machine.log.read_text()
