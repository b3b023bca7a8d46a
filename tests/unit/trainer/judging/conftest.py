"""A lake that was searched, for judges to work on."""

import shutil
from pathlib import Path

import pyarrow as pa
import pytest

from autotune.campaign import Campaign, run_campaign
from autotune.executors.inline import InlineExecutor
from autotune.tune_options import TuneOptions
from tests.unit.trainer.small_judge import TOOLCHAIN
from trainer.judging import ruler
from warehouse import snapshot
from warehouse.lake import Lake

SPLITS = {
    "sum": "test",
    "gcd": "test",
    "swap_bytes": "test",
    "clamp": "test",
    "fibonacci": "train",
    "checksum": "train",
    "mean": "valid",
}
"""Some golden functions; a list is known that beats -Oz on sum, gcd, fibonacci, checksum, mean."""


@pytest.fixture(scope="session")
def searched(golden_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with functions of all splits, searched, and a snapshot `s`."""
    folder = tmp_path_factory.mktemp("searched") / "lake"
    lake = Lake.open(folder, create=True)
    rows = Lake.open(golden_corpus).read("functions").to_pylist()
    kept = [row | {"split": SPLITS[row["name"]]} for row in rows if row["name"] in SPLITS]
    schema = lake.read("functions").schema
    functions = pa.Table.from_pylist(kept, schema=schema)
    lake.commit("planted", 0, [lake.stage("functions", functions, name="planted")])
    ids = sorted(row["function_id"] for row in kept)
    options = TuneOptions("coreset", "instructions", evaluations=30, cpu_seconds=None, seed=0)
    campaign = Campaign.start(lake, options, TOOLCHAIN, ids)
    run_campaign(lake, campaign, TOOLCHAIN, InlineExecutor(lake))
    snapshot.create(lake, "s")
    return folder


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What earlier runs of the tests found must not decide what this one finds."""
    folder = tmp_path_factory.getbasetemp() / "judge-cache"
    monkeypatch.setattr(ruler, "cache_folder", lambda kind: folder / kind)


@pytest.fixture
def lake(searched: Path, tmp_path: Path) -> Lake:
    shutil.copytree(searched, tmp_path / "lake")
    return Lake.open(tmp_path / "lake")
