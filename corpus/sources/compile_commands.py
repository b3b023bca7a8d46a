"""Clang's JSON compilation database: which files a build compiles, where, and with which flags.

Format: https://clang.llvm.org/docs/JSONCompilationDatabase.html. Flags are taken by a list of what
shapes the code; those that name outputs, levels of optimisation, debug information, warnings,
instrumentation, plug-ins or anything unknown are left out.
"""

import json
import os
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from corpus.sources.base import LANGUAGE_OF, UNKNOWN_LICENSE, SourceError, TranslationUnit
from corpus.sources.copyright import license_in_file
from corpus.sources.walk import ORIGIN, headers_digest

NAME = "compile_commands.json"

_WITH_VALUE = (
    "-I",
    "-D",
    "-U",
    "-isystem",
    "-iquote",
    "-idirafter",
    "-include",
    "-imacros",
    "-isysroot",
    "--sysroot",
    "-target",
    "-std",
    "--std",
)
"""Taken together with their value, be it attached or the next argument."""

_TAKEN = ("-f", "-m", "--target=", "--sysroot=", "-ansi", "-pthread", "-nostdinc", "-undef")
_LEFT_OUT = (
    "-fsanitize",
    "-fprofile",
    "-fcoverage",
    "-fxray",
    "-finstrument",
    "-flto",
    "-fplugin",
    "-fpass-plugin",
    "-fsave",
    "-ftime",
    "-fdump",
    "-fdebug",
    "-fdiagnostics",
    "-fcrash",
    "-ferror",
    "-fmax-errors",
    "-fmodule",
    "-fcolor",
    "-fno-color",
    "-fstack-usage",
    "-fstats",
    "-fsyntax",
    "-ffile-prefix",
    "-fmacro-prefix",
    "-fomit-frame",
    "-fno-omit-frame",
    "-fembed-bitcode",
)
_SKIP_VALUE = (
    *("-o", "-x", "-MF", "-MT", "-MQ", "-MJ", "-L", "-arch", "-include-pch"),
    *("-Xclang", "-Xpreprocessor", "-Xassembler", "-Xlinker", "-mllvm"),
)
"""Not taken, and neither is the argument after them."""


def find_in(folder: Path) -> Path | None:
    """The database of a folder: in it, or in the first folder right below that has one."""
    for candidate in (folder / NAME, *sorted(folder.glob(f"*/{NAME}"))):
        if candidate.is_file():
            return candidate
    return None


class CompileCommandsSource:
    """The database named by itself; the program is the folder that it, or its build, stands in."""

    def __init__(self, database: Path, root: Path | None = None) -> None:
        """`root` is the program's folder; without it, it follows from the files listed."""
        self._database = database
        self._root = root

    def fetch(self) -> None:
        """Read it once. Raises SourceError when it is not what its name says."""
        if next(self.units(), None) is None:
            raise SourceError(f"{self._database}: lists no C or C++ file; build the project once")

    def units(self) -> Iterator[TranslationUnit]:
        """One unit for each entry of C or C++, in the database's order. Raises SourceError."""
        entries = _entries(self._database)
        root = self._root or _root_of(self._database.resolve().parent, entries)
        context = headers_digest(root)
        for entry in entries:
            folder = (self._database.parent / entry["directory"]).resolve()
            file = folder / entry["file"]
            if LANGUAGE_OF.get(file.suffix, "llvm-ir") == "llvm-ir":
                continue
            yield TranslationUnit(
                program=root.name,
                version="",
                origin=ORIGIN,
                license=license_in_file(file) or UNKNOWN_LICENSE,
                language=LANGUAGE_OF[file.suffix],
                root=str(root),
                path=_seen_from(file, root),
                folder=str(folder),
                flags=front_end_flags(_arguments(entry)[1:]),
                context=context,
            )


def _root_of(folder: Path, entries: Sequence[dict[str, Any]]) -> Path:
    """The database's folder, or the one above when no file lies below it: a build folder."""
    files = [
        Path(os.path.normpath(folder / entry["directory"] / entry["file"])) for entry in entries
    ]
    return folder if any(file.is_relative_to(folder) for file in files) else folder.parent


def front_end_flags(arguments: Sequence[str]) -> tuple[str, ...]:
    """Those of a compiler's arguments that shape the code, in their order."""
    flags: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument in _SKIP_VALUE:
            next(rest, None)
        elif argument in _WITH_VALUE:
            value = next(rest, None)
            flags.extend([argument, value] if value is not None else [])
        elif argument.startswith(_WITH_VALUE) or (
            argument.startswith(_TAKEN) and not argument.startswith(_LEFT_OUT)
        ):
            flags.append(argument)
    return tuple(flags)


def _entries(database: Path) -> list[dict[str, Any]]:
    try:
        entries = json.loads(database.read_bytes())
        complete = all(
            isinstance(entry["directory"], str)
            and isinstance(entry["file"], str)
            and _arguments(entry)
            for entry in entries
        )
    except OSError as error:
        raise SourceError(f"{database}: cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(f"{database}: not a compilation database ({error})") from error
    if not complete:
        raise SourceError(f"{database}: not a compilation database; see clang's documentation")
    listed: list[dict[str, Any]] = entries
    return listed


def _arguments(entry: dict[str, Any]) -> list[str]:
    if "arguments" in entry:
        return [str(argument) for argument in entry["arguments"]]
    return shlex.split(entry["command"])


def _seen_from(file: Path, root: Path) -> str:
    path = os.path.normpath(file)
    return os.path.relpath(path, root) if Path(path).is_relative_to(root) else path
