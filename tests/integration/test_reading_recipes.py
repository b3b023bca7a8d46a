"""The recipes for reading a lake: each is run as it stands, and all give the same answer."""

# ruff: noqa: S102  (the documents' own code is run)

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from corpus.fingerprint import FINGERPRINTER
from corpus.leave_out import create_snapshot
from warehouse import schema
from warehouse.lake import Lake

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "warehouse" / "READING.md").read_text(encoding="utf-8")
RECIPES = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)

GAINS = [("golden", 20 / 15 - 1), ("other", 10 / 8 - 1)]

Run = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def place(passlake: Path, golden_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small lake, its snapshot `paper`, and what the page exports of it."""
    folder = tmp_path_factory.mktemp("reading")
    lake = Lake.open(folder / "lake", create=True)
    ir = Lake.open(golden_corpus).read("functions").slice(0, 1).to_pylist()[0]
    functions = {"f1": "golden", "f2": "golden", "f3": "other", "f4": "valid one"}
    rows = [
        ir | {"function_id": f, "program": p, "split": "valid" if f == "f4" else "train"}
        for f, p in functions.items()
    ]
    twins = ("f4", "f5")  # the same code in a held-out program: f5 is left out of training
    rows.append(ir | {"function_id": "f5", "program": "twin", "split": "train"})
    figures = {"f1": 9, "f2": 6, "f3": 8, "f5": 1}
    winner = {
        "campaign_id": "c",
        "objective": "instructions",
        "toolchain": "t",
        "pass_space": "p",
        "strategy": "random",
        "seed": 0,
        "pass_list": "a",
        "num_passes": 1,
        "object_bytes": 80,
        "oz_instructions": 10,
        "oz_object_bytes": 100,
        "oz_plain_instructions": 11,
        "oz_plain_object_bytes": 110,
        "optimised_ir": "",
        "evaluations": 1,
        "compilations": 1,
        "cpu_s": 1.0,
        "stable": True,
        "gate": "not_run",
        "code_version": "0",
        "task_id": "t",
    }
    winners = [winner | {"function_id": f, "instructions": n} for f, n in figures.items()]
    fingerprint = {
        "fingerprinter": "",
        "structural_hash": "same",
        "tokens": 9,
        "shingles": 9,
        "minhash": [0] * 128,
        "text_faithful": True,
        "task_id": "t",
    }
    prints = [fingerprint | {"function_id": f, "fingerprinter": FINGERPRINTER} for f in twins]
    tables = {"functions": rows, "winners": winners, "fingerprints": prints}
    files = [
        lake.stage(name, schema.table_of(name, some), name=name) for name, some in tables.items()
    ]
    lake.commit("w", 0, files)
    assert create_snapshot(lake, "paper").left_out == 1
    for line in re.findall(r"^    passlake (.*)$", PAGE, re.MULTILINE):
        subprocess.run([passlake, *line.split()], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def run(place: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a recipe beside the lake; its variables."""
    monkeypatch.chdir(place)

    def execute(recipe: str) -> dict[str, Any]:
        variables: dict[str, Any] = {}
        exec(compile(recipe, "READING.md", "exec"), variables)
        return variables

    return execute


@pytest.mark.parametrize("recipe", RECIPES[:-1], ids=range(len(RECIPES) - 1))
def test_every_recipe_gives_the_same_gains(run: Run, recipe: str) -> None:
    variables = run(recipe)
    rows = [tuple(row) for row in variables.get("gain") or variables["found"]]
    assert [program for program, _ in rows] == [program for program, _ in GAINS]
    assert [gain for _, gain in rows] == [pytest.approx(gain) for _, gain in GAINS]


def test_there_are_recipes_for_three_tools_of_an_export_and_of_a_lake() -> None:
    for tool in ("duckdb", "pandas", "polars"):
        assert sum(f"import {tool}\n" in recipe for recipe in RECIPES) >= 2


def test_the_recipe_for_searching_confirms_its_own_count(run: Run) -> None:
    searched, applied = run(RECIPES[-1])["figures"]
    assert searched == applied
