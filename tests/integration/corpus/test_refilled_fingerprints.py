"""A lake whose fingerprints another version made gets the present ones by adding again."""

from collections import Counter
from pathlib import Path

import pytest

from corpus import build, fingerprint, known
from corpus.admit import Admission
from corpus.fingerprint import FINGERPRINTER
from corpus.leave_out import create_snapshot
from corpus.llvm.toolchain import Toolchain
from warehouse.lake import Lake
from warehouse.task import run_entry


def add(lake: Lake, toolchain: Toolchain, folder: Path) -> None:
    tasks = build.plan(build.open_sources([str(folder)], toolchain), toolchain)
    receipts = [run_entry(task, lake, 1) for task in tasks]
    lake.commit(build.JOB, lake.recover(build.JOB), Admission(lake).files(receipts))


def test_adding_again_fills_in_what_the_present_fingerprinter_lacks_and_nothing_else(
    lake: Lake, toolchain: Toolchain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "a.c").write_text(
        "int f(int x) { return x; }\nint g(void) { return 1; }"
    )
    with monkeypatch.context() as before:
        for module in (build, fingerprint, known):
            before.setattr(module, "FINGERPRINTER", "0.0")
        add(lake, toolchain, tmp_path / "project")
    assert create_snapshot(lake, "early").left_out_notes["without_fingerprints"] == 2
    add(lake, toolchain, tmp_path / "project")
    add(lake, toolchain, tmp_path / "project")
    versions = lake.read("fingerprints").column("fingerprinter").to_pylist()
    assert Counter(versions) == {"0.0": 2, FINGERPRINTER: 2}
    assert lake.read("functions").num_rows == lake.read("occurrences").num_rows == 2
    assert create_snapshot(lake, "late").left_out_notes["without_fingerprints"] == 0
