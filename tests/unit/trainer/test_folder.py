"""Folders that are there whole or not at all."""

import errno
from pathlib import Path

import pytest

from trainer.errors import NoRoom
from trainer.folder import room, whole_folder
from warehouse.errors import TargetTaken


def fill(folder: Path, place: Path) -> None:
    with whole_folder(place) as draft:
        assert not place.exists()
        (draft / "inner").mkdir()
        (draft / "inner" / "file").write_text("x")
    assert [path.name for path in folder.iterdir()] == [place.name]


def test_a_folder_appears_with_all_that_is_in_it(tmp_path: Path) -> None:
    fill(tmp_path, tmp_path / "made")
    assert (tmp_path / "made/inner/file").read_text() == "x"


def test_parents_are_made(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "a/b") as draft:
        (draft / "file").touch()
    assert (tmp_path / "a/b/file").exists()


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to("nowhere")
    for taken in ("file", "link"):
        with pytest.raises(TargetTaken, match="exists"), whole_folder(tmp_path / taken):
            pytest.fail("the block was entered")
    assert (tmp_path / "file").read_text() == "x"


def test_where_no_folder_can_be_made_the_way_out_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(TargetTaken, match="give another folder"),
        whole_folder(tmp_path / "file" / "inside"),
    ):
        pytest.fail("the block was entered")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_names_the_place_and_leaves_nothing(tmp_path: Path, number: int) -> None:
    def write(draft: Path) -> None:
        (draft / "file").touch()
        raise OSError(number, "full")

    with pytest.raises(NoRoom, match="made") as caught, whole_folder(tmp_path / "made") as draft:
        write(draft)
    assert caught.value.errno == number
    assert list(tmp_path.iterdir()) == []


def test_other_errors_of_the_system_stay_what_they_are(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="broken") as caught, room(tmp_path):
        raise OSError(errno.EIO, "broken")
    assert not isinstance(caught.value, NoRoom)
