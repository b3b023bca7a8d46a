from pathlib import Path

from corpus.sources.repositories import (
    machine_repositories,
    stanzas_with_sources,
    with_sources,
)

LIST = """# comment
deb [signed-by=/k.gpg] http://mirror/debian stable main
#deb http://mirror/off stable main
deb-src http://mirror/debian stable main
"""
SOURCES = """# snapshot
Types: deb deb-src
URIs: http://mirror/debian
Suites: stable
Signed-By:
 -----BEGIN PGP-----
 abc

Enabled: no
types: deb
URIs: http://mirror/off
"""


def test_a_line_of_packages_brings_its_sources() -> None:
    assert with_sources(LIST) == [
        "deb [signed-by=/k.gpg] http://mirror/debian stable main",
        "deb-src [signed-by=/k.gpg] http://mirror/debian stable main",
        "deb-src http://mirror/debian stable main",
    ]


def test_a_line_of_sources_alone_stays_one() -> None:
    assert with_sources("deb-src http://mirror x main\n") == ["deb-src http://mirror x main"]


def test_stanzas_are_asked_for_sources_too_and_keep_their_keys() -> None:
    first, second = stanzas_with_sources(SOURCES)
    assert first.splitlines() == [
        "Types: deb deb-src",
        "URIs: http://mirror/debian",
        "Suites: stable",
        "Signed-By:",
        " -----BEGIN PGP-----",
        " abc",
    ]
    assert "Enabled: no" in second


def test_both_kinds_of_files_are_read_where_apt_says_they_are(tmp_path: Path) -> None:
    (tmp_path / "one.list").write_text("deb http://a x main\n")
    (tmp_path / "two.sources").write_text("Types: deb-src\nURIs: http://b\n")
    (tmp_path / "three.save").write_text("deb http://c x main\n")
    found = machine_repositories(lambda _: f"list='{tmp_path}/none'\nparts='{tmp_path}'\n")
    assert found["passlake.list"] == "deb http://a x main\ndeb-src http://a x main\n"
    assert found["passlake.sources"] == "Types: deb-src\nURIs: http://b\n"
