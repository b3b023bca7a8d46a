"""Reproducers: a folder that shows wrong code with LLVM's tools alone, ready to be sent to LLVM.

It holds the module before the list, reduced; the shortest list; a script that runs `opt` and clang
and compares what the two programs print; the source it came from; and a text that says what
happens. Nothing in it needs Passlake.
"""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autotune.errors import AutotuneError
from autotune.gate.bisect import shortest_wrong
from autotune.gate.cache import GateCache
from autotune.gate.programs import ProgramGate
from autotune.gate.suite import FOLDER, GATE_VERSION, HEADER, suite
from corpus.errors import BadModule
from corpus.llvm.execution import Programs, Ran
from corpus.llvm.measurement import Outcome
from corpus.llvm.reduce import reduced
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import Toolchain

REDUCING_S = 120.0
"""Seconds for llvm-reduce, unless said otherwise."""

_RUN_S = 0.2
"""Seconds that a reduced program may run: what was reduced may loop for ever, and often does."""

_LEVELS = ("default<O1>", "default<O2>", "default<O3>", "default<Oz>")
"""What must leave a program's output as it is: otherwise the program is bad, not the list."""

_SCRIPT = """\
#!/bin/sh
# Shows that opt changes what a program prints. Needs opt and {driver} of one LLVM.
# Usage: run.sh [FOLDER_OF_THE_TOOLS]. Ends with 1 if the output differs, with 0 if it does not.
cd "$(dirname "$0")" || exit 2
bin=${{1:-$(dirname "$(command -v opt)")}}
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
"$bin/opt" -passes={pass_list} before.ll -o "$work/after.bc" || exit 2
"$bin/{driver}" -w -O0 before.ll -o "$work/before" -lm || exit 2
"$bin/{driver}" -w -O0 "$work/after.bc" -o "$work/after" -lm || exit 2
timeout 10 "$work/before" > "$work/before.txt"
echo "exit status $?" >> "$work/before.txt"
timeout 10 "$work/after" > "$work/after.txt"
echo "exit status $?" >> "$work/after.txt"
echo "before:"
cat "$work/before.txt"
echo "after opt -passes={shown}:"
cat "$work/after.txt"
if cmp -s "$work/before.txt" "$work/after.txt"; then
    echo "no difference"
    exit 0
fi
echo "WRONG CODE: the outputs differ"
exit 1
"""

_README = """\
{guilty} changes what a program does

LLVM {version}, {target}.

    opt -passes={quoted} before.ll -o after.bc

Before, the program ends with "{before_ending}"; after, {after}. It prints the same unoptimised and
with -O1, -O2, -O3 and -Oz. run.sh shows the difference:

    ./run.sh [FOLDER WITH opt AND {driver}]

before.ll ({instructions}) was reduced from {source}, which is beside it.
Where the program hangs, run.sh ends it after 10 seconds (exit status 124).
"""


class NotReproduced(AutotuneError, RuntimeError):
    """What a verdict says was not seen again."""


@dataclass(frozen=True)
class Reproducer:
    """What was written, and where."""

    folder: Path
    pass_list: str
    program: str
    instructions: int
    not_shown: str = ""
    """Why there is no script that shows it; empty where there is one."""

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "folder": str(self.folder),
            "pass_list": self.pass_list,
            "program": self.program,
            "instructions": self.instructions,
            "shown": not self.not_shown,
            "reason": self.not_shown,
        }

    def lines(self) -> Sequence[str]:
        """For a person."""
        said = f"{self.program}: wrong after {self.pass_list}, {self.instructions} instructions"
        if self.not_shown:
            return [said, f"there is no driver that shows it: {self.not_shown}"]
        return [said, f"see {self.folder}/README.txt; {self.folder}/run.sh shows it"]


def reproduce_on_program(
    sandbox: Sandbox,
    pass_list: str,
    folder: Path,
    *,
    among: Sequence[str] = (),
    reducing_s: float = REDUCING_S,
) -> Reproducer:
    """Write the reproducer of a list that goes wrong on a program, `among` these if any are named.

    Raises NotReproduced where it does not go wrong, OSError where it cannot be written, and what
    `ProgramGate.judge` raises.
    """
    programs = [one for one in suite() if not among or one.name in among]
    cache = GateCache(GATE_VERSION, sandbox.toolchain.fingerprint)
    gate = ProgramGate(sandbox, programs=programs, cache=cache)
    wrong = [name for name, ending in gate.endings(pass_list).items() if ending]
    if not wrong:
        raise NotReproduced(f"the programs print what they should after {pass_list}")
    program = min(wrong, key=lambda name: (len(gate.module(name)), name))
    module = gate.module(program)
    with Programs(sandbox, wall_s=_RUN_S) as runs:
        showing = _Showing(runs, pass_list)
        if not showing(module):
            raise NotReproduced(f"{program} goes wrong after {pass_list} and at other levels, too")
        guilty = ",".join(shortest_wrong(pass_list, lambda one: _Showing(runs, one)(module)))
        showing = _Showing(runs, guilty)
        text = reduced(sandbox.toolchain, module, showing, wall_s=reducing_s)
        before, after = runs.run(text, ""), runs.run(text, guilty)
    _write(sandbox.toolchain, folder, program, guilty, text, before, after)
    return Reproducer(folder, guilty, program, instructions_of(text))


class _Showing:
    """Whether a module still shows that a list makes wrong code."""

    def __init__(self, runs: Programs, pass_list: str) -> None:
        self._runs = runs
        self._pass_list = pass_list

    def __call__(self, module: bytes) -> bool:
        try:
            before = self._runs.run(module, "")
        except BadModule:
            return False
        if before.outcome is not Outcome.OK or before.ending != "exit 0" or not before.output:
            return False
        after = self._runs.run(module, self._pass_list)
        if after.outcome is not Outcome.OK or _same(before, after):
            return False
        return all(_same(before, self._runs.run(module, level)) for level in _LEVELS)


def _same(one: Ran, other: Ran) -> bool:
    return (one.ending, one.output) == (other.ending, other.output)


def _write(  # noqa: PLR0913, PLR0917 - all that the texts say
    toolchain: Toolchain,
    folder: Path,
    program: str,
    pass_list: str,
    text: bytes,
    before: Ran,
    after: Ran,
) -> None:
    source = next(one.source for one in suite() if one.name == program)
    driver = "clang++" if source.suffix == ".cpp" else "clang"
    quoted = shlex.quote(pass_list)
    files: Mapping[str, bytes | str] = {
        "before.ll": text,
        "pass_list.txt": f"{pass_list}\n",
        "run.sh": _SCRIPT.format(driver=driver, pass_list=quoted, shown=pass_list),
        source.name: source.read_bytes(),
        HEADER: (FOLDER / HEADER).read_bytes(),
        "README.txt": _README.format(
            guilty=pass_list,
            version=toolchain.version,
            target=toolchain.target,
            quoted=quoted,
            before_ending=before.ending,
            after=(
                "it prints something else"
                if after.ending == before.ending
                else f'it ends with "{after.ending}"'
            ),
            driver=driver,
            instructions=f"{instructions_of(text)} instructions",
            source=source.name,
        ),
    }
    write_files(folder, files)


def write_files(folder: Path, files: Mapping[str, bytes | str]) -> None:
    """Write these files, by name; run.sh can be run. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    if "run.sh" in files:
        (folder / "run.sh").chmod(0o755)


def instructions_of(text: bytes) -> int:
    """Lines of bodies that are instructions, near enough for a description."""
    inside, count = False, 0
    for line in text.splitlines():
        if line.startswith(b"define"):
            inside = True
        elif line.startswith(b"}"):
            inside = False
        elif inside and line.startswith(b"  ") and not line.startswith(b"    "):
            count += 1
    return count
