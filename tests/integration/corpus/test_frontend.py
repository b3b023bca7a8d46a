from pathlib import Path

import pytest

from corpus.compile import CompiledUnit, HeaderIndex, compile_unit
from corpus.extract import Extracted, extract
from corpus.llvm.frontend import (
    Compiled,
    CompileFailure,
    Job,
    Limits,
    compile_source,
)
from corpus.llvm.sandbox.supervisor import Session
from corpus.llvm.toolchain import Toolchain
from corpus.sources.base import TranslationUnit


def compiled(
    toolchain: Toolchain, folder: Path, source: str, *flags: str, limits: Limits | None = None
) -> Compiled | CompileFailure:
    (folder / "unit.c").write_text(source)
    return compile_source(toolchain, Job("unit.c", folder, folder, flags), limits)


def test_the_same_source_gives_the_same_bitcode_anywhere(
    toolchain: Toolchain, tmp_path: Path
) -> None:
    source = "const char *f(void) { return __FILE__ __DATE__ __TIME__ __TIMESTAMP__; }"
    results = []
    for name in ("here", "there/deeper"):
        (tmp_path / name).mkdir(parents=True)
        results.append(compiled(toolchain, tmp_path / name, source))
    assert isinstance(results[0], Compiled)
    assert results[0] == results[1]


def test_an_absolute_path_leaves_no_trace_in_the_code(
    toolchain: Toolchain, session: Session, tmp_path: Path
) -> None:
    (tmp_path / "unit.c").write_text("const char *f(void) { return __FILE__; }")
    result = compile_source(toolchain, Job(str(tmp_path / "unit.c"), Path("/"), tmp_path))
    assert isinstance(result, Compiled)
    [function] = extract(session.prepare(result.module))
    assert isinstance(function, Extracted)
    assert str(tmp_path) not in function.text
    assert 'c"unit.c\\00"' in function.text


def test_the_first_error_is_told_without_this_machines_folders(
    toolchain: Toolchain, tmp_path: Path
) -> None:
    (tmp_path / "error.h").write_text("int x = y;")
    result = compiled(toolchain, tmp_path, f'#include "{tmp_path}/error.h"\nint z = w;')
    assert result == CompileFailure("error.h:1:9: error: use of undeclared identifier 'y'")


def test_a_missing_header_and_an_unknown_flag_are_told_apart(
    toolchain: Toolchain, tmp_path: Path
) -> None:
    missing = compiled(toolchain, tmp_path, "#include <no/such.h>\n")
    assert isinstance(missing, CompileFailure)
    assert missing.missing_header == "no/such.h"
    unknown = compiled(toolchain, tmp_path, "int x;", "-mnonsense")
    assert isinstance(unknown, CompileFailure)
    assert unknown.unknown_flag == "-mnonsense"


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(wall_s=0.001), "no end within"),
        (Limits(memory_bytes=64 << 20), ""),
        (Limits(module_bytes=10), "of module text"),
    ],
)
def test_limits_end_a_compilation(
    limits: Limits, reason: str, toolchain: Toolchain, tmp_path: Path
) -> None:
    result = compiled(toolchain, tmp_path, "int f(void) { return 1; }", limits=limits)
    assert isinstance(result, CompileFailure)
    assert reason in result.reason


def test_a_source_that_looks_like_a_flag_is_a_source(toolchain: Toolchain, tmp_path: Path) -> None:
    (tmp_path / "-v.c").write_text("int x;")
    result = compile_source(toolchain, Job("-v.c", tmp_path, tmp_path))
    assert isinstance(result, Compiled)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in {
        "src/a.c": '#include <api.h>\n#include <deep/b.h>\n#include "only.h"\nint a = API + B;',
        "include/api.h": "#define API 1\n",
        "vendor/x/deep/b.h": "#define B 2\n",
        "odd/place/only.h": "",
        "one/twice.h": "",
        "two/twice.h": "",
        "src/c.c": "#include <twice.h>\n",
        "src/d.c": "int d;\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def unit(tree: Path, path: str, *flags: str) -> TranslationUnit:
    return TranslationUnit(
        "p", "", "directory", "", "c", str(tree), path, str(tree), flags, guess_includes=True
    )


def test_headers_that_the_tree_has_once_are_found(toolchain: Toolchain, tree: Path) -> None:
    result = compile_unit(toolchain, unit(tree, "src/a.c"), HeaderIndex.of(tree))
    assert isinstance(result, CompiledUnit)
    assert result.flags == ("-Isrc", "-I.", "-Iinclude", "-Ivendor/x", "-Iodd/place")


def test_a_bundled_librarys_headers_come_before_the_systems(
    toolchain: Toolchain, tmp_path: Path
) -> None:
    (tmp_path / "c" / "include").mkdir(parents=True)
    (tmp_path / "c" / "include" / "math.h").write_text("#define OURS 1\n")
    (tmp_path / "c" / "lib").mkdir()
    (tmp_path / "c" / "lib" / "x.c").write_text("#include <math.h>\nint a = OURS;\n")
    result = compile_unit(toolchain, unit(tmp_path, "c/lib/x.c"), HeaderIndex.of(tmp_path))
    assert isinstance(result, CompiledUnit)


def test_a_header_that_the_tree_has_twice_is_not_guessed(toolchain: Toolchain, tree: Path) -> None:
    result = compile_unit(toolchain, unit(tree, "src/c.c"), HeaderIndex.of(tree))
    assert isinstance(result, CompileFailure)
    assert result.missing_header == "twice.h"


def test_flags_that_clang_does_not_know_are_left_out(toolchain: Toolchain, tree: Path) -> None:
    result = compile_unit(toolchain, unit(tree, "src/d.c", "-mnonsense", "-DX"), None)
    assert isinstance(result, CompiledUnit)
    assert result.flags == ("-DX",)


def test_what_older_compilers_let_pass_is_no_loss(toolchain: Toolchain, tmp_path: Path) -> None:
    source = """
    static x = 3;
    int call(void) { return undeclared(x); }
    int convert(char *s, int *p) { int (*g)(const char *) = call; int n = s; return g(p) + n; }
    int nothing(void) { return; }
    """
    assert isinstance(compiled(toolchain, tmp_path, source, "-std=gnu89"), Compiled)
    assert isinstance(compiled(toolchain, tmp_path, source), Compiled)
    assert isinstance(compiled(toolchain, tmp_path, "int f(void) { return g; }"), CompileFailure)
