"""Reproducers of wrong code in a function: the function, the list, and a driver that calls both.

The driver makes inputs of its own. It knows nothing of what they mean, so it believes only those on
which the function does the same unoptimised and at -O1, -O2 and -Oz.
"""

import shlex
from pathlib import Path

from autotune.gate.bisect import shortest_wrong
from autotune.gate.pair_driver import NoDriver, driver_ir
from autotune.gate.reproduce import (
    REDUCING_S,
    NotReproduced,
    Reproducer,
    instructions_of,
    write_files,
)
from corpus.errors import BadModule
from corpus.llvm.execution import Programs
from corpus.llvm.linking import linked
from corpus.llvm.measurement import Outcome
from corpus.llvm.program_module import program_module
from corpus.llvm.reduce import reduced
from corpus.llvm.reference import opt_on_module
from corpus.llvm.sandbox.supervisor import Sandbox

_DRIVER = Path(__file__).with_name("driver.c")
_RUN_S = 10.0
"""All inputs take so long at most; each is stopped after 20 ms."""

_LEVELS = ("", "default<O1>", "default<O2>", "default<Oz>")

_SCRIPT = """\
#!/bin/sh
# Shows that opt changes what a function does. Needs opt, clang and awk.
# Usage: run.sh [FOLDER_OF_THE_TOOLS]. Ends with 1 if it differs, with 0 if it does not.
cd "$(dirname "$0")" || exit 2
bin=${{1:-$(dirname "$(command -v opt)")}}
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
run() {{ # NAME PASSES
    "$bin/opt" -passes="$2" before.ll -o "$work/$1.bc" || exit 2
    "$bin/clang" -w -O0 driver.c driver.ll "$work/$1.bc" -o "$work/$1" -lm || exit 2
    "$work/$1" > "$work/$1.txt"
}}
run o0 ''
run o1 'default<O1>'
run o2 'default<O2>'
run oz 'default<Oz>'
run list {pass_list}
paste -d '|' "$work/o0.txt" "$work/o1.txt" "$work/o2.txt" "$work/oz.txt" "$work/list.txt" |
    awk -F '|' '$1 == $2 && $1 == $3 && $1 == $4 && $1 ~ /returned/ && $1 != $5 {{
        print "at every level: " $1; print "after the list: " $5; wrong++ }}
        END {{ print wrong + 0, "inputs differ"; exit wrong > 0 }}'
"""

_README = """\
{pass_list} changes what a function does

LLVM {version}, {target}.

    opt -passes={quoted} before.ll -o after.bc

driver.c calls the function on {inputs}; on those that run.sh prints, the function does the same
unoptimised and at -O1, -O2 and -Oz, and something else after the list.

    ./run.sh [FOLDER WITH opt AND clang]

before.ll has {instructions} instructions. driver.ll calls it and stands in for what it declares.
{found}
"""

_NOT_SHOWN = """\
{pass_list} changes what a function does

LLVM {version}, {target}.

    opt -passes={quoted} before.ll -o after.bc

There is no driver for this function: {why}. Passlake saw the difference with function id
{function_id} on an input of its own: passlake gate --pending, in the lake that holds it.
"""


def reproduce_on_function(  # noqa: PLR0913 - what, where, and how long
    sandbox: Sandbox,
    ir: str,
    pass_list: str,
    function_id: str,
    folder: Path,
    *,
    reducing_s: float = REDUCING_S,
) -> Reproducer:
    """Write the reproducer of a list that changes what the function of `ir` does.

    A function that the driver cannot call, or does not show it on, is written without one, and the
    texts say so. Raises OSError, MachineFault, and RunningRefused.
    """
    toolchain = sandbox.toolchain
    guilty, text, why, found = pass_list, ir.encode(errors="surrogateescape"), "", ""
    try:
        with Programs(sandbox, wall_s=_RUN_S) as runs:
            showing = _Showing(sandbox, runs, driver_ir(ir))
            showing.check(text, pass_list)
            guilty = ",".join(
                shortest_wrong(pass_list, lambda one: showing.differing(text, one) > 0)
            )
            text = reduced(
                toolchain, text, lambda one: showing.differing(one, guilty) > 0, wall_s=reducing_s
            )
            found = f"{showing.differing(text, guilty)} of them differ."
    except (NoDriver, NotReproduced, BadModule) as error:
        why = str(error)
    said = {
        "pass_list": guilty,
        "quoted": shlex.quote(guilty),
        "version": toolchain.version,
        "target": toolchain.target,
        "instructions": instructions_of(text),
        "function_id": function_id,
        "why": why,
    }
    files: dict[str, bytes | str] = {"before.ll": text, "pass_list.txt": f"{guilty}\n"}
    if why:
        files["README.txt"] = _NOT_SHOWN.format(**said)
    else:
        files |= {
            "driver.c": _DRIVER.read_bytes(),
            "driver.ll": driver_ir(ir),
            "run.sh": _SCRIPT.format(pass_list=shlex.quote(guilty)),
            "README.txt": _README.format(**said, inputs="400 inputs", found=found),
        }
    write_files(folder, files)
    return Reproducer(folder, guilty, f"function {function_id}", instructions_of(text), why)


class _Showing:
    """Runs the driver with a function, in the sandbox."""

    def __init__(self, sandbox: Sandbox, runs: Programs, calls: str) -> None:
        self._toolchain = sandbox.toolchain
        self._runs = runs
        self._calls = calls.encode()
        self._module = b""
        self._at_levels: list[list[str]] = []
        self._driver = program_module(sandbox.toolchain, _DRIVER, plain=True)

    def check(self, module: bytes, pass_list: str) -> None:
        """Raises NotReproduced unless the driver shows it."""
        if not self.differing(module, pass_list):
            raise NotReproduced("the inputs that a driver makes do not show the difference")

    def differing(self, module: bytes, pass_list: str) -> int:
        """On how many inputs the list changes what all levels agree on; 0 where any fails."""
        if module != self._module:
            self._module = module
            self._at_levels = [self._lines(module, one) for one in _LEVELS]
        seen = [*self._at_levels, self._lines(module, pass_list)]
        return sum(
            len(set(at_levels)) == 1 and "returned" in at_levels[0] and after != at_levels[0]
            for *at_levels, after in zip(*seen, strict=False)
        )

    def _lines(self, module: bytes, pass_list: str) -> list[str]:
        if pass_list:
            run = opt_on_module(self._toolchain, module, pass_list)
            if run.status != 0:
                return []
            module = run.stdout
        try:
            ran = self._runs.run(linked(self._toolchain, [self._driver, self._calls, module]), "")
        except BadModule:
            return []
        good = ran.outcome is Outcome.OK and ran.ending == "exit 0"
        return ran.output.decode(errors="replace").splitlines() if good else []
