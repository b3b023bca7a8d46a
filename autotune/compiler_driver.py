"""`passlake cc`: clang, whose objects come out smaller.

Clang does first what it was asked for, with `-Oz` in place of any other level: its messages, its
exit status, its files. Only then each object that it made is replaced, by a rename, by a smaller
one if there is one. So a build never waits for a result that is not there, and whatever goes wrong
after clang's own run leaves the object that clang made.

Clang runs alone, and exactly as it was called, for everything that makes no object of C or C++ from
a file: preprocessing, assembler, dependencies, link steps, questions about itself, `-O0` and `-Og`
(code to be debugged), link-time and instrumented code.

A program that is compiled and linked by one command is linked again with the smaller objects.
"""

import json
import os
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from autotune.errors import AutotuneError, BadOption
from autotune.object_cache import Kept, ObjectCache, key_of
from autotune.replacing import replacing
from corpus.llvm import driver
from corpus.llvm.baselines import OZ
from corpus.llvm.driver import CompileStep, Plan
from corpus.llvm.ruler import allocated_bytes
from warehouse.clock import cpu_clock_s

LEAST_BYTES = 64
"""Objects with less in them are left as they are: nothing is to be gained, and the probes of
configure scripts, thousands of them, cost next to nothing."""

CACHE_VERSION = "2"
"""Part of every key; raised when the same inputs may give another object."""

_MOST_ARGUMENT_BYTES = 100_000
_QUESTIONS = frozenset(
    {
        *("-E", "-S", "-M", "-MM", "-fsyntax-only", "-###", "-v", "--version", "-emit-llvm"),
        *("--help", "-help", "--analyze", "--precompile", "-save-temps", "-dumpversion"),
        *("-dumpmachine", "-verify", "-Xarch", "-c-isystem"),
    }
)
"""Arguments of commands that make no object, or more than that: clang's alone."""

_CLANGS_ALONE = ("-print-", "--print-", "-flto", "-save-temps=", "-fsanitize", "-fprofile")
_SOURCES = (".c", ".cc", ".cp", ".cpp", ".cxx", ".c++", ".C", ".CPP", ".i", ".ii")


class NotMadeSmaller(AutotuneError, RuntimeError):
    """The search of a unit did not come to its end, and PASSLAKE_CC_STRICT asks for a failure."""


@dataclass(frozen=True)
class Settings:
    """What the environment says: `cpu_seconds` for each unit, the lake to ask, the cache's folder
    (None: no cache), whether a failure of ours fails the build, a file that gets a line per object.
    """

    cpu_seconds: float = 2.0
    lake: str | None = None
    cache: Path | None = None
    strict: bool = False
    log: Path | None = None

    @classmethod
    def of_environment(cls, cache: Path) -> "Settings":
        """Read PASSLAKE_CC_CPU_SECONDS, PASSLAKE_LAKE, PASSLAKE_CC_CACHE, PASSLAKE_CC_STRICT and
        PASSLAKE_CC_LOG. Raises BadOption.
        """
        said = os.environ.get("PASSLAKE_CC_CPU_SECONDS", "2")
        try:
            cpu_seconds = float(said)
        except ValueError:
            cpu_seconds = -1.0
        if not 0 <= cpu_seconds < float("inf"):
            raise BadOption(f"PASSLAKE_CC_CPU_SECONDS={said}: give seconds, such as 2; 0 is -Oz")
        log = os.environ.get("PASSLAKE_CC_LOG")
        return cls(
            cpu_seconds,
            os.environ.get("PASSLAKE_LAKE"),
            None if os.environ.get("PASSLAKE_CC_CACHE") == "off" else cache,
            os.environ.get("PASSLAKE_CC_STRICT", "0") not in {"", "0"},
            Path(log) if log else None,
        )


@dataclass(frozen=True)
class Smaller:
    """The object that takes the place of -Oz's (None: nothing is smaller), and how it came about.

    `note`: what went wrong on the way, else empty. `lasting`: the same search would end the same.
    """

    pass_list: str
    object: bytes | None
    note: str = ""
    lasting: bool = True


Search = Callable[[CompileStep, bytes, bytes, float], Smaller]
"""A search of one unit: its step, its module, -Oz's object, and clang's CPU seconds."""


def makes_objects(arguments: Sequence[str]) -> bool:
    """Whether a command may make objects of C or C++ that are to be small."""
    if any(one in _QUESTIONS or one.startswith(_CLANGS_ALONE) for one in arguments):
        return False
    if driver.is_unoptimised(driver.level_of(arguments)):
        return False
    return any(one.endswith(_SOURCES) or one.startswith("-x") for one in arguments)


def expanded(arguments: Iterable[str]) -> list[str]:
    """The arguments with `@FILE` replaced by what the file holds, as clang reads it.

    A file that cannot be read stands for itself, as it does for clang.
    """
    found: list[str] = []
    for argument in arguments:
        file = Path(argument[1:])
        try:
            inside = file.read_text() if argument.startswith("@") else None
        except (OSError, UnicodeDecodeError):
            inside = None
        found += [argument] if inside is None else expanded(shlex.split(inside))
    return found


class Driver:
    """One command of a build."""

    def __init__(self, clang: Path, settings: Settings, fingerprint: str, search: Search) -> None:
        """`fingerprint` names the toolchain and whatever else decides what a search finds."""
        self._clang = clang
        self._settings = settings
        self._fingerprint = fingerprint
        self._search = search
        self._cache = ObjectCache(settings.cache) if settings.cache else None
        self._clang_cpu_s = 0.0

    def run(self, arguments: Sequence[str]) -> int:
        """Do what clang would, smaller; clang's exit status. Raises OSError where it is not there,
        and NotMadeSmaller where failures are to be strict.
        """
        asked = expanded(arguments)
        if not makes_objects(asked) or sum(map(len, asked)) > _MOST_ARGUMENT_BYTES:
            driver.become([self._clang, *arguments])
        sized = driver.for_size(asked)
        started_s = cpu_clock_s()
        status = driver.run_as_asked([self._clang, *sized])
        self._clang_cpu_s = cpu_clock_s() - started_s
        if status == 0 and self._settings.cpu_seconds > 0:
            try:
                self._improve(driver.plan(self._clang, sized))
            except NotMadeSmaller:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, the build has its object
                self._say(f"{type(error).__name__}: {error}")
        return status

    def _improve(self, plan: Plan) -> None:
        """Objects that the caller gets one by one, and those that went into a program."""
        self._clang_cpu_s /= max(1, len(plan.compiles))
        used = {argument for command in plan.others for argument in command}
        for step in plan.compiles:
            if step.output not in used and step.understood:
                self._improve_object(step)
        inside = [step for step in plan.compiles if step.output in used]
        if plan.link is not None and inside and all(step.understood for step in inside):
            self._improve_program(inside, plan.link)

    def _improve_object(self, step: CompileStep) -> None:
        output = Path(step.output)
        if not output.is_file():  # /dev/null, or a pipe
            return
        smaller = self._smaller(step, output.read_bytes())
        if smaller is not None:
            with replacing(output) as part:
                part.write_bytes(smaller)

    def _improve_program(self, steps: Sequence[CompileStep], link: Sequence[str]) -> None:
        """Link again with the smaller objects, if there are any."""
        named = link[link.index("-o") + 1] if "-o" in link else ""
        if not Path(named).is_file():
            return
        objects = {step.output: step.object() for step in steps}
        found = {step.output: self._smaller(step, objects[step.output]) for step in steps}
        if not any(found.values()):
            return
        with tempfile.TemporaryDirectory(prefix="passlake-cc-") as scratch:
            places = {named: ""}
            for number, (output, made) in enumerate(objects.items()):
                place = Path(scratch, f"{number}.o")
                place.write_bytes(found[output] or made)
                places[output] = str(place)
            with replacing(Path(named)) as part:
                places[named] = str(part)
                driver.run_step([places.get(one, one) for one in link])

    def _smaller(self, step: CompileStep, oz_object: bytes) -> bytes | None:
        """An object smaller than -Oz's, or None. Raises as the parts of a step do."""
        oz_bytes = allocated_bytes(oz_object)
        if oz_bytes < LEAST_BYTES:
            return None
        module = step.module()
        key = key_of([CACHE_VERSION, self._fingerprint, *step.code_options, module])
        kept = self._cache.get(key) if self._cache else None
        if kept is None:
            result = self._search(step, module, oz_object, self._clang_cpu_s)
            kept = Kept(result.pass_list, result.object)
            if result.note:
                self._say(f"{step.source}: {result.note}")
            if result.lasting and self._cache:
                self._cache.put(key, kept)
        made = kept.object
        if made is not None and allocated_bytes(made) >= oz_bytes:
            made = None  # -Oz's object differs from the one that it was compared with
        self._record(step, oz_bytes, made, kept.pass_list)
        return made

    def _record(self, step: CompileStep, oz_bytes: int, made: bytes | None, pass_list: str) -> None:
        if self._settings.log is None:
            return
        line = {
            "source": step.source,
            "object": str(Path(step.output).resolve()),
            "oz_bytes": oz_bytes,
            "object_bytes": oz_bytes if made is None else allocated_bytes(made),
            "pass_list": OZ if made is None else pass_list,
        }
        with self._settings.log.open("a") as log:  # one write: parallel builds share the file
            log.write(json.dumps(line) + "\n")

    def _say(self, what: str) -> None:
        line = " ".join(what.split())
        if self._settings.strict:
            raise NotMadeSmaller(f"cc: {line}; -Oz's object stands (PASSLAKE_CC_STRICT is set)")
        sys.stderr.write(f"passlake cc: {line}; -Oz's object stands\n")
