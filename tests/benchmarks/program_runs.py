"""What running the gate's programs costs: together, known, and each alone.

    python tests/benchmarks/program_runs.py [PASS_LIST...]

Prints for each list the processor seconds of applying it to every program, compiling and running
them: in one fork (`Programs.run_all`, the median of three), the same where all states are known,
and in a fork for each. Also whether both ways found the same, and which programs it makes wrong.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from autotune.gate.suite import suite
from corpus.llvm.execution import Program, Programs, Ran
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import find_toolchain

LISTS = ("", "function(sroa,early-cse,gvn)", "default<O2>", "default<Oz>")


def main(lists: Sequence[str]) -> None:
    """Measure each list in sessions of its own."""
    toolchain = find_toolchain()
    names = [one.name for one in suite()]
    modules = [one.module(toolchain) for one in suite()]
    with Sandbox(toolchain) as sandbox:
        with Programs(sandbox) as runs:
            right = [runs.run(module, "") for module in modules]
        programs = [
            Program(module, one.output, one.ending)
            for module, one in zip(modules, right, strict=True)
        ]
        print(f"{len(programs)} programs; processor seconds")  # noqa: T201 - its output
        for pass_list in lists:
            print(_measured(sandbox, names, programs, pass_list), flush=True)  # noqa: T201


def _measured(
    sandbox: Sandbox, names: Sequence[str], programs: Sequence[Program], pass_list: str
) -> str:
    together, known = [], []
    for _ in range(3):
        with Programs(sandbox) as runs:
            found = runs.run_all(programs, pass_list)
            together.append(_cpu_s(found))
            seen = [
                replace(program, known=[ran.state_hash or 0])
                for program, ran in zip(programs, found, strict=True)
            ]
            known.append(_cpu_s(runs.run_all(seen, pass_list)))
    with Programs(sandbox) as runs:
        alone = [runs.run(program.module, pass_list) for program in programs]
    pairs = zip(found, alone, strict=True)
    same = all(replace(one, cpu_us=0) == replace(other, cpu_us=0) for one, other in pairs)
    wrong = [
        name
        for name, program, ran in zip(names, programs, found, strict=True)
        if (ran.ending, ran.output) != (program.ending, program.output)
    ]
    return (
        f"{pass_list!r}: together {median(together):.2f}, known {median(known):.2f},"
        f" alone {_cpu_s(alone):.2f}; the same: {same}; wrong: {' '.join(wrong) or 'none'}"
    )


def _cpu_s(ran: Sequence[Ran]) -> float:
    return sum(one.cpu_us for one in ran) / 1e6


if __name__ == "__main__":
    main(sys.argv[1:] or LISTS)
