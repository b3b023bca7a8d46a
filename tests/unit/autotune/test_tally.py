"""What a job comes to while it runs: counts, rates, and who is told of them."""

import json
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotune.drive import Done, SetAside, Several
from autotune.errors import BadOption
from autotune.event_log import EventLog
from autotune.metrics import Metrics
from autotune.tally import JobTally
from cli.progress import TaskProgress
from warehouse.task import Receipt, Task


def searched(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever a note may be
    usual = {"functions": 2, "improved": 1, "oz": 30, "value": 20, "outcomes": {"ok": 9}}
    return usual | changes


def done(number: int = 0, cost_s: float = 10.0, **notes: Any) -> Done:  # noqa: ANN401
    task = Task(f"t{number}", "no:entry", {"function_ids": ["a", "b"]}, cost_s)
    receipt = Receipt(task.task_id, 1, (), 2.0, 1.5, "here", {"searched": searched(**notes)})
    return Done(task, receipt)


def set_aside() -> SetAside:
    return SetAside(Task("bad", "no:entry", cost_s=10.0), 3, "it died")


def test_a_tally_pools_what_searches_came_to() -> None:
    tally = JobTally(started_s=100.0, cost_s=40.0)
    tally.skip(done().task)
    tally.end(done(1), 105.0)
    tally.end(done(2, oz=33, value=33, improved=0, outcomes={"ok": 5, "crashed": 2}), 110.0)
    tally.end(set_aside(), 110.0)
    assert (tally.done, tally.set_aside, tally.skipped, tally.skipped_functions) == (2, 1, 1, 2)
    assert (tally.functions, tally.improved, tally.evaluations) == (4, 1, 16)
    assert tally.improvement_over_oz == pytest.approx(63 / 53 - 1)
    assert tally.outcomes == {"ok": 14, "crashed": 2}
    assert tally.share == 1.0
    assert tally.evaluations_per_s(110.0) == pytest.approx(1.6)
    assert tally.left_s(110.0) == 0.0


def test_the_rest_is_expected_to_cost_what_this_run_did() -> None:
    tally = JobTally(started_s=0.0, cost_s=100.0)
    assert (tally.left_s(5.0), tally.improvement_over_oz) == (None, None)
    tally.skip(Task("t", "no:entry", cost_s=50.0))
    tally.end(done(cost_s=10.0), 4.0)
    assert tally.share == pytest.approx(0.6)
    assert tally.left_s(4.0) == pytest.approx(16.0)


def test_a_rate_forgets_what_is_older_than_a_minute() -> None:
    tally = JobTally(started_s=0.0)
    tally.end(done(outcomes={"ok": 6000}), 10.0)
    assert tally.evaluations_per_s(20.0) == pytest.approx(300)
    tally.end(done(outcomes={"ok": 60}), 100.0)
    assert tally.evaluations_per_s(100.0) == pytest.approx(1)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), max_size=8), st.floats(0, 300))
def test_a_share_is_one_whatever_the_costs_turn_out_to_be(
    ends: list[tuple[float, float]], cost_s: float
) -> None:
    tally = JobTally(started_s=0.0, cost_s=cost_s)
    for number, (task_s, now_s) in enumerate(ends):
        tally.end(done(number, cost_s=task_s), now_s)
    assert 0.0 <= tally.share <= 1.0
    assert (tally.left_s(100.0) or 0.0) >= 0.0


def test_the_log_has_a_line_for_each_event(tmp_path: Path) -> None:
    with EventLog(tmp_path / "events", "tune") as log:
        log.start(30.0)
        log.skip(done(1).task)
        log.advance(done(2))
        log.advance(set_aside())
    with EventLog(tmp_path / "events", "tune"):
        pass
    lines = [json.loads(line) for line in (tmp_path / "events").read_text().splitlines()]
    named = [line["event"] for line in lines]
    assert named == ["started", "skipped", "done", "set_aside", "ended", "ended"]
    assert {line["job"] for line in lines} == {"tune"}
    assert lines[2]["task_id"] == "t2"
    assert lines[2]["searched"] == searched()
    assert lines[2]["state"]["improvement_over_oz"] == 0.5
    assert lines[3]["reason"] == "it died"
    assert lines[4]["error"] is None


def test_the_log_says_what_ended_a_run(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), EventLog(tmp_path / "events", "tune"):
        raise KeyboardInterrupt
    assert json.loads((tmp_path / "events").read_text())["error"] == "KeyboardInterrupt"


def test_a_log_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match=r"--events .*none/events: it cannot be written \(No such"):
        EventLog(tmp_path / "none" / "events", "tune")


def test_a_full_disk_ends_the_log_and_not_the_job(capsys: pytest.CaptureFixture[str]) -> None:
    with EventLog(Path("/dev/full"), "tune") as log:
        log.start(1.0)
        log.advance(done())
    said = capsys.readouterr().err
    assert said == "passlake: no more events in /dev/full: No space left on device\n"


@pytest.fixture
def metrics() -> Iterator[Metrics]:
    with Metrics(0, "tune") as one:
        yield one


def scraped(metrics: Metrics) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{metrics.port}/metrics") as page:
        lines = page.read().decode().splitlines()
    pairs = [line.rsplit(" ", 1) for line in lines if not line.startswith("#")]
    return {name: float(value) for name, value in pairs}


def test_metrics_are_what_was_counted(metrics: Metrics) -> None:
    told = Several([metrics])
    told.start(40.0)
    told.skip(done().task)
    told.advance(done(1, outcomes={"ok": 7, "crashed": 2}))
    told.advance(set_aside())
    found = scraped(metrics)
    assert found['passlake_evaluations_total{job_kind="tune",outcome="crashed"}'] == 2
    assert found['passlake_functions_total{job_kind="tune"}'] == 2
    assert found['passlake_tasks_total{job_kind="tune",state="set_aside"}'] == 1
    assert found['passlake_cpu_seconds_total{job_kind="tune"}'] == 1.5
    assert found['passlake_job_share{job_kind="tune"}'] == 0.75
    assert found['passlake_improvement_over_oz{job_kind="tune"}'] == 0.5


def answers(address: str, port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex((address, port)) == 0


def test_metrics_are_served_on_loopback_alone_unless_told_otherwise(metrics: Metrics) -> None:
    assert answers("127.0.0.1", metrics.port)
    assert not answers("127.0.0.2", metrics.port), "another address of this machine"
    with Metrics(0, "tune", "0.0.0.0") as for_all:  # noqa: S104 - what is asked for
        assert answers("127.0.0.2", for_all.port)


def test_metrics_before_the_first_task_are_there(metrics: Metrics) -> None:
    assert scraped(metrics)['passlake_functions_total{job_kind="tune"}'] == 0


def test_a_port_that_is_taken_is_refused() -> None:
    with socket.socket() as taken:
        taken.bind(("", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BadOption, match=f"--metrics-port {port}: it cannot be had"):
            Metrics(port, "tune")
    with pytest.raises(BadOption, match=r"cannot be had on 192\.0\.2\.1 .* --metrics-address"):
        Metrics(0, "tune", "192.0.2.1")
    with pytest.raises(BadOption, match="--metrics-port 70000: it cannot be had"):
        Metrics(70000, "tune")


def test_metrics_without_their_library_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "prometheus_client", None)
    with pytest.raises(BadOption, match="needs prometheus-client: pip install"):
        Metrics(0, "tune")


def test_a_line_says_what_a_campaign_has_come_to(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("cli.progress._LINE_EVERY_S", 0.0)
    with TaskProgress("tune", 8) as progress:
        progress.start(40.0)
        progress.skip(done(1).task)
        progress.advance(done(2, outcomes={"ok": 9, "timed_out": 1}))
        progress.advance(set_aside())
    first, *others = capsys.readouterr().err.splitlines()
    assert first.startswith("tune: 1 tasks, 50%, about 0 s left, 4 of 8 functions, ")
    assert first.endswith("1 smaller than -Oz, gain so far 50.00 %, 1 timed out")
    assert others[0] == "tune: task bad is set aside: it died"
    assert others[-1] == "tune: 1 tasks were finished before"


def test_a_terminal_shows_a_bar_and_figures(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "160")
    with TaskProgress("tune", 8) as progress:
        progress.start(40.0)
        progress.advance(done(1))
    said = capsys.readouterr().err
    assert "━" in said
    assert "2 of 8 functions" in said
    assert "gain so far 50.00 %" in said
