"""Build scripts that mean harm, run through the real isolation: what they can reach, and for long.

The shell and the tools are those of this machine; nothing here needs a network.
"""

import os
import socket
import time
from pathlib import Path

import pytest

from corpus.sources import process_cap, watch
from corpus.sources.isolation import (
    IsolatedRun,
    Isolation,
    NotIsolated,
    isolation_problem,
    run_isolated,
)
from corpus.sources.watch import Limits

PATIENCE_S = 60.0
"""Far above what any limit here takes to be noticed, on however busy a machine."""


def build(folder: Path, script: str, limits: Limits | None = None) -> IsolatedRun:
    isolation = Isolation(folder, limits=limits or Limits(wall_s=PATIENCE_S))
    return run_isolated(["/bin/sh", "-c", script], isolation)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A scratch copy, and a neighbour that is none of the build's business."""
    (tmp_path / "copy").mkdir()
    (tmp_path / "neighbour").write_text("untouched")
    return tmp_path / "copy"


def test_the_scratch_copy_can_be_written_to(folder: Path) -> None:
    run = build(folder, "pwd; echo made > made; exit 3")
    assert (run.status, run.stopped) == (3, "")
    assert run.output == "/build\n"
    assert (folder / "made").read_text() == "made\n"


@pytest.mark.parametrize("target", ["/usr/x", "/x", "/etc/x", "/build/../x", "/dev/x"])
def test_nothing_else_can_be_written_to(folder: Path, target: str) -> None:
    run = build(folder, f"echo harm > {target} || mkdir {target}")
    assert run.status != 0
    assert "Read-only file system" in run.output


def test_a_link_out_of_the_scratch_copy_leads_nowhere(folder: Path) -> None:
    (folder / "out").symlink_to(folder.parent)
    run = build(folder, "cat out/neighbour; echo harm > out/neighbour; rm -rf out/")
    assert "untouched" not in run.output
    assert (folder.parent / "neighbour").read_text() == "untouched"


def test_the_environment_is_the_isolations_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_TOKEN", "secret")
    run = build(folder, "env; cat /proc/*/environ | tr '\\0' '\\n'")
    assert "secret" not in run.output
    assert "HOME=/tmp\n" in run.output
    assert "LANG=C.UTF-8\n" in run.output


def test_nothing_of_the_users_is_to_be_seen(folder: Path) -> None:
    run = build(folder, f"ls -A {Path.home()} {folder.parent} /home /root /etc/shadow /run /var")
    assert run.status != 0
    assert "neighbour" not in run.output
    assert run.output.count("No such file or directory") == 7


def test_processes_outside_are_not_to_be_seen(folder: Path) -> None:
    run = build(folder, f"kill -0 {os.getpid()} && echo seen; ls -d /proc/[0-9]*; hostname")
    assert "seen" not in run.output
    assert len([line for line in run.output.splitlines() if line.startswith("/proc/")]) <= 3
    assert run.output.endswith("localhost\n")


def test_a_server_on_this_machine_cannot_be_reached(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        call = f"socket(S,PF_INET,SOCK_STREAM,0); connect(S,sockaddr_in({port},INADDR_LOOPBACK))"
        run = build(folder, f"perl -MSocket -e '{call} or die \"no way: $!\"'")
        assert run.status != 0
        assert "no way: Connection refused" in run.output
        server.settimeout(0.1)
        with pytest.raises(TimeoutError):
            server.accept()


def test_an_address_outside_has_no_route(folder: Path) -> None:
    call = 'socket(S,PF_INET,SOCK_STREAM,0); connect(S,sockaddr_in(9,inet_aton("192.0.2.1")))'
    run = build(folder, f"perl -MSocket -e '{call} or die \"no way: $!\"'")
    assert "no way: Network is unreachable" in run.output


def test_a_build_that_never_ends_is_ended_with_all_that_it_started(folder: Path) -> None:
    script = "trap '' TERM INT HUP; setsid sh -c 'while :; do echo . >> alive; sleep 0.1; done' &"
    run = build(folder, f"{script} while :; do :; done", Limits(wall_s=3.0))
    assert run.stopped == "no end within 3 s"
    size = (folder / "alive").stat().st_size
    time.sleep(0.5)
    assert (folder / "alive").stat().st_size == size


def test_what_a_build_leaves_running_ends_with_it(folder: Path) -> None:
    run = build(folder, "setsid sh -c 'while :; do echo . >> alive; sleep 0.1; done' & sleep 0.3")
    assert (run.status, run.stopped) == (0, "")
    size = (folder / "alive").stat().st_size
    time.sleep(0.5)
    assert (folder / "alive").stat().st_size == size


def test_a_build_that_forks_without_end_is_ended(folder: Path) -> None:
    run = build(folder, "f() { f | f & }; f; sleep 60", Limits(wall_s=PATIENCE_S, processes=50))
    assert run.stopped == "more than 50 processes"


def test_memory_is_bounded_over_all_processes(folder: Path) -> None:
    script = "for i in 1 2 3 4 5; do perl -e '$x = q(a) x (40 << 20); sleep 60' & done; wait"
    run = build(folder, script, Limits(wall_s=PATIENCE_S, memory_bytes=128 << 20))
    assert run.stopped == "more than 128 MiB of memory"


def test_what_a_build_writes_is_bounded(folder: Path) -> None:
    script = "i=0; while i=$((i + 1)); do head -c 1000000 /dev/zero > $i; done"
    run = build(folder, script, Limits(wall_s=PATIENCE_S, disk_bytes=20 << 20))
    assert run.stopped == "more than 20 MiB written"


def test_a_build_that_talks_without_end_is_ended_and_its_last_words_kept(folder: Path) -> None:
    run = build(folder, "yes nonsense", Limits(wall_s=PATIENCE_S, disk_bytes=5 << 20))
    assert run.status != 0
    assert len(run.output) <= 16 << 10
    assert "nonsense" in run.output


def test_bytes_that_are_no_text_are_words_too(folder: Path) -> None:
    assert build(folder, "printf '\\377ok'").output == "�ok"


def test_without_bubblewrap_nothing_is_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(folder))
    isolation_problem.cache_clear()
    with pytest.raises(NotIsolated, match="apt-get install bubblewrap"):
        build(folder, "echo ran > ran")
    isolation_problem.cache_clear()
    assert not (folder / "ran").exists()


def test_where_namespaces_are_refused_nothing_is_run(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = tmp_path / "bin" / "bwrap"
    stand_in.parent.mkdir()
    stand_in.write_text("#!/bin/sh\necho 'bwrap: No permissions to create namespace' >&2; exit 1\n")
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{stand_in.parent}:{os.environ['PATH']}")
    isolation_problem.cache_clear()
    with pytest.raises(NotIsolated, match=r"No permissions to create.*unprivileged users"):
        build(folder, "echo ran > ran")
    isolation_problem.cache_clear()
    assert not (folder / "ran").exists()


def test_what_counts_processes_is_gone_afterwards(folder: Path) -> None:
    build(folder, "true & true")
    homes = [home for home in process_cap.GROUPS if home.is_dir()]
    assert [group for home in homes for group in home.glob(f"passlake-{os.getpid()}-*")] == []


def test_where_no_control_group_can_be_made_the_watcher_is_enough(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_cap, "GROUPS", (folder / "none",))
    many = "for i in $(seq 60); do sleep 60 & done; wait"
    run = build(folder, many, Limits(wall_s=PATIENCE_S, processes=50))
    assert run.stopped == "more than 50 processes"


def can_make_groups() -> bool:
    with process_cap.capped(9) as cap:
        return cap.group is not None


@pytest.mark.skipif(not can_make_groups(), reason="root can, though not in every container")
def test_a_bomb_that_the_kernel_stopped_first_is_told_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_WATCH_S", PATIENCE_S)
    monkeypatch.setattr(watch, "_all_tasks", lambda: 0)
    run = build(folder, "f() { f | f & }; f; sleep 1", Limits(wall_s=PATIENCE_S, processes=50))
    assert run.stopped == "more than 50 processes"
