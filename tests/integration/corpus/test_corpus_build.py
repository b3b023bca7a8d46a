"""From what the user names to rows in a lake, and once more."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from corpus.admit import Admission
from corpus.build import JOB, compile_task, open_sources, plan
from corpus.errors import BadModule
from corpus.llvm.toolchain import OtherToolchain, Toolchain
from corpus.selection import NothingSelected, Selection, select
from corpus.sources.base import SourceError
from corpus.stats import card, card_lines
from warehouse.lake import Lake
from warehouse.task import LedgerEntry, Receipt, Task, finished_tasks, ledger_rows, run_entry

GOOD = "static int twice(int x) { return 2 * x; }\nint %s(int x) { return twice(x) + 1; }\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.c").write_text(GOOD % "first")
    (folder / "b.c").write_text(GOOD % "second")
    (folder / "broken.c").write_text("int f( { }\n")
    (folder / "empty.c").write_text("")
    (folder / "sub" / "broken.bc").write_bytes(b"BC\xc0\xdenonsense")
    (folder / "sub" / "one.ll").write_text("define i32 @only() {\n  ret i32 3\n}\n")
    (folder / "sub" / "pair.ll").write_text(
        "define void @f() {\n  ret void\n}\ndefine i32 @g(i32 %x) {\n  ret i32 %x\n}\n"
    )
    return folder


def planned(toolchain: Toolchain, *specs: str | Path) -> list[Task]:
    return list(plan(open_sources([str(spec) for spec in specs], toolchain), toolchain))


def commit(lake: Lake, tasks: Sequence[Task], receipts: Sequence[Receipt]) -> None:
    entries = [LedgerEntry.done(*pair) for pair in zip(tasks, receipts, strict=True)]
    ledger = lake.stage("tasks", ledger_rows(JOB, entries), name="ledger")
    lake.commit(JOB, lake.recover(JOB), [*Admission(lake).files(receipts), ledger])


def add(lake: Lake, toolchain: Toolchain, *specs: str | Path) -> None:
    tasks = planned(toolchain, *specs)
    commit(lake, tasks, [run_entry(task, lake, 1) for task in tasks])


def names(lake: Lake) -> list[str]:
    return sorted(lake.read("functions").column("name").to_pylist())


def test_a_folder_becomes_functions_occurrences_and_losses(
    lake: Lake, toolchain: Toolchain, project: Path
) -> None:
    add(lake, toolchain, project)
    assert names(lake) == ["first", "one", "pair:f", "pair:g", "twice"]
    # `second` is `first` under another name; each of a.c and b.c has its own `twice`.
    found = lake.read("occurrences").to_pylist()
    assert sorted(row["name"] for row in found) == [
        *("first", "one", "pair:f", "pair:g", "second", "twice", "twice")
    ]
    lost = {(row["stage"], row["source_file"]) for row in lake.read("losses").to_pylist()}
    assert lost == {("compile", "broken.c"), ("prepare", "sub/broken.bc")}


def test_a_row_holds_what_reproduces_it(lake: Lake, toolchain: Toolchain, project: Path) -> None:
    add(lake, toolchain, project)
    row = next(row for row in lake.read("functions").to_pylist() if row["name"] == "first")
    assert (row["program"], row["origin"], row["language"]) == ("project", "directory", "c")
    assert row["source_file"] == "a.c"
    assert row["toolchain"] == toolchain.fingerprint
    assert row["triple"] == toolchain.target
    assert row["instructions"] > 3
    assert row["ir"].startswith('source_filename = "passlake"\n')
    assert "#0" not in row["text"]


def test_adding_again_plans_the_same_tasks_and_changes_no_table(
    lake: Lake, toolchain: Toolchain, project: Path
) -> None:
    add(lake, toolchain, project)
    tasks = planned(toolchain, project)
    assert {task.task_id for task in tasks} == finished_tasks(lake, JOB)
    before = [lake.read(table).num_rows for table in ("functions", "occurrences", "losses")]
    add(lake, toolchain, project)
    after = [lake.read(table).num_rows for table in ("functions", "occurrences", "losses")]
    assert after == before


def test_the_same_project_elsewhere_is_the_same_work(
    toolchain: Toolchain, project: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "elsewhere" / "project"
    shutil.copytree(project, moved)
    here, there = planned(toolchain, project), planned(toolchain, moved)
    assert [task.task_id for task in here] == [task.task_id for task in there]


def test_a_changed_file_or_header_is_new_work(toolchain: Toolchain, project: Path) -> None:
    ids = [planned(toolchain, project)[0].task_id]
    (project / "a.c").write_text(GOOD % "changed")
    ids.append(planned(toolchain, project)[0].task_id)
    (project / "sub" / "a.h").write_text("#define A 1\n")
    ids.append(planned(toolchain, project)[0].task_id)
    assert len(set(ids)) == 3


def test_naming_a_source_twice_plans_it_once(toolchain: Toolchain, project: Path) -> None:
    assert len(planned(toolchain, project, project)) == 1


def test_functions_stay_unique_when_two_tasks_bring_the_same(
    lake: Lake, toolchain: Toolchain, project: Path
) -> None:
    tasks = planned(toolchain, project / "a.c", project / "b.c")
    receipts = [compile_task(task, lake, 1) for task in tasks]
    commit(lake, tasks, receipts)
    assert names(lake) == ["first", "twice"]
    assert lake.read("occurrences").num_rows == 4


def test_receipts_that_are_admitted_twice_after_a_failed_commit_lose_nothing(
    lake: Lake, toolchain: Toolchain, project: Path
) -> None:
    tasks = planned(toolchain, project / "a.c")
    receipts = [compile_task(task, lake, 1) for task in tasks]
    Admission(lake).files(receipts)  # and then the disk was full
    commit(lake, tasks, receipts)
    assert names(lake) == ["first", "twice"]


def test_csmith_programs_repeat_and_share_their_runtime(lake: Lake, toolchain: Toolchain) -> None:
    add(lake, toolchain, "csmith:3@40")
    first = lake.read("functions").to_pylist()
    again = Lake.open(Path(lake.location).parent / "again", create=True)
    add(again, toolchain, "csmith:3@40")
    assert sorted(row["function_id"] for row in first) == sorted(
        row["function_id"] for row in again.read("functions").to_pylist()
    )
    assert {row["program"] for row in first} <= {"csmith-40", "csmith-41", "csmith-42"}
    assert lake.read("occurrences").num_rows > len(first)
    assert not any("/tmp" in row["ir"] for row in first)  # noqa: S108 - what must not be in it


def test_names_of_files_and_symbols_may_be_of_any_encoding(
    lake: Lake, toolchain: Toolchain, tmp_path: Path
) -> None:
    folder = tmp_path / "p"
    folder.mkdir()
    latin = os.fsencode(folder) + b"/caf\xe9.c"
    Path(os.fsdecode(latin)).write_bytes(
        "int n\u00e9(int x) { return x; }\n".encode()
        + b'int odd(void) __asm__("a \\"b"); int odd(void) { return 1; }\n'
    )
    add(lake, toolchain, folder)
    assert names(lake) == ['a "b', "né"]
    assert set(lake.read("functions").column("source_file").to_pylist()) == {"caf\\xe9.c"}


def test_csmith_leaves_nothing_in_the_working_folder(
    lake: Lake, toolchain: Toolchain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    add(lake, toolchain, "csmith:1@7")
    assert list((tmp_path / "here").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "contents", "message"),
    [
        ("broken.bc", b"BC\xc0\xdenonsense", r"broken\.bc: LLVM 22\.1\.8 does not read it \(.+\)"),
        ("future.ll", b"define void @f() { frobnicate i32 1 }\n", "expected instruction opcode"),
        ("invalid.ll", b"define i32 @f() {\n  ret i64 1\n}\n", "value doesn't match function"),
    ],
)
def test_a_named_ir_file_that_llvm_does_not_read_is_refused_in_llvms_words(
    name: str, contents: bytes, message: str, toolchain: Toolchain, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(contents)
    with pytest.raises(BadModule, match=message) as refused:
        open_sources([str(tmp_path / name)], toolchain)
    assert isinstance(refused.value, ValueError)
    assert "\n" not in str(refused.value)


def test_one_wrong_spec_refuses_all_before_anything_is_fetched(
    toolchain: Toolchain, project: Path
) -> None:
    with pytest.raises(SourceError, match="unknown scheme"):
        open_sources([str(project), "debian:surely-not-fetched", "nowhere:x"], toolchain)


def test_a_task_of_another_toolchain_is_refused(
    lake: Lake, toolchain: Toolchain, project: Path
) -> None:
    [task] = planned(toolchain, project / "a.c")
    task.payload["toolchain"] = "llvm-22.0.0-elsewhere"
    with pytest.raises(OtherToolchain, match="install the same LLVM"):
        compile_task(task, lake, 1)


def test_the_card_counts_what_is_there_and_what_was_lost(
    lake: Lake, toolchain: Toolchain, project: Path
) -> None:
    add(lake, toolchain, project)
    found = card(lake)
    assert (found["functions"], found["duplicates"]) == (5, {"exact": 2, "structural": 0})
    [project_row] = found["programs"]
    assert (project_row["files"], project_row["compiled"], project_row["found"]) == (6, 4, 5)
    assert found["languages"] == {"llvm-ir": 3, "c": 2}
    assert found["lost"] == {"compile": 1, "prepare": 1}
    assert sum(part["functions"] for part in found["splits"].values()) == 5
    [compile_loss] = [loss for loss in found["losses"] if loss["stage"] == "compile"]
    assert compile_loss["example"].startswith("project: broken.c:1:")
    assert compile_loss["cause"].startswith("error: ")
    assert any("5 of 1 programs" in line for line in card_lines(found))


def test_the_card_of_an_empty_lake_is_all_zero(lake: Lake) -> None:
    found = card(lake)
    assert found["functions"] == found["instructions"]["total"] == found["sizes"]["1-9"] == 0
    assert card_lines(found)


def test_a_selection_is_the_same_for_every_command(
    lake: Lake, toolchain: Toolchain, project: Path
) -> None:
    add(lake, toolchain, project)
    everything = select(lake, Selection())
    assert everything == sorted(everything)
    assert len(everything) == 5
    assert len(select(lake, Selection(language="llvm-ir"))) == 3
    assert len(select(lake, Selection(max_instructions=1, language="llvm-ir"))) == 3
    assert len(select(lake, Selection(min_instructions=2, program="project"))) == 2
    with pytest.raises(NothingSelected, match="--origin csmith"):
        select(lake, Selection(origin="csmith"))


def test_a_smaller_sample_is_part_of_a_larger_one(
    lake: Lake, toolchain: Toolchain, project: Path
) -> None:
    add(lake, toolchain, project)
    samples = [set(select(lake, Selection(sample=size, seed=7))) for size in (1, 2, 4, 9)]
    assert [len(sample) for sample in samples] == [1, 2, 4, 5]
    assert samples[0] < samples[1] < samples[2] < samples[3]
