"""`passlake cc` in builds, beside clang itself."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from corpus.llvm.ruler import allocated_bytes
from corpus.llvm.toolchain import find_toolchain

PREFIX = find_toolchain().prefix
CLANG = PREFIX / "bin" / "clang"
MAKEFILE = """
CFLAGS = -O2 -Wall -Wextra -MMD -MP
OBJECTS = main.o words.o table.o
words: $(OBJECTS)
\t$(CC) $(LDFLAGS) $(OBJECTS) -o $@
check: words
\t./words < words.c > counted
\tgrep -q '^return ' counted
clean:
\trm -f words counted *.o *.d
-include $(OBJECTS:.o=.d)
"""
# Two functions of table.c are the same code: whoever looks finds something to save.
TABLE_H = """
struct entry { char word[32]; int count; };
int table_add(const char *word);
int table_size(void);
const struct entry *table_at(int at);
int words_read(int (*next)(void));
"""
TABLE_C = """
#include "table.h"
static struct entry entries[256];
static int used;
static int same(const char *a, const char *b) {
  while (*a && *a == *b) { a++; b++; }
  return *a == *b;
}
int table_add(const char *word) {
  for (int i = 0; i < used; i++)
    if (same(entries[i].word, word)) return ++entries[i].count;
  if (used == 256) return 0;
  for (int i = 0; i < 31 && word[i]; i++) entries[used].word[i] = word[i];
  return entries[used++].count = 1;
}
int table_size(void) { return used; }
const struct entry *table_at(int at) { return at < used ? &entries[at] : 0; }
int table_sum(const int *counts, int size) {
  int sum = 0;
  for (int i = 0; i < size; i++) sum += counts[i] % 7 ? counts[i] : counts[i] * 31 - i;
  return sum;
}
int table_total(const int *counts, int size) {
  int sum = 0;
  for (int i = 0; i < size; i++) sum += counts[i] % 7 ? counts[i] : counts[i] * 31 - i;
  return sum;
}
"""
WORDS_C = """
#include "table.h"
static int is_letter(int c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
int words_read(int (*next)(void)) {
  char word[32];
  int length = 0, words = 0;
  for (;;) {
    int c = next();
    if (is_letter(c) && length < 31) { word[length++] = (char)c; continue; }
    if (length) { word[length] = 0; words += table_add(word) > 0; length = 0; }
    if (c < 0) return words;
  }
}
"""
MAIN_C = """
#include <stdio.h>
#include "table.h"
int main(void) {
  int words = words_read(getchar);
  for (int i = 0; i < table_size(); i++)
    printf("%s %d\\n", table_at(i)->word, table_at(i)->count);
  return words == 0;
}
"""

Compile = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    contents = {"Makefile": MAKEFILE, "table.h": TABLE_H, "table.c": TABLE_C}
    contents |= {"words.c": WORDS_C, "main.c": MAIN_C}
    for name, content in contents.items():
        (folder / name).write_text(content)
    return folder


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    own = {name: text for name, text in os.environ.items() if not name.startswith("PASSLAKE")}
    cache = str(tmp_path / "cache")
    said = {"PASSLAKE_CC_CACHE": cache, "PASSLAKE_CC_CPU_SECONDS": "0.2", "PASSLAKE_CC_STRICT": "1"}
    return own | said | {"LC_ALL": "C"}


@pytest.fixture
def cc(passlake: Path, project: Path, environment: dict[str, str]) -> Compile:
    """Runs `passlake cc` in the project's folder."""

    def run(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        command = [passlake, "cc", *arguments]
        return subprocess.run(
            command, cwd=project, env=environment, input=given,
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


def make(
    folder: Path, environment: dict[str, str], compiler: str, *targets: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "-j2", f"CC={compiler}", *targets],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def sizes(folder: Path) -> dict[str, int]:
    return {one.name: allocated_bytes(one.read_bytes()) for one in folder.glob("*.o")}


def test_a_project_builds_in_parallel_passes_its_tests_and_is_smaller(
    passlake: Path, project: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    plain = tmp_path / "plain"
    shutil.copytree(project, plain)
    assert make(plain, environment, str(CLANG), "CFLAGS=-Oz -MMD -MP", "check").returncode == 0
    built = make(project, environment, f"{passlake} cc", "check")
    assert (built.returncode, built.stderr) == (0, "")
    before, after = sizes(plain), sizes(project)
    assert before.keys() == after.keys()
    assert all(after[name] <= size for name, size in before.items())
    assert sum(after.values()) < sum(before.values())
    assert (project / "counted").read_bytes() == (plain / "counted").read_bytes()
    assert (project / "words.d").read_text() == (plain / "words.d").read_text()

    # Again, from the cache: a search that spends seconds of CPU time finds its own way each time.
    first = {one.name: one.read_bytes() for one in project.glob("*.o")}
    make(project, environment, "false", "clean")
    assert make(project, environment, f"{passlake} cc", "check").returncode == 0
    assert {one.name: one.read_bytes() for one in project.glob("*.o")} == first


@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["-E", "table.c"],
        ["-S", "-O2", "table.c", "-o", "-"],
        ["-MM", "table.c"],
        ["-print-prog-name=ld"],
        ["-c", "broken.c"],
        ["-c", "gone.c"],
        ["-Oz", "-c", "-Wall", "-Werror", "warned.c"],
        ["-Oz", "-c", "-Wall", "warned.c"],
        ["-no-such-option", "-c", "table.c"],
        ["gone.o", "-o", "prog"],
        ["-O0", "-c", "table.c", "-o", "table.o"],
        ["-flto", "-c", "table.c", "-o", "table.o"],
        ["-c", "assembler.S", "-o", "assembler.o"],
        ["-Oz", "-x", "c", "-c", "-", "-o", "piped.o"],
        [],
    ],
)
def test_what_it_does_not_make_smaller_is_as_clang_does_it(
    cc: Compile, project: Path, environment: dict[str, str], arguments: list[str]
) -> None:
    (project / "broken.c").write_text("int f( {\n")
    (project / "warned.c").write_text("int f(void) { int unused; return 1; }\n")
    (project / "assembler.S").write_text(".globl f\nf:\n  ret\n")
    given = "int f(void) { return 1; }\n"
    clangs = subprocess.run(
        [CLANG, *arguments], cwd=project, env=environment, input=given,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    objects = {one.name: one.read_bytes() for one in project.glob("*.o")}
    for name in objects:
        (project / name).unlink()
    ours = cc(*arguments, given=given)
    assert (ours.returncode, ours.stdout, ours.stderr) == (
        clangs.returncode,
        clangs.stdout,
        clangs.stderr,
    )
    assert {one.name: one.read_bytes() for one in project.glob("*.o")} == objects


def test_a_program_made_in_one_go_runs(cc: Compile, project: Path) -> None:
    built = cc("-Os", "main.c", "words.c", "table.c", "-o", "words", "-Wl,-O1")
    assert (built.returncode, built.stderr) == (0, "")
    text = (project / "main.c").read_text()
    ran = subprocess.run(
        [project / "words"], input=text, capture_output=True, text=True, check=True
    )
    assert "words_read 1" in ran.stdout


def test_arguments_may_come_from_a_file_and_a_library_may_be_shared(
    cc: Compile, project: Path
) -> None:
    (project / "arguments").write_text("-fPIC -DNAME='\"a b\"' -shared table.c\n-o libtable.so")
    built = cc("@arguments")
    assert (built.returncode, built.stderr) == (0, "")
    assert (project / "libtable.so").read_bytes()[:4] == b"\x7fELF"


def test_cxx_is_compiled_by_its_own_name(
    passlake: Path, project: Path, environment: dict[str, str]
) -> None:
    (project / "list.cc").write_text(
        "#include <vector>\n#include <cstdio>\n"
        "int main() { std::vector<int> v; for (int i = 0; i < 9; i++) v.push_back(i * i);\n"
        '  int s = 0; for (int i : v) s += i; std::printf("%d\\n", s); }\n'
    )
    command = [passlake, "c++", "-O2", "list.cc", "-o", "list"]
    subprocess.run(command, cwd=project, env=environment, check=True)
    ran = subprocess.run([project / "list"], capture_output=True, text=True, check=True)
    assert ran.stdout == "204\n"


def test_without_a_clang_there_is_one_line_and_status_2(
    passlake: Path, environment: dict[str, str]
) -> None:
    ran = subprocess.run(
        [passlake, "cc", "--version"],
        env=environment | {"PASSLAKE_LLVM": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert ran.stderr.startswith("passlake: /nonexistent: no opt in it; install llvm-22")


def test_a_wrong_setting_is_one_line_and_status_2(cc: Compile, environment: dict[str, str]) -> None:
    environment["PASSLAKE_CC_CPU_SECONDS"] = "lots"
    ran = cc("-c", "table.c")
    assert (ran.returncode, ran.stderr) == (
        2,
        "passlake: PASSLAKE_CC_CPU_SECONDS=lots: give seconds, such as 2; 0 is -Oz\n",
    )


def test_a_lake_that_is_not_there_is_named_and_the_build_goes_on(
    cc: Compile, project: Path, environment: dict[str, str]
) -> None:
    environment |= {"PASSLAKE_LAKE": str(project / "no-lake"), "PASSLAKE_CC_STRICT": "0"}
    ran = cc("-c", "table.c")
    assert ran.returncode == 0
    assert ran.stderr.startswith("passlake cc: LakeMissing: ")
    assert (project / "table.o").exists()


def test_an_interrupt_leaves_a_whole_object_and_nothing_beside_it(
    passlake: Path, project: Path, environment: dict[str, str]
) -> None:
    environment["PASSLAKE_CC_CPU_SECONDS"] = "60"
    before = {one.name for one in project.iterdir()}
    with subprocess.Popen(
        [passlake, "cc", "-c", "table.c"], cwd=project, env=environment, start_new_session=True
    ) as process:
        wait_for(project / "table.o")
        time.sleep(0.5)  # the search has begun, or is about to: both must end well
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait() == 130
    assert {one.name for one in project.iterdir()} == before | {"table.o"}
    assert allocated_bytes((project / "table.o").read_bytes()) > 0


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
