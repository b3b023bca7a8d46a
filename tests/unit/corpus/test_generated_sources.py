"""YARPGen is in no distribution: a stand-in of its interface writes what it writes."""

import os
from pathlib import Path

import pytest

from corpus.sources.base import SourceError
from corpus.sources.contents import Contents, ContentsLost
from corpus.sources.spec import resolve
from corpus.sources.yarpgen import YarpgenSource

STAND_IN = """#!/bin/sh
seed=
for argument; do
    case $argument in
    --version) echo "yarpgen version {version} (build  on Jan  1 2024)"; exit 0 ;;
    --seed=*) seed=${{argument#*=}} ;;
    --out-dir=*) out=${{argument#*=}} ;;
    --std=c) ;;
    *) exit 255 ;;
    esac
done
[ "$seed" -ne 13 ] || exit 1
echo run >>"{log}"
echo "extern int a;" >"$out/init.h"
echo '#include "init.h"' >"$out/func.c"
echo "void test(void) {{ a = $seed; }}" >>"$out/func.c"
echo "int main(void) {{ return 0; }}" >"$out/driver.c"
"""


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    install(tmp_path, "2.0")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path / "log"


def install(folder: Path, version: str) -> None:
    program = folder / "yarpgen"
    program.write_text(STAND_IN.format(version=version, log=folder / "log"))
    program.chmod(0o755)


def test_a_seed_of_yarpgen_is_a_program_of_two_files_made_at_once(runs: Path) -> None:
    [source] = resolve("yarpgen:2@7")
    source.fetch()
    units = list(source.units())
    assert [(unit.program, unit.path) for unit in units] == [
        ("yarpgen-7", "driver.c"),
        ("yarpgen-7", "func.c"),
        ("yarpgen-8", "driver.c"),
        ("yarpgen-8", "func.c"),
    ]
    with Contents() as contents:
        texts = [Path(there.root, there.path).read_text() for there in map(contents.file_of, units)]
    assert "a = 7;" in texts[1]
    assert "a = 8;" in texts[3]
    assert runs.read_text() == "run\nrun\n"


def test_a_seed_that_fails_is_lost_alone(runs: Path) -> None:
    source = YarpgenSource(range(13, 15))
    source.fetch()
    first, _, third, _ = source.units()
    with Contents() as contents:
        with pytest.raises(ContentsLost, match="exit status 1, and no driver") as lost:
            contents.file_of(first)
        assert lost.value.stage == "generate"
        assert Path(contents.file_of(third).root, "init.h").is_file()
    assert runs.is_file()


def test_an_old_yarpgen_is_refused(runs: Path) -> None:
    install(runs.parent, "1.1")
    with pytest.raises(SourceError, match="is not YARPGen 2 or later"):
        YarpgenSource(range(1, 2)).fetch()


def test_missing_yarpgen_is_named_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(SourceError, match="not on PATH; no distribution packages it"):
        YarpgenSource(range(1, 2)).fetch()


@pytest.mark.parametrize(
    ("spec", "seeds"),
    [
        ("csmith:3", [1, 2, 3]),
        ("csmith:2@100", [100, 101]),
        ("csmith:5-7", [5, 6, 7]),
        ("csmith:0-0", [0]),
    ],
)
def test_seeds_are_a_count_or_a_range(spec: str, seeds: list[int]) -> None:
    [source] = resolve(spec)
    assert [unit.seed for unit in source.units()] == seeds


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("csmith:7-5", "no seeds, since 7 comes after 5"),
        ("csmith:", "write csmith:COUNT"),
        ("csmith:1-", "write csmith:COUNT"),
        ("yarpgen:-3", "write yarpgen:COUNT"),
        ("yarpgen:0-3", "seed 0 for a random one"),
    ],
)
def test_wrong_seeds_are_refused(spec: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        resolve(spec)
