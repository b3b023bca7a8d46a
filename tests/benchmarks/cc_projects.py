"""Builds zlib and lz4 with `passlake cc` and with `clang -Oz`, runs their own tests, prints sizes.

    .venv/bin/python tests/benchmarks/cc_projects.py [CPU_SECONDS [PROJECT...]]

Both builds get the same flags (`-Oz` in place of the projects' own level) in copies of the same
unpacked Debian source package. Every object that both builds leave is measured by `llvm-size -A`,
allocated sections but for `.eh_frame` and notes; an object that is larger, or tests that fail, end
the run with status 1. Cached results are not used.
"""

import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.llvm.toolchain import find_toolchain
from corpus.sources.apt import Apt, locked
from corpus.sources.cache import cache_folder

TOOLCHAIN = find_toolchain()
PASSLAKE = Path(sys.executable).with_name("passlake")
_UNCOUNTED = re.compile(r"\.(eh_frame|rela?\.|note|comment|debug|symtab|strtab|shstrtab|bss|tbss)")


@dataclass(frozen=True)
class Project:
    """How one project is built and tested; `{cc}` stands for the compiler."""

    package: str
    commands: tuple[str, ...]


PROJECTS = (
    Project("zlib", ("CC='{cc}' CFLAGS='-Oz' ./configure", "make -j2 CC='{cc}'", "make test")),
    Project(
        "lz4",
        (
            "CFLAGS=-Oz make -j2 CC='{cc}' lib lz4",
            "CFLAGS=-Oz make -j2 -C tests CC='{cc}' frametest fuzzer datagen",
            "CFLAGS=-Oz make -C tests CC='{cc}' FUZZER_TIME=-T5s check test-frametest test-fuzzer",
        ),
    ),
)


@dataclass(frozen=True)
class Build:
    """One build: bytes by object, and CPU seconds that building took, tests left out."""

    sizes: Mapping[str, int]
    cpu_s: float


def main(arguments: Sequence[str]) -> int:
    """Build, compare, print; 1 where something is larger or a test fails."""
    cpu_seconds = arguments[0] if arguments else "2"
    chosen = [one for one in PROJECTS if one.package in (arguments[1:] or [one.package])]
    status = 0
    for project in chosen:
        cache = cache_folder("debian")
        with locked(cache):
            source = Apt(cache).unpacked(project.package)
        with tempfile.TemporaryDirectory(prefix="passlake-cc-") as scratch:
            oz = build(project, source, Path(scratch, "oz"), str(TOOLCHAIN.tool("clang")), {})
            named = {
                "PASSLAKE_CC_CPU_SECONDS": cpu_seconds,
                "PASSLAKE_CC_CACHE": str(Path(scratch, "cache")),
                "PASSLAKE_CC_STRICT": "1",
            }
            found = build(project, source, Path(scratch, "found"), f"{PASSLAKE} cc", named)
        status |= report(source.name, oz, found)
    return status


def build(
    project: Project, source: Path, folder: Path, compiler: str, environment: Mapping[str, str]
) -> Build:
    """Copy, build and test in `folder`. Raises CalledProcessError where a command fails."""
    shutil.copytree(source, folder, symlinks=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    *commands, tests = (one.format(cc=compiler) for one in project.commands)
    for command in commands:
        run(command, folder, environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    sizes = {
        str(path.relative_to(folder)): size_of(path)
        for path in sorted(folder.rglob("*"))
        if path.suffix in {".o", ".lo"} and path.is_file()
    }
    run(tests, folder, environment)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Build(sizes, cpu_s)


def run(command: str, folder: Path, environment: Mapping[str, str]) -> None:
    """One command of a shell; its output is shown where it fails."""
    ended = subprocess.run(
        ["/bin/sh", "-ec", command],
        cwd=folder,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if ended.returncode != 0:
        sys.stderr.write(ended.stdout[-4000:].decode(errors="replace"))
        raise subprocess.CalledProcessError(ended.returncode, command)


def size_of(path: Path) -> int:
    """The object's bytes, by what `llvm-size -A` lists."""
    said = subprocess.run(
        [TOOLCHAIN.tool("llvm-size"), "-A", path], capture_output=True, text=True, check=True
    ).stdout
    rows = re.findall(r"^(\.\S+)\s+(\d+)\s+\d+$", said, re.MULTILINE)
    return sum(int(size) for name, size in rows if not _UNCOUNTED.match(name))


def report(name: str, oz: Build, found: Build) -> int:
    """Print the table; 1 where an object is larger or one build has another set of objects."""
    lines = [f"### {name}", "", "| object | `clang -Oz` | `passlake cc` | |", "|---|---|---|---|"]
    pairs = [(one, oz.sizes[one], found.sizes[one]) for one in oz.sizes if one in found.sizes]
    total = ("total", sum(pair[1] for pair in pairs), sum(pair[2] for pair in pairs))
    for one, before, after in [*pairs, total]:
        share = after / before - 1 if before else 0.0
        lines.append(f"| {one} | {before:,} | {after:,} | {share:+.1%} |")
    lines += [
        "",
        f"Tests pass in both builds. CPU seconds to build: {oz.cpu_s:.1f} and {found.cpu_s:.1f}.",
        "",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
    larger = [one for one, before, after in pairs if after > before]
    return int(bool(larger) or oz.sizes.keys() != found.sizes.keys())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
