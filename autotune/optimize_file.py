"""`passlake optimize`: one file of C, C++ or LLVM IR in; an object, bitcode or text of IR out.

What clang is told is what the caller would tell it for the front end. LLVM IR comes as whatever
made it left it: definitions get `minsize optsize`, as `-Oz` gives them, and `optnone`, with the
`noinline` that goes with it, goes. The output is put in place by a rename, when it is complete.
"""

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from autotune.errors import AutotuneError, BadOption
from autotune.replacing import replacing
from autotune.search.base import OBJECTIVES
from autotune.unit import Optimised, Unit
from autotune.unit_search import SearchOptions, search_step
from corpus.llvm import driver
from corpus.llvm.baselines import without_optnone
from corpus.llvm.driver import CompileStep, DriverFailed
from corpus.llvm.frontend import targeted
from corpus.llvm.reference import printed
from corpus.llvm.toolchain import Toolchain
from warehouse.clock import cpu_clock_s

OUTPUTS = (".o", ".bc", ".ll")

_SIZED = ("-passes=forceattrs", "-force-attribute=minsize", "-force-attribute=optsize")
_TRIPLE = re.compile(r'^target triple = "(.*)"$', re.MULTILINE)


class BadInput(AutotuneError, ValueError):
    """A file that is not there or that clang does not take; carries clang's first error line."""


class OutputFailed(AutotuneError, OSError):
    """The output cannot be written where it was asked for."""


@dataclass(frozen=True)
class Report:
    """What became of one file."""

    source: str
    output: str
    result: Optimised
    cpu_s: float

    def document(self) -> dict[str, Any]:
        """For `--json`."""
        result = self.result
        return {
            "input": self.source,
            "output": self.output,
            "pass_list": result.pass_list,
            "oz_object_bytes": result.oz_bytes,
            "object_bytes": result.object_bytes,
            "saved_bytes": result.saved_bytes,
            "oz_instructions": result.oz_instructions,
            "instructions": result.instructions,
            "evaluations": result.evaluations,
            "cpu_s": round(self.cpu_s, 3),
            "gate": result.gate,
            "note": result.note,
        }

    def line(self) -> str:
        """For a person."""
        result = self.result
        share = result.saved_bytes / result.oz_bytes if result.oz_bytes else 0.0
        found = f"saved {result.saved_bytes:,} ({share:.1%}) with {result.pass_list}"
        if result.module is None:
            found = "nothing smaller was found; this is -Oz's result"
        note = f" ({result.note})" if result.note else ""
        return (
            f"{self.source}: {result.oz_bytes:,} bytes with -Oz, {result.object_bytes:,} now:"
            f" {found}; {result.evaluations} lists, {self.cpu_s:.1f} CPU s{note}"
        )


def optimise_file(
    toolchain: Toolchain, arguments: Sequence[str], output: Path, options: SearchOptions
) -> Report:
    """Make the one source among clang's `arguments` small.

    Raises BadOption, BadInput and OutputFailed, and what the lake raises that the options name.
    """
    if options.objective not in OBJECTIVES:
        raise BadOption(f"--objective {options.objective}: there is {', '.join(OBJECTIVES)}")
    if output.suffix not in OUTPUTS:
        raise BadOption(f"{output}: give an output that ends in {', '.join(OUTPUTS)}")
    if not output.absolute().parent.is_dir():
        raise OutputFailed(f"{output}: there is no folder {output.absolute().parent}")
    started_s = cpu_clock_s()
    with tempfile.TemporaryDirectory(prefix="passlake-optimize-") as scratch:
        step = _step(toolchain, arguments, output)
        source = step.source
        if step.language == "ir":
            step = _prepared(toolchain, step, arguments, output, Path(scratch))
        try:
            module, asked_s = step.module(), cpu_clock_s()
            unit = Unit(module, step.object(), step.object_of, cpu_clock_s() - asked_s)
        except DriverFailed as error:
            raise BadInput(str(error)) from error
        before_s = cpu_clock_s() - started_s
        result = search_step(toolchain, step, unit, arguments, options)
        started_s = cpu_clock_s() - before_s
        content = _content(toolchain, step, result, output.suffix)
    _write(output, content)
    return Report(source, str(output), result, cpu_clock_s() - started_s + result.cpu_s)


def _step(toolchain: Toolchain, arguments: Sequence[str], output: Path) -> CompileStep:
    """The one compilation that clang sees in the arguments."""
    asked = driver.for_size([*arguments, "-c", "-o", str(output)])
    language = "clang++" if any(one.endswith((".cc", ".cpp", ".cxx")) for one in asked) else "clang"
    try:
        found = driver.plan(toolchain.tool(language), asked)
    except DriverFailed as error:
        raise BadInput(str(error)) from error
    if len(found.compiles) != 1 or found.others:
        names = ", ".join(one.source for one in found.compiles) or "none"
        raise BadOption(f"give one file of C, C++ or LLVM IR; clang sees {names}")
    if not found.compiles[0].understood:
        raise BadOption(
            f"{found.compiles[0].source}: standard input, link-time code, instrumentation and"
            " passes of your own cannot be searched; leave the option out, or use clang"
        )
    return found.compiles[0]


def _prepared(
    toolchain: Toolchain,
    step: CompileStep,
    arguments: Sequence[str],
    output: Path,
    scratch: Path,
) -> CompileStep:
    """The step for a module as `-Oz` would have it from a front end, for the module's own target.

    Clang would compile any module for this machine.
    """
    text = _sized_text(toolchain, Path(step.source))
    module = scratch / "module.ll"
    module.write_text(text, errors="surrogateescape")
    triple = _TRIPLE.search(text)
    target = [f"--target={triple[1]}"] if triple else []
    given = [str(module) if one == step.source else one for one in arguments]
    made = _step(toolchain, [*target, *given], output)
    return replace(made, source=str(module))


def _sized_text(toolchain: Toolchain, source: Path) -> str:
    """The file's module with what `-Oz` puts on definitions, and its triple and layout named.

    Raises BadInput.
    """

    def through_opt(module: bytes, *options: str) -> str:
        run = printed(toolchain, module, *options)
        if run.status != 0:
            raise BadInput(f"{source}: {run.reason}")
        return run.stdout.decode(errors="surrogateescape")

    bare = without_optnone(through_opt(source.read_bytes())).encode(errors="surrogateescape")
    return targeted(toolchain, through_opt(bare, *_SIZED))


def _content(toolchain: Toolchain, step: CompileStep, result: Optimised, suffix: str) -> bytes:
    """The output's bytes in the form that its name asks for."""
    if suffix == ".o":
        return result.object
    module = result.module if result.module is not None else step.optimised_module()
    if suffix == ".bc":
        return module
    return printed(toolchain, module).stdout


def _write(output: Path, content: bytes) -> None:
    try:
        with replacing(output) as part:
            part.write_bytes(content)
    except OSError as error:
        raise OutputFailed(f"{output}: {error.strerror or error}") from error
