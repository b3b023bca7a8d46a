"""Judging again gives the same: after a cut, on a copy of the lake, on every engine."""

import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from autotune.executors.base import Failure
from autotune.executors.inline import InlineExecutor
from tests.unit.trainer.small_judge import judged, options, plain
from trainer.judging import plan, ruler
from warehouse.lake import Lake
from warehouse.task import Receipt

COLUMNS = ("model_id", "method", "function_id", "pass_list", "answered", "refused", "outcome")
COUNTS = ("instructions", "oz_instructions", "oz_plain_instructions", "compilations", "gate")


def answers(lake: Lake) -> list[tuple[object, ...]]:
    """What judgements say, times and where they were made aside."""
    rows = lake.read("judgements", columns=[*COLUMNS, *COUNTS]).to_pylist()
    return sorted(tuple(map(repr, row.values())) for row in rows)


def test_a_run_that_was_cut_off_goes_on_and_ends_with_the_same_figures(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "TASK_COST_S", 1.0)
    shutil.copytree(lake.folder, tmp_path / "other" / "lake")
    given = options("oz", "random:10", "broadcast")
    whole = judged(Lake.open(tmp_path / "other" / "lake"), given).document()
    with pytest.raises(KeyboardInterrupt):
        judged(lake, given, CutOff(lake, 3))
    done = lake.count("judgements")
    assert 0 < done < 3 * 4
    resumed = judged(lake, given).document()
    assert plain(resumed) == plain(whole)
    assert lake.count("judgements") == 3 * 4
    again = judged(lake, given, CutOff(lake, 0)).document()  # nothing is left to run
    assert again == resumed


class CutOff(InlineExecutor):
    """Is interrupted after some tasks."""

    def __init__(self, lake: Lake, tasks: int) -> None:
        super().__init__(lake)
        self._left = tasks

    def completed(self, timeout_s: float) -> Receipt | Failure | None:
        if self._left == 0:
            raise KeyboardInterrupt
        self._left -= 1
        return super().completed(timeout_s)


def test_fresh_judgements_on_a_copy_of_the_lake_are_the_same(
    lake: Lake, searched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = options("oz", "labels", "random:10", "portfolio", "nearest", output=tmp_path / "one")
    first = judged(lake, given)
    # Nothing is carried over: no judgement, no gated pair, nothing that was learned.
    monkeypatch.setattr(ruler, "cache_folder", lambda kind: tmp_path / "empty" / kind)
    copied = Lake.open(shutil.copytree(searched, tmp_path / "copy" / "lake"))
    again = judged(copied, replace(given, output=tmp_path / "other"))
    assert plain(again.document()) == plain(first.document())
    assert answers(copied) == answers(lake) != []


@pytest.mark.parametrize("engine", ["dask", "ray"])
def test_every_engine_leaves_the_rows_that_this_process_leaves(
    engine: str, lake: Lake, searched: Path, passlake: Path, tmp_path: Path
) -> None:
    here = judged(lake, options("oz", "coreset:10", "broadcast", output=tmp_path / "here"))
    there = shutil.copytree(searched, tmp_path / "there" / "lake")
    asked = [
        *("judge", "--method", "oz", "--method", "coreset:10", "--method", "broadcast"),
        *("--no-reference", "--engine", engine, "--workers", "2", "--json"),
    ]
    done = subprocess.run(
        [passlake, "--lake", there, *asked],
        env=os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert plain(json.loads(done.stdout)) == plain(here.document())
    assert answers(Lake.open(there)) == answers(lake) != []
