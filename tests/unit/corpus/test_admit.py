from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.admit import Admission
from warehouse import schema
from warehouse.lake import Lake
from warehouse.task import Receipt

JOB = "corpus"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.open(tmp_path / "lake", create=True)


def occurrences(lake: Lake, task_id: str, names: Sequence[str]) -> Receipt:
    """The receipt of a task that found a function in so many places."""
    rows = [
        {
            "function_id": f"{sum(map(ord, name)):032x}",
            "name": name,
            "program": "p",
            "version": "",
            "origin": "directory",
            "source_file": "a.c",
            "task_id": task_id,
        }
        for name in names
    ]
    staged = lake.stage("occurrences", schema.table_of("occurrences", rows), name=task_id)
    return Receipt(task_id, 1, (staged,), 0.0, 0.0, "here")


def commit(lake: Lake, admission: Admission, receipts: Sequence[Receipt]) -> None:
    lake.commit(JOB, lake.recover(JOB), admission.files(receipts))
    admission.committed()


def names(lake: Lake) -> list[str]:
    return sorted(lake.read("occurrences").column("name").to_pylist())


def test_a_file_of_new_rows_is_committed_as_it_is(lake: Lake) -> None:
    receipt = occurrences(lake, "one", ["a", "b"])
    assert Admission(lake).files([receipt]) == list(receipt.files)


def test_what_the_lake_has_is_dropped_and_the_rest_kept(lake: Lake) -> None:
    commit(lake, Admission(lake), [occurrences(lake, "one", ["a", "b"])])
    later = Admission(lake)
    commit(lake, later, [occurrences(lake, "two", ["b", "c"]), occurrences(lake, "three", ["a"])])
    assert names(lake) == ["a", "b", "c"]
    assert later.held_bytes == 3 * 16


def test_a_row_that_two_receipts_bring_comes_from_the_first(lake: Lake) -> None:
    receipts = [occurrences(lake, "one", ["a", "b"]), occurrences(lake, "two", ["b", "c", "c"])]
    commit(lake, Admission(lake), receipts)
    rows = lake.read("occurrences").to_pylist()
    assert {row["name"]: row["task_id"] for row in rows} == {"a": "one", "b": "one", "c": "two"}
    assert len(rows) == 3


def test_a_batch_that_was_not_committed_is_decided_in_the_same_way_again(lake: Lake) -> None:
    admission = Admission(lake)
    receipts = [occurrences(lake, "one", ["a", "b"])]
    admission.files(receipts)  # and then the disk was full
    commit(lake, admission, receipts)
    commit(lake, admission, [occurrences(lake, "two", ["a", "c"])])
    assert names(lake) == ["a", "b", "c"]


@settings(max_examples=20)
@given(
    tasks=st.lists(st.lists(st.sampled_from("abcdef"), max_size=5), max_size=5),
    cut=st.integers(0, 5),
)
def test_however_receipts_are_batched_each_row_is_admitted_once(
    tmp_path_factory: pytest.TempPathFactory, tasks: list[list[str]], cut: int
) -> None:
    lake = Lake.open(tmp_path_factory.mktemp("lake") / "lake", create=True)
    admission = Admission(lake)
    receipts = [occurrences(lake, str(place), found) for place, found in enumerate(tasks)]
    admitted: list[str] = []
    for batch in (receipts[:cut], receipts[cut:]):
        for file in admission.files(batch):
            admitted += lake.read_staged(file, columns=["name"]).column("name").to_pylist()
        admission.committed()
    assert sorted(admitted) == sorted({name for found in tasks for name in found})
