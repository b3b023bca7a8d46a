"""How the files of a built package are compiled, by what its build did.

A file that the build compiled is compiled as there. For another, such as a test or an example, the
call nearest to it in the tree serves, with all folders of headers that the build used. Flags name
the tree and the root file system by relative paths, so they are the same wherever the build lies.
What the distribution adds to harden its packages is left out: the code is the author's.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from corpus.sources.base import LANGUAGE_OF
from corpus.sources.compile_commands import front_end_flags
from corpus.sources.recorder import Command, compiled_files

_PATH_OPTIONS = ("-isystem", "-iquote", "-idirafter", "-include", "-imacros", "-I")
_FOLDER_OPTIONS = ("-isystem", "-iquote", "-idirafter", "-I")
_HARDENING = ("-fstack-protector", "-fstack-clash-protection", "-fcf-protection", "-D_FORTIFY")
OF_BUILD_SYSTEMS = frozenset({"CMakeFiles", "meson-private", "conftest.dir"})
"""Folders in which a build system tries the compiler."""

_ROOT = "../root"
"""The root file system, seen from the source tree."""


@dataclass(frozen=True, slots=True)
class Compilation:
    """Where the compiler runs, seen from the tree, and with which flags."""

    folder: str
    flags: tuple[str, ...]


class BuildFlags:
    """The calls of a build, made from inside `source_at`, as flags for the tree's files."""

    def __init__(self, commands: Iterable[Command], source_at: str) -> None:
        self._source_at = source_at
        self._recorded = self._choose(commands)
        self._by_folder: dict[tuple[str, str], str] = {}
        for file in sorted(self._recorded, reverse=True):
            for folder in _upward(file):
                self._by_folder[folder, _language(file)] = file
        self._folders = self._all_folders()

    @property
    def recorded(self) -> Mapping[str, Compilation]:
        """What the build compiled: files seen from the tree, in order, and how."""
        return self._recorded

    def of(self, file: str) -> Compilation:
        """How to compile `file`, a path seen from the tree."""
        if file in self._recorded:
            return self._recorded[file]
        near = self._nearest(file)
        own = [f"--sysroot={_ROOT}"]
        if near is not None:
            call = self._recorded[near]
            own = list(_moved(call.flags, call.folder))
            if _language(near) != _language(file):
                own = [option for option in own if not option.startswith("-std")]
        return Compilation(".", tuple(dict.fromkeys((*own, *self._folders))))

    def _nearest(self, file: str) -> str | None:
        """The recorded file nearest to `file`, of its language if there is one."""
        wanted = _language(file)
        for language in (wanted, *(other for other in LANGUAGE_OF.values() if other != wanted)):
            for folder in _upward(file):
                if (folder, language) in self._by_folder:
                    return self._by_folder[folder, language]
        return None

    def _choose(self, commands: Iterable[Command]) -> dict[str, Compilation]:
        """One call for each file: of several the shortest, whichever came first."""
        found: dict[str, list[Compilation]] = {}
        for command in commands:
            folder = self._inside(command.folder)
            if folder is None:
                continue
            flags = (f"--sysroot={_up(folder)}{_ROOT}", *self._flags(command.arguments, folder))
            for path in compiled_files(command):
                file = self._inside(path)
                if file is not None and not OF_BUILD_SYSTEMS & {*PurePosixPath(file).parts}:
                    found.setdefault(file, []).append(Compilation(folder, flags))
        return {
            file: min(found[file], key=lambda one: (len(one.flags), one.flags, one.folder))
            for file in sorted(found)
        }

    def _all_folders(self) -> list[str]:
        """The options of all calls that name folders of headers in the tree, seen from it."""
        options = {
            option: None
            for call in self._recorded.values()
            for option in _pairs(_moved(call.flags, call.folder))
            if option.startswith(_FOLDER_OPTIONS)
        }
        return sorted(options)

    def _inside(self, path: str) -> str | None:
        """A path of the isolation seen from the tree; None for one that is not in it."""
        seen = os.path.relpath(os.path.normpath(path), self._source_at)
        return None if seen == ".." or seen.startswith("../") else seen

    def _flags(self, arguments: Sequence[str], folder: str) -> Iterator[str]:
        for option in _pairs(front_end_flags(arguments)):
            if option.startswith(_HARDENING):
                continue
            name = next((name for name in _PATH_OPTIONS if option.startswith(name)), None)
            if name is None:
                yield option
                continue
            value = option.removeprefix(name)
            yield name + (self._relative(value, folder) if value.startswith("/") else value)

    def _relative(self, path: str, folder: str) -> str:
        inside = self._inside(path)
        if inside is None:
            return os.path.normpath(f"{_up(folder)}{_ROOT}{path}")
        return os.path.relpath(inside, folder)


def _pairs(flags: Iterable[str]) -> Iterator[str]:
    """Each option in one word with its value, as `-Ifolder`, `-includefile`, `-DNAME`."""
    rest = iter(flags)
    for flag in rest:
        joined = flag in {*_PATH_OPTIONS, "-D", "-U"}
        yield flag + next(rest, "") if joined else flag


def _moved(flags: Iterable[str], folder: str) -> Iterator[str]:
    """Flags for a call in `folder` as flags for one in the tree's top folder."""
    for option in flags:
        name = next(
            (name for name in (*_PATH_OPTIONS, "--sysroot=") if option.startswith(name)), None
        )
        value = option.removeprefix(name or "")
        # A folder is where its name says; a file is also looked for along the search path.
        by_search = name in {"-include", "-imacros"} and not value.startswith(".")
        if name is None or value.startswith("/") or by_search:
            yield option
        else:
            yield name + os.path.normpath(f"{folder}/{value}")


def _upward(file: str) -> Iterator[str]:
    return (str(parent) for parent in PurePosixPath(file).parents)


def _up(folder: str) -> str:
    depth = len(PurePosixPath(folder).parts)
    return "../" * depth


def _language(file: str) -> str:
    return LANGUAGE_OF.get(PurePosixPath(file).suffix, "")
