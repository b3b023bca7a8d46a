"""The seccomp profile of k8s/, loaded as container runtimes load it, with real work under it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.k8s.manifests import K8S

PROFILE = K8S / "seccomp" / "sandbox.json"
RUNNER = Path(__file__).parent / "under_profile.py"

# The same, as a runtime's own profile is: addresses cannot be told to stay.
ADDR_NO_RANDOMIZE = 0x0040000


def under(profile: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, RUNNER, profile, *command], capture_output=True, text=True, check=False
    )


def found(passlake: Path, profile: Path) -> dict[str, str]:
    """What `doctor` finds, by its name; the profile lets no packages be built, which it says."""
    told = under(profile, passlake, "doctor", "--json")
    checks = json.loads(told.stdout)["checks"]
    return {check["name"]: check["detail"] for check in checks}


def test_under_the_profile_the_sandbox_turns_randomisation_off_and_locks_code_in(
    passlake: Path,
) -> None:
    checks = found(passlake, PROFILE)
    assert checks["address randomisation"] == "can be turned off"
    assert checks["sandbox"] == "runs passes"
    assert checks["locked execution"].startswith("seccomp")


def test_without_its_line_on_randomisation_the_toolchain_says_so(
    passlake: Path, tmp_path: Path
) -> None:
    profile = json.loads(PROFILE.read_text())
    profile["syscalls"] = [
        rule
        for rule in profile["syscalls"]
        if ADDR_NO_RANDOMIZE not in [one["value"] for one in rule.get("args", [])]
    ]
    (tmp_path / "default.json").write_text(json.dumps(profile))
    checks = found(passlake, tmp_path / "default.json")
    assert checks["address randomisation"] != "can be turned off"
    assert checks["sandbox"] == "runs passes"
    assert checks["llvm"] != found(passlake, PROFILE)["llvm"]


def test_a_source_becomes_a_judged_winner_under_the_profile(
    passlake: Path, golden_source: Path, tmp_path: Path
) -> None:
    lake = ("--lake", str(tmp_path / "lake"))
    shutil.copytree(golden_source, tmp_path / "golden")
    added = under(PROFILE, passlake, *lake, "corpus", "add", tmp_path / "golden")
    assert added.returncode == 0, added.stderr
    asked = ("tune", "--evaluations", "5", "--max-instructions", "8", "--workers", "1", "--json")
    tuned = under(PROFILE, passlake, *lake, *asked)
    assert tuned.returncode == 0, tuned.stderr
    assert json.loads(tuned.stdout)["functions"] >= 1


@pytest.mark.parametrize(
    "command",
    [
        ("unshare", "--user", "true"),
        ("unshare", "--net", "true"),
        ("bwrap", "--ro-bind", "/", "/", "true"),
        ("mount", "-t", "tmpfs", "none", "/mnt"),
        ("setarch", "--3gb", "true"),
    ],
)
def test_what_no_worker_needs_is_refused(command: tuple[str, ...]) -> None:
    refused = under(PROFILE, *command)
    assert refused.returncode != 0
    assert "not permitted" in refused.stderr or "permission denied" in refused.stderr.lower()


def test_the_profile_names_no_call_that_gives_rights_over_others() -> None:
    allowed = {
        name for rule in json.loads(PROFILE.read_text())["syscalls"] for name in rule["names"]
    }
    dangerous = {"add_key", "bpf", "init_module", "io_uring_setup", "kexec_load", "keyctl", "mount"}
    dangerous |= {"perf_event_open", "pivot_root", "process_vm_readv", "ptrace", "reboot", "setns"}
    dangerous |= {"swapon", "umount2", "unshare", "userfaultfd", "chroot", "open_by_handle_at"}
    assert allowed & dangerous == set()
