"""`passlake tune`, killed in its middle: the same command ends in the tables of a quiet run."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.faults.campaigns import TUNE, Rows, Run, done, each_once, in_its_middle, rows_of
from tests.faults.processes import (
    WORKER,
    below,
    is_alive,
    kill_one,
    sandbox_children,
    templates,
    wait_until,
    workers,
)
from warehouse.lake import Lake


def test_the_campaign_is_large_enough_to_be_killed_in_its_middle(undisturbed: Rows) -> None:
    assert len({row["task_id"] for row in undisturbed["winners"]}) >= 8
    assert len(undisturbed["evaluations"]) == 60 * len(undisturbed["winners"]) > 1000
    assert {row["kind"] for row in undisturbed["verdicts"]} >= {"programs", "function"}


@pytest.mark.parametrize("count", [1, 2])
def test_the_same_seed_gives_the_same_rows_in_any_lake_with_any_number_of_workers(
    count: int, start: Callable[..., Run], undisturbed: Rows
) -> None:
    run = start(workers=count)
    assert run.wait() == 0
    assert rows_of(run.lake) == undisturbed
    assert each_once(run.lake)


def test_a_killed_driver_leaves_no_process_and_the_same_command_continues(
    start: Callable[..., Run], undisturbed: Rows
) -> None:
    run = start()
    in_its_middle(run)
    wait_until(lambda: sandbox_children(run.process.pid))
    started = below(run.process.pid)
    assert sum(WORKER in line for line in started.values()) == 2
    run.process.kill()
    assert run.wait() == -signal.SIGKILL
    wait_until(lambda: not any(map(is_alive, started)))
    before = done(run.lake)
    again = start()
    assert again.wait() == 0
    assert f"{len(before)} tasks were finished before" in again.said
    assert rows_of(run.lake) == undisturbed
    assert each_once(run.lake)


def test_workers_whose_driver_is_killed_while_they_start_end_without_a_word(
    start: Callable[..., Run],
) -> None:
    run = start("tune", "--strategy", "random", "--cpu-seconds", "1000", "--sample", "2")
    wait_until(lambda: len(workers(run.process.pid)) == 2)
    started = below(run.process.pid)
    run.process.kill()
    run.wait()
    wait_until(lambda: not any(map(is_alive, started)))
    assert run.said == ""


def test_a_driver_that_is_killed_again_and_again_comes_to_the_same_end(
    start: Callable[..., Run], undisturbed: Rows
) -> None:
    for kills in range(2):
        run = start()
        wait_until(lambda before=kills: len(done(run.lake)) > before)  # noqa: B023
        run.process.kill()
        assert run.wait() == -signal.SIGKILL
    last = start()
    assert last.wait() == 0
    assert rows_of(last.lake) == undisturbed
    assert each_once(last.lake)


@pytest.mark.parametrize("find", [workers, sandbox_children, templates])
def test_whatever_is_killed_below_the_driver_the_command_ends_as_if_nothing_had_happened(
    find: Callable[[int], list[int]], start: Callable[..., Run], undisturbed: Rows
) -> None:
    run = start()
    in_its_middle(run)
    kill_one(find, run.process.pid)
    assert run.wait() == 0
    assert run.said == ""
    assert rows_of(run.lake) == undisturbed
    assert each_once(run.lake)


def test_an_interrupted_command_ends_with_130_and_one_line_and_continues(
    start: Callable[..., Run], undisturbed: Rows
) -> None:
    run = start()
    in_its_middle(run)
    started = below(run.process.pid)
    assert run.stop(signal.SIGINT) == 130
    assert run.said == "passlake: interrupted; the same command continues\n"
    wait_until(lambda: not any(map(is_alive, started)))
    again = start()
    assert again.wait() == 0
    assert rows_of(run.lake) == undisturbed
    assert each_once(run.lake)


def test_a_command_that_is_told_to_end_commits_and_ends_as_if_interrupted(
    start: Callable[..., Run],
) -> None:
    run = start()
    in_its_middle(run)
    assert run.stop(signal.SIGTERM) == 130
    assert run.said == "passlake: interrupted; the same command continues\n"


def test_an_interrupt_while_workers_still_start_is_one_line_too(start: Callable[..., Run]) -> None:
    run = start()
    wait_until(lambda: workers(run.process.pid))
    assert run.stop(signal.SIGINT) == 130
    assert run.said == "passlake: interrupted; the same command continues\n"


def test_another_seed_gives_other_rows(start: Callable[..., Run], undisturbed: Rows) -> None:
    run = start(*TUNE[:3], "--evaluations", "20", "--max-instructions", "20", "--seed", "6")
    assert run.wait() == 0
    lists = {row["function_id"]: row["pass_ids"] for row in rows_of(run.lake)["evaluations"]}
    before = {row["function_id"]: row["pass_ids"] for row in undisturbed["evaluations"]}
    assert lists
    assert all(lists[function_id] != before[function_id] for function_id in lists)


def test_a_corpus_whose_builder_is_killed_is_completed_without_copies(
    golden_source: Path, tmp_path: Path
) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    for number in range(4):
        text = (golden_source / "golden.c").read_text().replace("fibonacci", f"number_{number}")
        (sources / f"part_{number}.c").write_text(text)

    def grow(name: str) -> Run:
        return Run(Lake(tmp_path / name / "lake"), "corpus", "add", str(sources), "--workers", "2")

    def grown(lake: Lake) -> list[list[tuple[Any, ...]]]:
        tables = [lake.read(table).to_pylist() for table in ("functions", "occurrences")]
        return [sorted(tuple(map(str, row.values())) for row in rows) for rows in tables]

    for name in ("quiet", "killed"):
        (tmp_path / name).mkdir()
    quiet = grow("quiet")
    assert quiet.wait() == 0
    killed = grow("killed")
    wait_until(
        lambda: (killed.lake.folder / "lake.json").exists() and killed.lake.version("tasks") >= 1
    )
    killed.process.kill()
    killed.wait()
    assert 0 < killed.lake.read("tasks").num_rows < quiet.lake.read("tasks").num_rows
    assert grow("killed").wait() == 0
    assert grown(killed.lake) == grown(quiet.lake)
