"""What the README says is so: its commands exist, its tree is the tree, its walk works."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from cli.main import app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent


def section(title: str) -> str:
    return README.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def code(text: str) -> str:
    blocks = re.findall(r"(?:^    .*\n|^\n)+", text, re.MULTILINE)
    return "\n".join(line.removeprefix("    ") for line in "".join(blocks).splitlines())


def commands(command: object, name: str = "") -> set[str]:
    children = getattr(command, "commands", {})
    found = {
        f"{name} {child}".strip() for child in children if not hasattr(children[child], "commands")
    }
    return found.union(
        *(commands(child, f"{name} {key}".strip()) for key, child in children.items())
    )


def test_every_command_stands_in_the_readme_and_every_one_there_exists() -> None:
    listed = set(re.findall(r"`passlake ((?:[a-z]+ ?)+)", README))
    assert {name.strip() for name in listed} == commands(get_command(app))


def options(command: object) -> set[str]:
    own = {option for parameter in getattr(command, "params", ()) for option in parameter.opts}
    children = getattr(command, "commands", {}).values()
    return own.union(*map(options, children))


def test_every_option_that_the_readme_names_is_one_and_those_of_a_selection_are_there() -> None:
    named = set(re.findall(r"--[a-z][a-z-]*", section("What you can do")))
    assert {"--split", "--sample", "--seed", "--max-instructions"} <= named
    assert named <= options(get_command(app))


def test_the_tree_is_the_tree() -> None:
    folders = re.findall(r"^    ([a-z]+)/ ", section("The tree"), re.MULTILINE)
    assert [name for name in folders if not (ROOT / name).is_dir()] == []


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_links_and_file_names_lead_somewhere(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    files = re.findall(r"`((?:autotune|corpus|warehouse|cli|tests|\.ci)/[a-z_0-9/.]+)`", text)
    assert [name for name in {*links, *files} if not (ROOT / name).exists()] == []


def test_the_newcomers_walk_gives_ten_lists_and_one_row(tmp_path: Path) -> None:
    walk = code(section("One function, ten lists, one row, one query"))
    steps = walk.split("\n", 1)[1].replace("make setup && . .venv/bin/activate\n", "")
    environment = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-e", "-c", steps],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "count_spaces" in done.stdout
    asked = (
        "SELECT (SELECT count(*) FROM evaluations) AS lists, (SELECT count(*) FROM best) AS rows"
    )
    told = subprocess.run(
        [BIN / "passlake", "--lake", "first-lake", "sql", asked, "--format", "json"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    assert json.loads(told.stdout) == [{"lists": 10, "rows": 1}]
