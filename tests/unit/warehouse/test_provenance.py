"""Which code made a row."""

import re
import subprocess
from importlib import metadata
from pathlib import Path

import pytest

from warehouse import provenance


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A git repository with one commit of one floor."""
    (tmp_path / "warehouse").mkdir()
    (tmp_path / "warehouse" / "lake.py").write_text("")
    who = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
    for arguments in (["init", "-q"], ["add", "."], [*who, "commit", "-q", "-m", "first"]):
        subprocess.run(["git", "-C", str(tmp_path), *arguments], check=True)
    return tmp_path


def test_the_version_begins_with_the_distributions() -> None:
    assert provenance.code_version().startswith(metadata.version("passlake"))


def test_a_checkout_adds_its_commit(checkout: Path) -> None:
    assert re.fullmatch(r"[0-9a-f]{12}", provenance._commit(checkout) or "")


def test_a_floor_that_differs_from_the_commit_is_said_to(checkout: Path) -> None:
    (checkout / "warehouse" / "lake.py").write_text("changed = True\n")
    assert (provenance._commit(checkout) or "").endswith(".changed")


def test_other_files_that_differ_do_not_count(checkout: Path) -> None:
    (checkout / "notes.txt").write_text("")
    assert not (provenance._commit(checkout) or "").endswith(".changed")


def test_a_folder_inside_someone_elses_repository_has_no_commit(checkout: Path) -> None:
    assert provenance._commit(checkout / "warehouse") is None


def test_without_git_no_commit_is_known(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert provenance._commit(checkout) is None
