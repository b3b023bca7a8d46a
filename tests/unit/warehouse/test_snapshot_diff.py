"""What a snapshot is made of, and what differs between two."""

# ruff: noqa: S106  (a pass list is no password)

from collections.abc import Callable
from typing import Any

import pytest

from warehouse import snapshot
from warehouse.contents import contents
from warehouse.diff import diff
from warehouse.errors import SnapshotMissing
from warehouse.lake import Lake

MakeRow = Callable[..., dict[str, Any]]
Put = Callable[..., None]


@pytest.fixture
def changed(lake: Lake, put: Put, row: MakeRow) -> Lake:
    """Snapshots `a` and `b`: f4 is new, f1 got smaller, f2's list was refuted, f3 is as it was."""
    put(
        functions=[row("functions", function_id=f) for f in ("f1", "f2", "f3")],
        winners=[row("winners", function_id=f, pass_list="x") for f in ("f1", "f2", "f3")],
    )
    snapshot.create(lake, "a")
    put(
        functions=[row("functions", function_id="f4")],
        winners=[
            row("winners", function_id="f1", campaign_id="c2", pass_list="y", instructions=5),
            row("winners", function_id="f4", campaign_id="c2"),
        ],
        verdicts=[
            row("verdicts", verdict_id="v1", function_id="f2", pass_list="x", verdict="refuted"),
            row("verdicts", verdict_id="v2", function_id="f3", pass_list="x"),
        ],
    )
    snapshot.create(lake, "b")
    return lake


def test_a_diff_counts_functions_best_lists_and_verdicts(changed: Lake) -> None:
    found = diff(changed, "a", "b")
    assert found.functions.counts == {"added": 1}
    assert found.best.counts == {"added": 1, "gate": 1, "larger": 1, "smaller": 1}
    assert found.verdicts.counts == {"added": 2}
    rows = {row["function_id"]: row for row in found.best.rows}
    assert (rows["f1"]["before"], rows["f1"]["after"]) == (8, 5)
    assert (rows["f1"]["list_before"], rows["f1"]["list_after"]) == ("x", "y")
    assert (rows["f2"]["change"], rows["f2"]["list_after"]) == ("larger", "default<Oz>")
    assert (rows["f3"]["gate_before"], rows["f3"]["gate_after"]) == ("not_run", "agreed")
    assert found.lines()[0] == "functions  added 1"


def test_a_diff_turned_round_removes_what_was_added(changed: Lake) -> None:
    found = diff(changed, "b", "a")
    assert found.functions.counts == {"removed": 1}
    assert found.best.counts == {"gate": 1, "larger": 1, "removed": 1, "smaller": 1}
    assert found.verdicts.counts == {"removed": 2}


def test_a_snapshot_does_not_differ_from_itself(changed: Lake) -> None:
    found = diff(changed, "b", "b")
    assert [part.counts for part in (found.functions, found.best, found.verdicts)] == [{}, {}, {}]
    assert found.lines()[1] == "best       the same"


def test_a_snapshot_can_be_compared_with_the_present(changed: Lake, put: Put, row: MakeRow) -> None:
    assert diff(changed, "b").functions.counts == {}
    put(
        verdicts=[
            row(
                "verdicts",
                verdict_id="v9",
                function_id="f3",
                pass_list="x",
                verdict="refuted",
                inputs=3,
            )
        ]
    )
    found = diff(changed, "b")
    assert (found.after, found.verdicts.counts) == (None, {"changed": 1})
    assert (found.verdicts.rows[0]["before"], found.verdicts.rows[0]["after"]) == (
        "agreed",
        "refuted",
    )


def test_so_many_rows_are_listed_and_all_are_counted(changed: Lake) -> None:
    found = diff(changed, "a", "b", most=1)
    assert sum(found.best.counts.values()) == 4
    assert [row["function_id"] for row in found.best.rows] == ["f4"]


def test_a_diff_with_a_snapshot_that_is_not_there_names_those_that_are(changed: Lake) -> None:
    with pytest.raises(SnapshotMissing, match=r"no snapshot c in .* there is: a, b"):
        diff(changed, "a", "c")


def test_contents_name_each_table_with_its_files(changed: Lake) -> None:
    found = contents(changed, "b", check=True)
    assert [(row["table"], row["rows"], row["files"]) for row in found.rows()] == [
        ("functions", 4, 2),
        ("winners", 5, 2),
        ("verdicts", 2, 1),
    ]
    assert found.damaged == []
    assert found.lines()[-1] == "0 of 5 files are not what they were"
    assert found.document()["tables"] == found.rows()


def test_a_file_that_was_changed_or_lost_is_found(changed: Lake) -> None:
    first, second = snapshot.files(changed, snapshot.get(changed, "a"))
    path = changed.folder / first.path
    path.write_bytes(path.read_bytes()[:-1])
    (changed.folder / second.path).unlink()
    assert contents(changed, "a", check=True).damaged == [first.path, second.path]
    assert contents(changed, "a").damaged == []
