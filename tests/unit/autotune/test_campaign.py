from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pytest

from autotune import campaign as campaigns
from autotune import worker
from autotune.campaign import Campaign, record_campaign, run_campaign
from autotune.errors import BadOption, NothingToTune
from autotune.executors.inline import InlineExecutor
from autotune.function_search import NoBaseline, SearchResult, search_function
from autotune.tune_options import TuneOptions
from autotune.worker import search_task
from corpus.llvm.passes import PassSpace
from corpus.llvm.sandbox.supervisor import MachineFault
from corpus.llvm.toolchain import find_toolchain
from corpus.selection import Selection, select
from warehouse import delta
from warehouse.errors import Held
from warehouse.lake import Lake

OPTIONS = TuneOptions("random", "instructions", evaluations=30, cpu_seconds=None, seed=0)
FUNCTIONS = tuple(f"{number:032x}" for number in range(40))
SIZES = {function_id: 10 * number for number, function_id in enumerate(FUNCTIONS)}
CAMPAIGN = Campaign(OPTIONS, "llvm-22.1.8-x", "22-01234567", FUNCTIONS)
TOOLCHAIN = find_toolchain()


SIZES_OF_ALL = defaultdict[str, int](lambda: 10)
"""Every function is of ten instructions, so that a small campaign is one task."""


def golden_campaign(lake: Lake, *, most_instructions: int = 20) -> Campaign:
    selected = select(lake, Selection(max_instructions=most_instructions))
    return Campaign.freeze(OPTIONS, TOOLCHAIN, selected)


def functions_of(lake: Lake, table: str) -> list[str]:
    return sorted(lake.read(table).column("function_id").to_pylist())


def test_the_same_options_tools_and_functions_are_the_same_campaign() -> None:
    again = Campaign(replace(OPTIONS), "llvm-22.1.8-x", "22-01234567", (*FUNCTIONS,))
    assert again.campaign_id == CAMPAIGN.campaign_id
    assert CAMPAIGN.campaign_id == "d47743341dd4e3d3"


@pytest.mark.parametrize(
    "change",
    [
        {"options": replace(OPTIONS, evaluations=31)},
        {"options": replace(OPTIONS, evaluations=None, cpu_seconds=30.0)},
        {"options": replace(OPTIONS, seed=1)},
        {"options": replace(OPTIONS, objective="object_bytes")},
        {"toolchain": "llvm-22.1.8-x-aslr"},
        {"pass_space": "22-01234568"},
        {"function_ids": FUNCTIONS[1:]},
        {"function_ids": FUNCTIONS[::-1]},
    ],
)
def test_whatever_decides_about_rows_makes_another_campaign(change: dict[str, Any]) -> None:
    assert replace(CAMPAIGN, **change).campaign_id != CAMPAIGN.campaign_id


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"strategy": "nope"}, "--strategy nope: there is random"),
        ({"objective": "nope"}, "--objective nope: there is instructions, object_bytes"),
        ({"evaluations": None}, "give one of --evaluations and --cpu-seconds"),
        ({"cpu_seconds": 1.0}, "give one of --evaluations and --cpu-seconds"),
        ({"evaluations": -1}, "--evaluations -1"),
        ({"evaluations": 2**31}, "--evaluations 2147483648"),
        ({"evaluations": None, "cpu_seconds": -0.5}, "--cpu-seconds -0.5"),
        ({"evaluations": None, "cpu_seconds": float("nan")}, "--cpu-seconds nan"),
        ({"evaluations": None, "cpu_seconds": float("inf")}, "--cpu-seconds inf"),
        ({"seed": 2**63}, "--seed 9223372036854775808"),
    ],
)
def test_options_that_cannot_be_carried_out_are_refused(
    change: dict[str, Any], message: str
) -> None:
    with pytest.raises(BadOption, match=message):
        replace(OPTIONS, **change)


def test_tasks_cover_the_functions_once_the_most_expensive_task_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(campaigns, "TASK_COST_S", 0.5)
    tasks = CAMPAIGN.tasks(SIZES, "/llvm")
    assert len(tasks) > 5
    covered = [one for task in tasks for one in task.payload["function_ids"]]
    assert sorted(covered) == sorted(FUNCTIONS)
    costs = [task.cost_s for task in tasks]
    assert costs == sorted(costs, reverse=True)
    assert len({task.task_id for task in tasks}) == len(tasks)


def test_a_function_dearer_than_a_task_has_one_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(campaigns, "TASK_COST_S", 0.01)
    assert len(CAMPAIGN.tasks(SIZES, "/llvm")) == len(FUNCTIONS)


def test_tasks_are_the_same_whenever_and_wherever_they_are_planned() -> None:
    here, there = CAMPAIGN.tasks(SIZES, "/usr/lib/llvm-22"), CAMPAIGN.tasks(SIZES, "/opt/llvm")
    assert [task.task_id for task in here] == [task.task_id for task in there]


def test_a_campaign_and_its_pass_space_are_recorded_once(golden_lake: Lake) -> None:
    campaign, space = golden_campaign(golden_lake), PassSpace.load()
    for _ in range(2):
        record_campaign(golden_lake, campaign, space)
    (row,) = golden_lake.read("campaigns").to_pylist()
    assert row["campaign_id"] == campaign.campaign_id
    assert row["function_ids"] == list(campaign.function_ids)
    assert row["evaluations_per_function"] == OPTIONS.evaluations
    assert golden_lake.read("passes").num_rows == len(space.passes) + len(space.barred)


def test_a_campaign_whose_record_was_cut_off_is_recorded_once(
    golden_lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign, space = golden_campaign(golden_lake), PassSpace.load()
    append = delta.append

    def cut_off(folder: Path, *batch: object) -> bool:
        if folder.name == "campaigns":
            raise KeyboardInterrupt
        return append(folder, *batch)

    with monkeypatch.context() as patch:
        patch.setattr(delta, "append", cut_off)
        with pytest.raises(KeyboardInterrupt):
            record_campaign(golden_lake, campaign, space)
    record_campaign(golden_lake, campaign, space)
    assert golden_lake.read("campaigns").num_rows == 1


def test_a_campaign_searches_every_function_once_and_then_is_over(golden_lake: Lake) -> None:
    campaign = golden_campaign(golden_lake)
    report = run_campaign(golden_lake, campaign, TOOLCHAIN, InlineExecutor(golden_lake))
    assert functions_of(golden_lake, "winners") == list(campaign.function_ids)
    assert len(functions_of(golden_lake, "evaluations")) == 30 * len(campaign.function_ids)
    assert report.document()["functions"] == len(campaign.function_ids)
    assert report.document()["tasks_set_aside"] == []
    versions = [golden_lake.version(table) for table in ("winners", "evaluations", "campaigns")]
    again = run_campaign(golden_lake, campaign, TOOLCHAIN, InlineExecutor(golden_lake))
    assert again == report
    assert versions == [
        golden_lake.version(table) for table in ("winners", "evaluations", "campaigns")
    ]


def test_rows_do_not_depend_on_how_functions_are_grouped(
    golden_lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same functions in one task and in one task each, as two lakes would have them."""
    campaign = golden_campaign(golden_lake)

    def rows() -> list[dict[str, Any]]:
        tasks = campaign.tasks(SIZES_OF_ALL, str(TOOLCHAIN.prefix))
        receipts = [search_task(task, golden_lake, 1) for task in tasks]
        files = [file for receipt in receipts for file in receipt.files]
        found = [
            row
            for file in files
            for row in golden_lake.read_staged(file).to_pylist()
            if file.table == "evaluations"
        ]
        left_out = {"cpu_us", "task_id"}
        plain = [{key: row[key] for key in row.keys() - left_out} for row in found]
        return sorted(plain, key=lambda row: (row["function_id"], row["ordinal"]))

    together = rows()
    monkeypatch.setattr(campaigns, "TASK_COST_S", 0.01)
    assert rows() == together


def test_two_drivers_of_one_campaign_cannot_be(golden_lake: Lake) -> None:
    campaign = golden_campaign(golden_lake)
    with (
        golden_lake.hold(f"campaign-{campaign.campaign_id}"),
        pytest.raises(Held, match=campaign.campaign_id),
    ):
        run_campaign(golden_lake, campaign, TOOLCHAIN, InlineExecutor(golden_lake))
    assert golden_lake.version("campaigns") == -1


def test_a_campaign_on_nothing_is_refused(golden_lake: Lake) -> None:
    nothing = replace(golden_campaign(golden_lake), function_ids=())
    with pytest.raises(NothingToTune, match="corpus add"):
        run_campaign(golden_lake, nothing, TOOLCHAIN, InlineExecutor(golden_lake))


@pytest.mark.parametrize("which", ["toolchain", "pass_space"])
def test_a_worker_with_other_tools_refuses_to_work(which: str, golden_lake: Lake) -> None:
    campaign = replace(golden_campaign(golden_lake), **{which: "another"})
    report = run_campaign(golden_lake, campaign, TOOLCHAIN, InlineExecutor(golden_lake))
    (lost,) = report.set_aside
    assert "the campaign was started with another" in lost.reason
    assert golden_lake.version("evaluations") == -1


class Disturbed:
    """A search that ends in a fault of the machine the first few times."""

    def __init__(self, faults: int) -> None:
        self._left = faults

    def __call__(self, *given: object, **more: object) -> SearchResult:
        result = search_function(*given, **more)
        self._left -= 1
        if self._left >= 0:
            raise MachineFault("a sandbox child was ended from outside by signal 9")
        return result


def test_a_search_that_the_machine_disturbs_starts_again_from_its_seed(
    golden_lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    (task,) = golden_campaign(golden_lake).tasks(SIZES_OF_ALL, str(TOOLCHAIN.prefix))
    undisturbed = search_task(task, golden_lake, 1)
    monkeypatch.setattr(worker, "search_function", Disturbed(2))
    disturbed = search_task(task, golden_lake, 1)
    first, again = (
        golden_lake.read_staged(receipt.files[0]).drop_columns(["cpu_us"])
        for receipt in (undisturbed, disturbed)
    )
    assert first.num_rows > 0
    assert first == again


def test_a_machine_that_disturbs_a_search_again_and_again_fails_its_task(
    golden_lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    (task,) = golden_campaign(golden_lake).tasks(SIZES_OF_ALL, str(TOOLCHAIN.prefix))
    monkeypatch.setattr(worker, "search_function", Disturbed(worker.MOST_STARTS))
    with pytest.raises(MachineFault):
        search_task(task, golden_lake, 1)


def test_a_function_on_which_oz_fails_is_a_loss_and_the_others_go_on(
    golden_lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = golden_campaign(golden_lake)
    lost = campaign.function_ids[1]
    (row,) = golden_lake.read("functions", where=pc.field("function_id") == lost).to_pylist()

    def without_baseline(*given: object, **more: object) -> SearchResult:
        if given[3] == row["ir"]:
            raise NoBaseline("default<Oz> timed_out: no answer in 10 s")
        return search_function(*given, **more)

    monkeypatch.setattr(worker, "search_function", without_baseline)
    report = run_campaign(golden_lake, campaign, TOOLCHAIN, InlineExecutor(golden_lake))
    assert report.outcome[0] == len(campaign.function_ids) - 1
    assert functions_of(golden_lake, "winners") == sorted({*campaign.function_ids} - {lost})
    (loss,) = golden_lake.read("losses").to_pylist()
    assert (loss["stage"], loss["program"]) == ("baseline", row["program"])
    assert loss["reason"] == "default<Oz> timed_out: no answer in 10 s"
