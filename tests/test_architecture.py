"""What must never be, held by tests: the contracts in pyproject.toml and what they cannot say."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
FLOORS = SETTINGS["root_packages"]
CONTRACTS = {contract["id"]: contract["name"] for contract in SETTINGS["contracts"]}

# For each contract a file of the tree and a line that it must not contain.
VIOLATIONS = {
    "floors": ("warehouse/planted_floors.py", "import corpus.errors"),
    "llvm": ("autotune/planted_llvm.py", "import ctypes"),
    "in-process": ("corpus/planted_in_process.py", "from corpus.llvm.library import Library"),
    "template": ("corpus/llvm/sandbox/child.py", "import pyarrow"),
    "processes": ("trainer/planted_processes.py", "import subprocess"),
    "tables": ("cli/planted_tables.py", "import duckdb"),
    "engines": ("autotune/planted_engines.py", "import ray"),
    "optuna": ("autotune/search/planted_optuna.py", "import optuna"),
    "models": ("cli/planted_models.py", "import torch"),
    "strategies": ("autotune/search/planted_strategies.py", "import time"),
}

LLVM_TOOL = re.compile(
    r"(opt|clang(\+\+)?|llc|lli|lld|llvm-(?!ir\b)[a-z-]+)(-\d+)?"
)  # llvm-ir is a language
THROUGH_OS = re.compile(r"fork|forkpty|system|popen|exec[lv]p?e?|spawn[lv]p?e?|posix_spawnp?")
MAY_USE_THROUGH_OS = {
    # A fresh child for each search; itself again, with randomised addresses turned off.
    "corpus.llvm.sandbox.child": {"fork", "execve"},
    "corpus.llvm.sandbox.runner": {"fork"},  # a fresh process for foreign machine code
    "corpus.llvm.driver": {"execv"},  # what `passlake cc` leaves to clang, it becomes
}
ENGINES_AND_MODELS = {"dask", "distributed", "llvmlite", "optuna", "ray", "torch", "transformers"}


def lint_imports(tree: Path) -> subprocess.CompletedProcess[str]:
    # The tool looks for the packages in its working directory first.
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def report_on_violations(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the import linter says of a copy of the tree with every violation planted in it."""
    tree = tmp_path_factory.mktemp("planted")
    shutil.copy(ROOT / "pyproject.toml", tree)
    for floor in FLOORS:
        shutil.copytree(ROOT / floor, tree / floor)
    for name, line in VIOLATIONS.values():
        path = tree / name
        path.parent.mkdir(exist_ok=True)
        (path.parent / "__init__.py").touch()
        with path.open("a") as file:
            file.write(f"\n{line}\n")
    linted = lint_imports(tree)
    assert linted.returncode == 1, linted.stderr
    return linted.stdout


def test_the_contracts_hold() -> None:
    linted = lint_imports(ROOT)
    assert linted.returncode == 0, linted.stdout


def test_every_contract_has_a_violation_planted() -> None:
    assert VIOLATIONS.keys() == CONTRACTS.keys()


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_planted_violation_is_caught(contract: str, report_on_violations: str) -> None:
    assert re.search(
        f"^{re.escape(CONTRACTS[contract])} BROKEN", report_on_violations, re.MULTILINE
    )


def syntax_trees() -> Iterator[tuple[str, ast.Module]]:
    """Each module of the five floors: its dotted name and its syntax tree."""
    for floor in FLOORS:
        for path in sorted((ROOT / floor).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            yield name, ast.parse(path.read_text(), filename=str(path))


def imported(tree: ast.Module) -> set[str]:
    """Dotted names of what a module imports, `from a import b` as `a.b` (b may be a module)."""
    nodes = list(ast.walk(tree))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    members = {
        f"{node.module}.{alias.name}"
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    return plain | members


def used_through_os(tree: ast.Module) -> set[str]:
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
        and THROUGH_OS.fullmatch(node.attr)
    }


def test_only_the_sandbox_forks() -> None:
    used = {name: used_through_os(tree) for name, tree in syntax_trees()}
    assert {name: calls for name, calls in used.items() if calls} == MAY_USE_THROUGH_OS


def test_processes_started_outside_corpus_llvm_are_none_of_llvms_tools() -> None:
    named = [
        (name, node.value)
        for name, tree in syntax_trees()
        if "subprocess" in imported(tree) and not name.startswith("corpus.llvm.")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and LLVM_TOOL.fullmatch(str(node.value))
    ]
    assert named == []


# Files that users bring (bitcode, exported snapshots), files that Passlake ships, and the lists of
# names that a training run keeps beside its shards: none of them is a table's.
OPENING_PARQUET = {
    "corpus.sources.parquet",
    "autotune.deep_reference",
    "trainer.labels",
    "trainer.prepare",
    "trainer.sample_snapshot",
    "trainer.shard_writing",
    "trainer.shards",
}


def test_only_warehouse_opens_the_parquet_files_of_tables() -> None:
    opening = {
        name
        for name, tree in syntax_trees()
        if imported(tree) & {"pyarrow.parquet", "pyarrow.dataset"}
        and not name.startswith("warehouse.")
    }
    assert opening == OPENING_PARQUET


def test_the_command_line_starts_without_engines_and_models() -> None:
    program = (
        "import cli, importlib, pkgutil, sys\n"
        "for module in pkgutil.walk_packages(cli.__path__, 'cli.'):\n"
        "    importlib.import_module(module.name)\n"
        "print(*sys.modules, sep='\\n')\n"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert ENGINES_AND_MODELS & set(loaded.split()) == set()


def test_no_module_is_longer_than_400_lines() -> None:
    paths = [path for floor in [*FLOORS, "tests"] for path in (ROOT / floor).rglob("*.py")]
    long = {str(path): len(path.read_text().splitlines()) for path in paths}
    assert {path: lines for path, lines in long.items() if lines > 400} == {}


def test_tests_are_in_no_package() -> None:
    # --import-mode=importlib gives every test file a name of its own, packages would take it away.
    assert list((ROOT / "tests").rglob("__init__.py")) == []
