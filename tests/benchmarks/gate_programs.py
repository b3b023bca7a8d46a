"""Holds the gate's programs to what they promise; prints a line for each, and what is wrong.

    python tests/benchmarks/gate_programs.py [PREFIX_OF_SANITIZERS] [NAME]...

Each program is compiled by the toolchain's clang at every level and has to print the same, to end
with exit status 0 and to say nothing on standard error; and once with the sanitizers of undefined
behaviour and of addresses, and (C only: the C++ library is not instrumented) of uninitialised
memory. PREFIX_OF_SANITIZERS is clang's resource folder where its own has no runtimes; "-" for its
own. The last column is the share of instructions that -Oz leaves.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from autotune.gate.suite import Program, suite
from corpus.llvm.toolchain import find_toolchain

LEVELS = (["-O0"], ["-O1"], ["-O2"], ["-O3"], ["-Oz"])
UNDEFINED = ["-O1", "-g", "-fsanitize=undefined,address", "-fno-sanitize-recover=undefined"]
MEMORY = ["-O1", "-g", "-fsanitize=memory"]
BIN = find_toolchain().prefix / "bin"


def run(program: Program, flags: list[str], folder: Path) -> tuple[int, bytes, bytes]:
    """Exit status, standard output and standard error of the program compiled so."""
    cxx = program.source.suffix == ".cpp"
    binary = folder / "program"
    compiled = subprocess.run(
        [BIN / ("clang++" if cxx else "clang"), *flags, "-w", program.source, "-o", binary, "-lm"],
        capture_output=True,
        check=False,
    )
    if compiled.returncode:
        return -1, b"", compiled.stderr
    ran = subprocess.run([binary], capture_output=True, timeout=60, check=False)
    return ran.returncode, ran.stdout, ran.stderr


def faults(program: Program, resources: list[str], folder: Path) -> list[str]:
    """What is wrong with a program; empty where nothing is."""
    checked = [UNDEFINED] if program.source.suffix == ".cpp" else [UNDEFINED, MEMORY]
    seen = {
        " ".join(flags): run(program, flags if flags in LEVELS else [*flags, *resources], folder)
        for flags in (*LEVELS, *checked)
    }
    wrong = [
        f"{flags}: status {status}, {said[:400].decode(errors='replace')}"
        for flags, (status, _, said) in seen.items()
        if status != 0 or said
    ]
    outputs = {output for _, output, _ in seen.values()}
    return wrong + ["outputs differ"] * (len(outputs) > 1)


def instructions(program: Program, passes: str) -> int:
    """Instructions after a pass list, counted in what `opt` prints."""
    module = program.module(find_toolchain())
    text = subprocess.run(
        [BIN / "opt", "-S", f"-passes={passes}", "-o", "-"],
        input=module,
        capture_output=True,
        check=True,
    ).stdout
    return sum(line.startswith(b"  ") and not line.startswith(b"   ") for line in text.splitlines())


def main() -> None:
    """Check the programs that are named, or all."""
    prefix, *names = sys.argv[1:] or ["-"]
    resources = [] if prefix == "-" else ["-resource-dir", prefix]
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        for program in suite():
            if names and program.name not in names:
                continue
            found = faults(program, resources, Path(folder))
            bad += bool(found)
            before, after = instructions(program, ""), instructions(program, "default<Oz>")
            form = "plain" if program.plain else "clang"
            line = f"{program.name:28} {form} {before:5} {after:5} {after / before:5.0%}"
            print(line, *found, sep="\n    ")  # noqa: T201
    print(f"{bad} bad")  # noqa: T201
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
