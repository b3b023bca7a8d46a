import pytest

from corpus.sources import debian
from corpus.sources.apt import Apt, Gone
from corpus.sources.base import SourceError, TranslationUnit
from corpus.sources.debian import DebianSection, DebianSource, NoCode, sources_of


@pytest.mark.parametrize(
    ("rest", "kind"),
    [
        ("zlib", DebianSource),
        ("libstdc++6", DebianSource),
        ("zlib=1:1.2.13.dfsg-1~bpo", DebianSource),
        ("section/libs", DebianSection),
        ("section/libs:20", DebianSection),
    ],
)
def test_what_can_be_named(rest: str, kind: type) -> None:
    (source,) = sources_of(rest, f"debian:{rest}")
    assert isinstance(source, kind)


@pytest.mark.parametrize(
    "rest", ["", "Z", "z lib", "-o=x", "zlib=", "zlib=1 2", "section/", "section/libs:0", "a/b"]
)
def test_what_is_no_name_is_refused_with_those_that_are(rest: str) -> None:
    with pytest.raises(SourceError, match="write debian:NAME"):
        sources_of(rest, f"debian:{rest}")


@pytest.fixture
def section(monkeypatch: pytest.MonkeyPatch) -> None:
    """A section of packages p0 to p29, of which every third holds no code or is gone."""

    def fetch(source: DebianSource) -> None:
        if int(source._name[1:]) % 3 == 0:
            raise (NoCode if int(source._name[1:]) % 2 else Gone)(source._name)

    def unit(source: DebianSource) -> TranslationUnit:
        name = source._name
        return TranslationUnit(name, "1", "debian", "MIT", "c", "/r", "a.c", "/r")

    monkeypatch.setattr(debian, "_with_apt", lambda _, ask: ask(Apt()))
    monkeypatch.setattr(debian.Apt, "__init__", lambda _: None)
    monkeypatch.setattr(debian.Apt, "section", lambda *_: [f"p{n}" for n in range(30)])
    monkeypatch.setattr(DebianSource, "fetch", fetch)
    monkeypatch.setattr(DebianSource, "units", lambda source: iter([unit(source)]))


def programs(count: int) -> list[str]:
    source = DebianSection("libs", count)
    source.fetch()
    return [unit.program for unit in source.units()]


@pytest.mark.usefixtures("section")
def test_a_larger_count_brings_the_same_packages_and_more() -> None:
    assert len(programs(7)) == 7
    assert programs(15)[:7] == programs(7)
    assert programs(7) != sorted(programs(7))


@pytest.mark.usefixtures("section")
def test_without_a_count_every_package_with_code_is_taken() -> None:
    assert len(programs(0)) == 20
    assert "p3" not in programs(0)
