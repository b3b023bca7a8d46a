"""The front end: C and C++ sources become modules as optimisers want them, not as debuggers do.

`-O0 -Xclang -disable-O0-optnone` emits what clang emits before any pass, without forbidding passes.
`-fomit-frame-pointer` takes back what only `-O0` asks for: with frame pointers forced, the objects
of such IR would be larger than those of `clang -Oz`. `__DATE__`, `__TIME__` and the machine's
folders are kept out of the code, so that the same source gives the same module anywhere.

clang prints the module (`-S`), which costs it no more than writing bitcode, and spares LLVM's
reading that and printing it: for SQLite's 240,000 lines 0.45 s beside clang's own 1.1 s.
"""

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from corpus.errors import BadModule
from corpus.llvm.process import ToolRun, run_tool
from corpus.llvm.sandbox.template import MachineFault
from corpus.llvm.toolchain import Toolchain

FLAGS = (
    "-O0",
    "-Xclang",
    "-disable-O0-optnone",
    "-fomit-frame-pointer",
    "-g0",
    "-emit-llvm",
    "-S",
)
"""What every compilation gets after the source's own flags, which it overrules."""

_LENIENT = (
    "-Wno-error=implicit-function-declaration",
    "-Wno-error=implicit-int",
    "-Wno-error=int-conversion",
    "-Wno-error=incompatible-pointer-types",
    "-Wno-error=incompatible-function-pointer-types",
    "-Wno-error=return-type",
    "-Wno-error=return-mismatch",
)
"""What older C compilers took with a warning or none, and much code that builds every day relies
on; a source that means the strict reading says so with a standard that has it."""

_QUIET = (
    "-w",
    "-fno-color-diagnostics",
    "-fno-caret-diagnostics",
    "-fno-crash-diagnostics",
    "-ferror-limit=1",
    "-Qunused-arguments",
    *_LENIENT,
)
_TIMELESS = (
    "-Wno-builtin-macro-redefined",
    '-D__DATE__="Jan  1 1970"',
    '-D__TIME__="00:00:00"',
    '-D__TIMESTAMP__="Thu Jan  1 00:00:00 1970"',
)
_TARGET_LINE = re.compile(r'^target (datalayout|triple) = "(.*)"$', re.MULTILINE)
_ERROR = re.compile(r"^.*\berror: .*$", re.MULTILINE)
_MEMORY_WORDS = ("out of memory", "bad_alloc", "Allocation failed")
_MISSING_HEADER = re.compile(r"fatal error: '([^']+)' file not found")
_UNKNOWN_FLAG = re.compile(r"error: (?:unknown argument|unsupported option):? '([^']+)'")


@dataclass(frozen=True)
class Limits:
    """For one compilation: wall seconds, address space, bytes of module text."""

    wall_s: float = 60.0
    memory_bytes: int = 4 << 30
    module_bytes: int = 128 << 20


@dataclass(frozen=True)
class Job:
    """One compilation: `source` as seen from `folder`, where clang runs, with its own `flags`.

    `root` is the program's folder: its path appears neither in the code nor in messages.
    """

    source: str
    folder: Path
    root: Path
    flags: tuple[str, ...] = ()
    cxx: bool = False


@dataclass(frozen=True)
class Compiled:
    """The module of one translation unit, as clang printed it, and clang's processor seconds."""

    module: bytes
    cpu_s: float = field(default=0.0, compare=False)


@dataclass(frozen=True)
class CompileFailure:
    """Why a source did not compile: `reason` is clang's first error line. `missing_header` and
    `unknown_flag` name what stood in the way, where it was one of these; else they are empty.
    """

    reason: str
    missing_header: str = ""
    unknown_flag: str = ""


def compile_source(
    toolchain: Toolchain, job: Job, limits: Limits | None = None
) -> Compiled | CompileFailure:
    """Compile one source.

    Raises ToolchainMissing where the installation has no clang, and MachineFault where clang was
    ended from outside.
    """
    limits = limits or Limits()
    clang = toolchain.tool("clang++" if job.cxx else "clang")
    run = run_tool(
        [
            clang,
            *job.flags,
            *_TIMELESS,
            f"-ffile-prefix-map={job.root}/=",
            *FLAGS,
            *_QUIET,
            *("-o", "-"),  # not a file: a full disk must not make a loss of a good source
            # After "--" clang's driver takes any name, but hands it on to where it is a flag.
            f"./{job.source}" if job.source.startswith("-") else job.source,
        ],
        wall_s=limits.wall_s,
        memory_bytes=limits.memory_bytes,
        folder=job.folder,
        most_bytes=limits.module_bytes,
    )
    if run.killed:
        raise MachineFault(f"clang was ended from outside by signal {-run.status}")
    if run.overflowed:
        return CompileFailure(f"over {limits.module_bytes >> 20} MiB of module text")
    if run.status != 0 or run.timed_out:
        return _explain(run, job.root)
    return Compiled(run.stdout, run.cpu_s)


def targeted(toolchain: Toolchain, text: str) -> str:
    """A module's text that names its triple and data layout, as `opt` would assume them.

    Hand-written IR often names neither; in process, unlike in `opt`, nothing is assumed then.
    Raises BadModule for a triple that this LLVM does not know.
    """
    named = dict(_TARGET_LINE.findall(text))
    triple = named.get("triple") or toolchain.target
    missing = {"datalayout": "", "triple": f'target triple = "{triple}"\n'}
    if "datalayout" not in named:
        missing["datalayout"] = f'target datalayout = "{_data_layout(toolchain, triple)}"\n'
    return "".join(line for part, line in missing.items() if part not in named) + text


@cache
def _data_layout(toolchain: Toolchain, triple: str) -> str:
    run = run_tool(
        [toolchain.tool("opt"), "-S", "-passes=verify", f"-mtriple={triple}", "-"], wall_s=60
    )
    if run.status != 0:
        raise BadModule(run.reason)
    named: dict[str, str] = dict(_TARGET_LINE.findall(run.stdout.decode()))
    return named["datalayout"]


def _explain(run: ToolRun, root: Path) -> CompileFailure:
    header = _MISSING_HEADER.search(run.stderr)
    flag = _UNKNOWN_FLAG.search(run.stderr)
    error = _ERROR.search(run.stderr)
    if any(word in run.stderr for word in _MEMORY_WORDS):
        return CompileFailure("clang ran out of memory")
    reason = (error.group() if error else run.reason).replace(f"{root}/", "")
    return CompileFailure(reason, header.group(1) if header else "", flag.group(1) if flag else "")
