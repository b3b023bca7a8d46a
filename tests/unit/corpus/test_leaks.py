"""Leaks are planted between programs of different splits, found, and left out of a snapshot."""

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from corpus.fingerprint import fingerprint_row
from corpus.golden import GoldenFunction, golden_functions
from corpus.leak_report import Leaks
from corpus.leaks import find_leaks
from corpus.leave_out import create_snapshot, snapshot_lines
from corpus.normalise import normalise
from corpus.planted import in_another_order, with_other_constants, with_other_names
from corpus.selection import BadSelection, Selection, select
from corpus.split import split_of
from warehouse import snapshot, sql
from warehouse.lake import Lake
from warehouse.schema import arrow_schema, table_of


def program_of(split: str, stem: str) -> str:
    return next(name for number in range(99) if split_of(name := f"{stem}-{number}") == split)


TEST_PROGRAM = program_of("test", "program")
VALID_PROGRAM = program_of("valid", "program")
TRAINING_PROGRAM = program_of("train", "program")
VENDOR = program_of("test", "vendored")

LARGE = sorted(golden_functions(), key=lambda function: -function.instructions)
HELD, COPIED, OWN = LARGE[:4], LARGE[:3], LARGE[10:16]


def rows_of(
    function_id: str, program: str, text: str, *, fingerprinted: bool = True
) -> dict[str, dict[str, Any]]:
    """A function as rows; what has no part in leaks is made up."""
    plain = {"string": "", "int32": 0}
    blank = {
        field.name: plain.get(str(field.type))
        for field in arrow_schema("functions")
        if not field.nullable
    }
    function = {
        **blank,
        "function_id": function_id,
        "program": program,
        "split": split_of(program),
        "text": text,
    }
    return {
        "functions": function,
        "occurrences": occurrence(function_id, program),
        **(
            {
                "fingerprints": {
                    **fingerprint_row(function_id, text, text_faithful=True),
                    "task_id": "",
                }
            }
            if fingerprinted
            else {}
        ),
    }


def occurrence(function_id: str, program: str) -> dict[str, str]:
    names = [field.name for field in arrow_schema("occurrences")]
    return {**dict.fromkeys(names, ""), "function_id": function_id, "program": program}


def fill(lake: Lake, *functions: Mapping[str, Mapping[str, Any]]) -> None:
    files = [
        lake.stage(
            table,
            table_of(table, [rows[table] for rows in functions if table in rows]),
            name=table,
        )
        for table in ("functions", "occurrences", "fingerprints")
    ]
    lake.commit("test", lake.recover("test"), files)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A test program of four functions, and training with three changed copies and six others.

    One function of training is also in another test program, all of whose functions are copies.
    """
    lake = Lake.open(tmp_path / "lake", create=True)
    changes: tuple[Callable[[str, int], str], ...] = (
        with_other_names,
        in_another_order,
        with_other_constants,
    )
    copies = [
        rows_of(f"copy-{function.name}", TRAINING_PROGRAM, change(normalise(function.ir), 5))
        for function, change in zip(COPIED, changes, strict=True)
    ]
    own = [rows_of(f"own-{one.name}", TRAINING_PROGRAM, normalise(one.ir)) for one in OWN]
    held = [rows_of(f"held-{one.name}", TEST_PROGRAM, normalise(one.ir)) for one in HELD]
    elsewhere = {"occurrences": occurrence(f"own-{OWN[0].name}", VENDOR)}
    fill(lake, *copies, *own, *held)
    again = lake.stage("occurrences", table_of("occurrences", [elsewhere["occurrences"]]), name="v")
    lake.commit("test", lake.recover("test"), [again])
    return lake


def pairs(found: Leaks) -> dict[tuple[str, str], tuple[int, int, int]]:
    return {
        (pair.held_out_program, pair.training_program): (pair.exact, pair.structural, pair.near)
        for pair in found.pairs
    }


def test_planted_leaks_are_found_by_kind_and_program(lake: Lake) -> None:
    found = find_leaks(lake)
    assert pairs(found) == {
        (TEST_PROGRAM, TRAINING_PROGRAM): (0, 1, 2),
        (VENDOR, TRAINING_PROGRAM): (1, 0, 0),
    }
    assert found.training == {"exact": 1, "structural": 1, "near": 2}
    assert (found.training_total, found.held_out_functions, found.held_out_total) == (9, 4, 5)
    assert [pair.held_out_functions for pair in found.pairs] == [3, 1]
    assert all(pair.copy for pair in found.pairs)
    assert found.without_fingerprints == 0


def test_a_split_that_shares_nothing_has_no_leaks(lake: Lake) -> None:
    fill(lake, rows_of("alone", VALID_PROGRAM, normalise(LARGE[20].ir)))
    found = find_leaks(lake, split="valid")
    assert (pairs(found), found.held_out_functions, found.held_out_total) == ({}, 0, 1)
    assert find_leaks(lake, split="test").held_out_functions == 4


def test_training_is_no_split_that_could_leak(lake: Lake) -> None:
    with pytest.raises(BadSelection, match="--split train"):
        find_leaks(lake, split="train")


def test_a_snapshot_leaves_out_what_leaks_and_nothing_else(lake: Lake) -> None:
    made = create_snapshot(lake, "clean")
    leaking = {f"copy-{function.name}" for function in COPIED} | {f"own-{OWN[0].name}"}
    left_out = snapshot.left_out(lake, "clean").to_pylist()
    assert {row["function_id"] for row in left_out} == leaking
    assert {row["function_id"]: row["held_out_id"] for row in left_out} == {
        **{f"copy-{function.name}": f"held-{function.name}" for function in COPIED},
        f"own-{OWN[0].name}": f"own-{OWN[0].name}",
    }
    kept = {row["function_id"] for row in sql.run(lake, "FROM functions", "clean").to_pylist()}
    everything = {row["function_id"] for row in lake.read("functions").to_pylist()}
    assert kept == everything - leaking
    assert set(select(lake, Selection(), snapshot="clean")) == kept
    assert set(select(lake, Selection())) == everything
    assert snapshot_lines(made)[1].startswith("4 training functions left out")
    assert find_leaks(lake, snapshot="clean").held_out_functions == 0


def test_what_is_held_out_is_never_left_out(lake: Lake) -> None:
    fill(lake, rows_of("twin", VALID_PROGRAM, with_other_names(normalise(LARGE[3].ir), 1)))
    create_snapshot(lake, "clean")
    rows = sql.run(lake, "FROM functions WHERE split <> 'train'", "clean")
    assert rows.num_rows == 5


def test_functions_without_fingerprints_are_counted_and_the_way_out_is_named(lake: Lake) -> None:
    copy = with_other_names(normalise(LARGE[3].ir), 1)
    fill(lake, rows_of("bare", TRAINING_PROGRAM, copy, fingerprinted=False), own_row("more"))
    made = create_snapshot(lake, "partly")
    assert made.left_out_notes["without_fingerprints"] == 1
    assert "passlake corpus add" in snapshot_lines(made)[-1]
    found = find_leaks(lake)
    assert found.without_fingerprints == 1
    assert "passlake corpus add" in found.lines()[-1]


def own_row(name: str) -> dict[str, dict[str, Any]]:
    function: GoldenFunction = LARGE[22]
    return rows_of(name, TRAINING_PROGRAM, normalise(function.ir))


def test_an_empty_lake_has_no_leaks_and_a_snapshot_that_leaves_nothing_out(tmp_path: Path) -> None:
    empty = Lake.open(tmp_path / "empty", create=True)
    assert find_leaks(empty).pairs == []
    assert create_snapshot(empty, "first").left_out == 0


def test_the_commands_say_what_leaks_and_what_was_left_out(lake: Lake, passlake: Path) -> None:
    def run(*arguments: str) -> dict[str, Any]:
        command = [passlake, "--lake", lake.location, *arguments, "--json"]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        document: dict[str, Any] = json.loads(printed)
        return document

    assert run("corpus", "leaks")["training"] == {
        "exact": 1,
        "structural": 1,
        "near": 2,
        "total": 9,
    }
    assert run("snapshot", "create", "clean")["left_out"] == 4
    assert run("corpus", "leaks", "--snapshot", "clean", "--split", "test")["pairs"] == []
