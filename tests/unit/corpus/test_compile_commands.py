import json
from pathlib import Path

import pytest

from corpus.sources.base import SourceError
from corpus.sources.compile_commands import CompileCommandsSource, front_end_flags


@pytest.mark.parametrize(
    ("command", "taken"),
    [
        ("-DA=1 -D B -UC -Iinc -I /x", "-DA=1 -D B -UC -Iinc -I /x"),
        ("-std=gnu11 -fPIC -fno-common -march=x86-64 -pthread", None),
        ("-include config.h -isystem /usr/x --sysroot=/s -target arm", None),
        ("-c -o a.o -O2 -g -g3 -MD -MF a.d -MT a.o -Wall -Werror=all -pipe a.c", ""),
        ("-fsanitize=address -flto -fprofile-generate -fplugin=x.so", ""),
        ("-Xclang -load -Xclang evil.so -mllvm -debug -L /lib -lz -Wl,-z", ""),
    ],
)
def test_flags_that_shape_the_code_are_taken(command: str, taken: str | None) -> None:
    expected = command if taken is None else taken
    assert " ".join(front_end_flags(command.split())) == expected


def database(folder: Path, *entries: dict[str, object]) -> Path:
    path = folder / "compile_commands.json"
    path.write_text(json.dumps(list(entries)))
    return path


def test_entries_become_units_in_their_folders_with_their_flags(tmp_path: Path) -> None:
    project = tmp_path / "project"
    build = project / "build"
    build.mkdir(parents=True)
    (project / "a.c").write_text("int a;")
    path = database(
        build,
        {"directory": str(build), "file": "../a.c", "command": "cc -DX='\"s t\"' -O2 -c ../a.c"},
        {"directory": ".", "file": "gen.cc", "arguments": ["c++", "-I", "..", "gen.cc"]},
        {"directory": ".", "file": "boot.s", "arguments": ["cc", "-c", "boot.s"]},
    )
    first, second = CompileCommandsSource(path, project).units()
    assert (first.program, first.path, first.folder) == ("project", "a.c", str(build))
    assert first.flags == ('-DX="s t"',)
    assert (second.path, second.language, second.flags) == ("build/gen.cc", "c++", ("-I", ".."))


def test_a_build_folder_belongs_to_the_program_above_it(tmp_path: Path) -> None:
    build = tmp_path / "project" / "out"
    build.mkdir(parents=True)
    path = database(
        build, {"directory": str(build), "file": "../a.c", "arguments": ["cc", "../a.c"]}
    )
    [unit] = CompileCommandsSource(path).units()
    assert unit.program == "project"


@pytest.mark.parametrize("text", ["{", "[1]", '[{"file": "a.c"}]', "[]", "null"])
def test_a_broken_database_is_named(text: str, tmp_path: Path) -> None:
    path = tmp_path / "compile_commands.json"
    path.write_text(text)
    with pytest.raises(SourceError, match=r"compile_commands\.json: "):
        CompileCommandsSource(path).fetch()
