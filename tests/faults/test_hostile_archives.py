"""Archives that strangers made to do harm: nothing leaves the tree; what is refused is told."""

import bz2
import gzip
import io
import lzma
import os
import stat
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.sources.base import SourceError
from corpus.sources.unpack import Bounds, Unpacked, unpacked

SOURCE = b"int f(void) { return 1; }\n"


def member(name: str, contents: bytes = SOURCE) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(contents)
    return info, contents


def special(name: str, kind: bytes, target: str = "") -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = target
    return info, b""


def tar(path: Path, *members: tuple[tarfile.TarInfo, bytes], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:
        for info, contents in members:
            archive.addfile(info, io.BytesIO(contents))
    return path


def unpack(archive: Path, bounds: Bounds | None = None) -> Unpacked:
    return unpacked(archive, archive.parent / "cache", bounds)


def tree(found: Unpacked) -> list[str]:
    return sorted(str(path.relative_to(found.root)) for path in found.root.rglob("*"))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


GOOD = member("good.c")
LINK = tarfile.SYMTYPE


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (member("/abs.c"), "an absolute path"),
        (member("../up.c"), "a path that climbs"),
        (member("a/../../up.c"), "a path that climbs"),
        (special("pipe.c", tarfile.FIFOTYPE), "neither a file, a folder nor a link"),
        (special("device.c", tarfile.CHRTYPE), "neither a file, a folder nor a link"),
        (special("out.c", LINK, "/etc/passwd"), "a link out of the archive"),
        (special("out", LINK, "../../.."), "a link out of the archive"),
        (special("gone.c", LINK, "nowhere.c"), "a link to nothing"),
        (special("loop.c", LINK, "loop.c"), "a link to nothing"),
        (special("hard.c", tarfile.LNKTYPE, "/etc/passwd"), "an absolute path"),
        (special("hard.c", tarfile.LNKTYPE, "../../cache/x"), "a path that climbs"),
        (special("hard.c", tarfile.LNKTYPE, "missing.c"), "No such file or directory"),
        (member("n" * 300 + ".c"), "File name too long"),
        (member("good.c/below.c"), "File exists"),
    ],
)
def test_a_member_that_would_do_harm_is_refused_and_the_rest_stays(
    bad: tuple[tarfile.TarInfo, bytes], reason: str, tmp_path: Path
) -> None:
    found = unpack(tar(tmp_path / "a.tar", GOOD, bad))
    assert tree(found) == ["good.c"]
    assert found.refused == ((bad[0].name, reason),)
    assert names(tmp_path) == ["a.tar", "cache"]


def test_nothing_is_written_through_a_link_that_came_before(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    archive = tar(tmp_path / "a.tar", GOOD, special("d", LINK, str(outside)), member("d/planted.c"))
    found = unpack(archive)
    assert list(outside.iterdir()) == []
    assert tree(found) == ["d", "d/planted.c", "good.c"]
    assert found.refused == (("d", "File exists"),)


def test_links_that_lead_out_only_together_are_refused(tmp_path: Path) -> None:
    """`a` looks harmless until `b` is a link to the top: then `b/..` is above it."""
    (tmp_path / "cache").mkdir()
    archive = tar(tmp_path / "a.tar", GOOD, special("a", LINK, "b/.."), special("b", LINK, "."))
    found = unpack(archive)
    assert ("a", "a link out of the archive") in found.refused
    assert tree(found) == ["b", "good.c"]


def test_links_inside_are_kept(tmp_path: Path) -> None:
    archive = tar(
        tmp_path / "a.tar",
        member("src/x.c"),
        special("x.c", LINK, "src/x.c"),
        special("include", LINK, "src"),
        special("hard.c", tarfile.LNKTYPE, "src/x.c"),
    )
    found = unpack(archive)
    assert found.refused == ()
    for name in ("x.c", "include/x.c", "hard.c"):
        assert (found.root / name).read_bytes() == SOURCE


def test_modes_are_not_taken_over(tmp_path: Path) -> None:
    info, contents = member("setuid.c")
    info.mode = 0o6777
    found = unpack(tar(tmp_path / "a.tar", (info, contents)))
    mode = (found.root / "setuid.c").stat().st_mode
    assert mode & (stat.S_ISUID | stat.S_ISGID | stat.S_IXUSR) == 0


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_a_bomb_stops_at_the_bound(compress: Callable[[bytes], bytes], tmp_path: Path) -> None:
    plain = tar(tmp_path / "plain.tar", GOOD, *(member(f"{n}.c", bytes(1 << 20)) for n in range(9)))
    archive = tmp_path / "bomb.tar.z"
    archive.write_bytes(compress(plain.read_bytes()))
    found = unpack(archive, Bounds(total_bytes=3 << 20))
    assert sum(path.stat().st_size for path in found.root.iterdir()) <= 3 << 20
    assert (found.root / "good.c").is_file()
    [(name, reason)] = found.refused
    assert (name, reason) == (
        "bomb.tar.z", "over 3145728 bytes in all; what comes after is left out"
    )  # fmt: skip


def test_a_file_over_the_bound_is_left_out_alone(tmp_path: Path) -> None:
    found = unpack(
        tar(tmp_path / "a.tar", member("big.c", bytes(2000)), GOOD), Bounds(file_bytes=1000)
    )
    assert tree(found) == ["good.c"]
    assert found.refused == (("big.c", "2000 bytes, over 1000"),)


def test_members_without_end_are_cut_off(tmp_path: Path) -> None:
    archive = tar(tmp_path / "a.tar", *(member(f"{n}.c") for n in range(20)))
    found = unpack(archive, Bounds(members=5))
    assert tree(found) == [f"{n}.c" for n in range(5)]
    assert found.refused[-1] == ("a.tar", "over 5 members; what comes after is left out")


def test_a_long_name_that_claims_gigabytes_is_not_read(tmp_path: Path) -> None:
    header = tarfile.TarInfo("././@LongLink")
    header.type = tarfile.GNUTYPE_LONGNAME
    header.size = 4 << 30
    good = tar(tmp_path / "good.tar", GOOD).read_bytes()[:1024]
    archive = tmp_path / "a.tar"
    archive.write_bytes(good + header.tobuf() + bytes(1024))
    found = unpack(archive)
    assert tree(found) == ["good.c"]
    assert "a header of" in found.refused[0][1]


def test_an_archive_that_breaks_off_gives_what_came_before(tmp_path: Path) -> None:
    whole = tar(tmp_path / "whole.tar", GOOD, member("half.c", bytes(10_000))).read_bytes()
    archive = tmp_path / "a.tar"
    archive.write_bytes(whole[:4000])
    found = unpack(archive)
    assert tree(found) == ["good.c"]
    assert found.refused[0][1].startswith("broken (")


@pytest.mark.parametrize("contents", [b"", b"no archive", b"\x1f\x8bbroken", b"PK\3\4broken"])
def test_what_is_no_archive_is_an_error(contents: bytes, tmp_path: Path) -> None:
    archive = tmp_path / "a.tar.gz"
    archive.write_bytes(contents)
    with pytest.raises(SourceError, match="no archive that can be read"):
        unpack(archive)
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_zip_is_held_to_the_same(tmp_path: Path) -> None:
    archive = tmp_path / "a.zip"
    link = zipfile.ZipInfo("link.c")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    device = zipfile.ZipInfo("device.c")
    device.external_attr = stat.S_IFCHR << 16
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("good.c", SOURCE)
        zipped.writestr("../up.c", SOURCE)
        zipped.writestr("/abs.c", SOURCE)
        zipped.writestr(link, "/etc/passwd")
        zipped.writestr(device, "")
    found = unpack(archive)
    assert tree(found) == ["good.c"]
    assert sorted(name for name, _ in found.refused) == ["../up.c", "/abs.c", "device.c", "link.c"]


def test_an_encrypted_member_of_a_zip_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("good.c", SOURCE)
        zipped.writestr("secret.c", SOURCE)
    contents = bytearray(archive.read_bytes())
    contents[contents.rindex(b"PK\1\2") + 8] |= 1  # the flag in the directory's last entry
    contents[contents.index(b"PK\3\4", 4) + 6] |= 1
    archive.write_bytes(contents)
    found = unpack(archive)
    assert tree(found) == ["good.c"]
    assert "encrypted" in found.refused[0][1]


def test_names_may_hold_any_bytes(tmp_path: Path) -> None:
    found = unpack(tar(tmp_path / "a.tar", member(os.fsdecode(b"caf\xe9.c"))))
    assert [os.fsencode(path.name) for path in found.root.iterdir()] == [b"caf\xe9.c"]


def test_the_same_contents_are_unpacked_once(tmp_path: Path) -> None:
    first = unpack(tar(tmp_path / "a.tar", GOOD))
    (first.root / "good.c").write_text("touched")
    (tmp_path / "b.tar").write_bytes((tmp_path / "a.tar").read_bytes())
    again = unpack(tmp_path / "b.tar")
    assert (again.root / "good.c").read_text() == "touched"


def test_what_a_killed_process_left_goes_after_a_day(tmp_path: Path) -> None:
    for name, age_s in (("unpack-old", 25 * 3600), ("unpack-new", 60)):
        (tmp_path / "cache" / name / "whole").mkdir(parents=True)
        then = time.time() - age_s
        os.utime(tmp_path / "cache" / name, (then, then))
    unpack(tar(tmp_path / "a.tar", GOOD))
    assert [name for name in names(tmp_path / "cache") if name.startswith("unpack")] == [
        "unpack-new"
    ]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_bytes_that_changed_never_do_more_than_break_an_archive(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("mutant")
    suffix = data.draw(st.sampled_from(["tar", "tar.gz", "tar.xz", "zip"]))
    archive = folder / f"a.{suffix}"
    if suffix == "zip":
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
            zipped.writestr("good.c", SOURCE)
            zipped.writestr("d/x.c", SOURCE)
    else:
        mode = {"tar": "w", "tar.gz": "w:gz", "tar.xz": "w:xz"}[suffix]
        tar(archive, GOOD, member("d/x.c"), special("l.c", LINK, "d/x.c"), mode=mode)
    contents = bytearray(archive.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(contents) - 1))
        contents[place] = data.draw(st.integers(0, 255))
    archive.write_bytes(contents)
    try:
        found = unpack(archive)
    except SourceError:
        assert names(folder) in ([archive.name, "cache"], [archive.name])
        return
    assert names(folder) == [archive.name, "cache"]
    for path in found.root.rglob("*"):
        assert path.resolve().is_relative_to(found.root.resolve())
