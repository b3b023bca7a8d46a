"""Clang's driver, asked what it would do: the steps of one command, and their parts one by one.

`clang -###` prints the command line of every step: a `-cc1` per source, then the linker. So which
argument is a source, where its object goes and which of a hundred options shape the code is clang's
own answer, and no table here can be wrong about it. From a compile step's own line follow its
variants: the module before any pass (`-emit-llvm-bc -disable-llvm-passes`), the module as clang
optimises it, and the object of a module that passes have run on already (`-x ir`,
`-disable-llvm-passes`). Clang's own `-save-temps` cuts a compilation at the same place; the object
of a module that was cut there is the same, byte for byte.

These processes get the caller's environment, which clang reads (`CPATH`, `SOURCE_DATE_EPOCH`).
"""

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from corpus.errors import CorpusError
from corpus.llvm.process import ToolRun, run_tool

LEVEL = "-Oz"

_WALL_S = 3600.0
_MEMORY_BYTES = 1 << 40
"""No limits of our own: what the caller's source needs, a plain clang would have used too."""

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")
_LEVELS = re.compile(r"-O(?:\d*|s|z|g|fast)$|--optimize(?:=.*)?$")
_UNOPTIMISED = frozenset({"-O0", "-Og", "--optimize=0", "--optimize=g"})
_FAST = {"-Ofast": "-ffast-math", "--optimize=fast": "-ffast-math"}
_HANDS_ON = frozenset(
    {"-Xclang", "-Xlinker", "-Xassembler", "-Xpreprocessor", "-Xanalyzer", "-mllvm", "-z"}
)
"""Options whose value, an argument of its own, is meant for somebody else."""

_SOURCE = frozenset({"c", "c++", "cpp-output", "c++-cpp-output", "ir"})
"""Languages of `-x` whose modules are searched."""

_OPAQUE = (
    *("-fsanitize", "-fprofile", "-fcoverage-mapping", "-coverage", "-fxray", "-finstrument"),
    *("-pg", "-flto", "-fsplit-lto", "-fwhole-program", "-fembed-bitcode", "-split-dwarf"),
    *("-load", "-fplugin", "-fpass-plugin", "-plugin", "-mllvm", "-mlink", "-foffload"),
    *("-fopenmp-is-target", "-fcuda", "-stack-usage", "-opt-record", "-ftime-trace"),
    *("-print-stats", "-stats-file", "-fcs-", "-fmemory-profile", "-fbasic-block", "-finput-hash"),
    *("-analyze", "-emit-pch", "-fmodules-codegen", "-fthin-link", "-fpatchable", "-fcs"),
)
"""Beginnings of `-cc1` options that add passes or outputs of their own: instrumentation, profiles,
plug-ins, link-time and split objects. Such a step is left as clang did it."""

_SIDE_OUTPUTS = {
    **dict.fromkeys(("-dependency-file", "-MT", "-header-include-file", "-dumpdir"), 1),
    **dict.fromkeys(("-serialize-diagnostic-file", "-diagnostic-log-file"), 1),
    **dict.fromkeys(("-MP", "-MV", "-MG", "-sys-header-deps", "-module-file-deps"), 0),
}
"""Options of `-cc1` that write files beside the object, and how many values each takes: the first
compilation, the caller's own, has written them."""

_NOT_CODE = ("-fdebug-compilation-dir=", "-fcoverage-compilation-dir=")
"""Beginnings of options that say where clang ran: the module carries what of it matters."""


class DriverFailed(CorpusError, RuntimeError):
    """Clang did not do a part of what it did as a whole; carries its first line."""


@dataclass(frozen=True)
class CompileStep:
    """One `clang -cc1` that makes an object of one source.

    `options` are its arguments but for the kind of output, the output, the language and the source,
    and without those that write further files.
    """

    clang: Path
    options: tuple[str, ...]
    language: str
    source: str
    output: str

    @property
    def understood(self) -> bool:
        """Whether the parts below make the same object as clang does in one go."""
        opaque = any(option.startswith(_OPAQUE) for option in self.options)
        return self.language in _SOURCE and self.source != "-" and not opaque

    @property
    def code_options(self) -> tuple[str, ...]:
        """The options that, with the module, decide what the object holds."""
        return tuple(option for option in self.options if not option.startswith(_NOT_CODE))

    def module(self) -> bytes:
        """Bitcode of the source before any pass. Raises DriverFailed."""
        return self._cc1("-emit-llvm-bc", "-disable-llvm-passes", source=self.source)

    def optimised_module(self) -> bytes:
        """Bitcode of the source as clang optimises it. Raises DriverFailed."""
        return self._cc1("-emit-llvm-bc", source=self.source)

    def object(self) -> bytes:
        """The object of the source as clang optimises it. Raises DriverFailed."""
        return self._cc1("-emit-obj", source=self.source)

    def object_of(self, bitcode: bytes) -> bytes:
        """The object of a module that passes have run on. Raises DriverFailed."""
        return self._cc1("-emit-obj", "-disable-llvm-passes", given=bitcode)

    def _cc1(self, *action: str, source: str = "-", given: bytes = b"") -> bytes:
        language = self.language if source != "-" else "ir"
        what = (*action, "-w", "-o", "-", "-x", language, source)
        run = _run([self.clang, "-cc1", *self.options, *what], given)
        if run.status != 0:
            raise DriverFailed(f"{self.source}: {run.reason}")
        return run.stdout


@dataclass(frozen=True)
class Plan:
    """What clang does for one command line, without having done it.

    `compiles`: one step per source; `others`: the command lines of all other steps, in their order.
    """

    compiles: tuple[CompileStep, ...]
    others: tuple[tuple[str, ...], ...]

    @property
    def link(self) -> tuple[str, ...] | None:
        """The one further step, where there is just one: it links what was compiled."""
        return self.others[0] if len(self.others) == 1 else None


def plan(clang: Path, arguments: Sequence[str]) -> Plan:
    """What `clang ARGUMENTS` would do. Raises DriverFailed where it would refuse."""
    run = _run([clang, "-###", *arguments])
    if run.status != 0:
        raise DriverFailed(run.reason)
    lines = [line for line in run.stderr.splitlines() if line.startswith(' "')]
    commands = [
        tuple(_ESCAPED.sub(r"\1", part) for part in _QUOTED.findall(line)) for line in lines
    ]
    steps = [_compile_step(command) or command for command in commands]
    return Plan(
        tuple(step for step in steps if isinstance(step, CompileStep)),
        tuple(step for step in steps if not isinstance(step, CompileStep)),
    )


def _compile_step(command: tuple[str, ...]) -> CompileStep | None:
    """A `-cc1` line that ends in an object, else None."""
    if command[1:2] != ("-cc1",) or "-emit-obj" not in command:
        return None
    options: list[str] = []
    language = output = ""
    rest = iter(command[2:-1])
    for option in rest:
        if option == "-x":
            language = next(rest, "")
        elif option == "-o":
            output = next(rest, "")
        elif option in _SIDE_OUTPUTS:
            for _ in range(_SIDE_OUTPUTS[option]):
                next(rest, None)
        elif option != "-emit-obj":
            options.append(option)
    return CompileStep(Path(command[0]), tuple(options), language, command[-1], output)


def level_of(arguments: Sequence[str]) -> str:
    """The `-O…` among a compiler's arguments that counts, the last one; empty without one."""
    levels = [one for at, one in enumerate(arguments) if _level(arguments, at)]
    return levels[-1] if levels else ""


def is_unoptimised(level: str) -> bool:
    """Whether a level asks for code to be debugged rather than shipped."""
    return level in _UNOPTIMISED


def for_size(arguments: Sequence[str]) -> tuple[str, ...]:
    """A compiler's arguments with `-Oz` in place of any other level."""
    kept = [one for at, one in enumerate(arguments) if not _level(arguments, at)]
    fast = _FAST.get(level_of(arguments))
    return (LEVEL, *([fast] if fast else []), *kept)


def _level(arguments: Sequence[str], at: int) -> bool:
    handed_on = at > 0 and arguments[at - 1] in _HANDS_ON
    return not handed_on and _LEVELS.match(arguments[at]) is not None


def run_as_asked(command: Sequence[str | os.PathLike[str]]) -> int:
    """Run a command as if the caller had: his files, his terminal, its own exit status.

    A command that a signal ended gives 128 and the signal's number, as a shell says it. Raises
    OSError where it cannot be started.
    """
    status = subprocess.run(command, check=False).returncode
    return status if status >= 0 else 128 - status


def become(command: Sequence[str | os.PathLike[str]]) -> NoReturn:
    """Let a command take this process's place. Raises OSError where it cannot be started."""
    os.execv(command[0], [os.fspath(part) for part in command])  # noqa: S606 - no shell is wanted


def run_step(command: Sequence[str]) -> None:
    """Run one of a plan's other steps, without its messages. Raises DriverFailed."""
    run = _run(command)
    if run.status != 0:
        raise DriverFailed(f"{command[0]}: {run.reason}")


def _run(command: Sequence[str | os.PathLike[str]], given: bytes = b"") -> ToolRun:
    return run_tool(
        command,
        wall_s=_WALL_S,
        memory_bytes=_MEMORY_BYTES,
        given=given,
        environment=os.environ | {"LC_ALL": "C"},
    )
