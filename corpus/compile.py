"""Translation units become modules; where no build system says how, include folders are guessed.

A tree that was never configured still tells much: headers lie beside the file, in an include/ next
to it or above, at the root, or in src/ or lib/. When clang misses a header and the tree has exactly
one of that name, its folder is added and the file compiled again. Nothing is made up: a header that
the build would generate stays missing, and the file is a loss with that reason.
"""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from corpus.llvm.frontend import Compiled, CompileFailure, Job, compile_source
from corpus.llvm.toolchain import Toolchain
from corpus.sources.base import HEADER_SUFFIXES, TranslationUnit
from corpus.sources.walk import walk

MAX_TRIES = 9
"""Compilations of one file, each with one more folder or one unknown flag less."""

_HEADER_FOLDERS = ("include", "inc")
_USUAL_FOLDERS = (*_HEADER_FOLDERS, "src", "lib")


@dataclass(frozen=True)
class HeaderIndex:
    """Where the headers of a program are, by file name, seen from its root."""

    root: Path
    folders: dict[str, tuple[PurePosixPath, ...]]

    @classmethod
    def of(cls, root: Path) -> "HeaderIndex":
        """Index every header under `root`."""
        folders: defaultdict[str, list[PurePosixPath]] = defaultdict(list)
        for path in walk(root):
            if path.suffix in HEADER_SUFFIXES:
                folders[path.name].append(PurePosixPath(path.parent.as_posix()))
        return cls(root, {name: tuple(places) for name, places in folders.items()})

    def usual_folders(self, source: str) -> tuple[str, ...]:
        """The folders that a build would most likely search for `source`."""
        beside = PurePosixPath(source).parent
        # Nearest first, and before the system's: a tree that bundles a library means its headers.
        above = (folder / name for folder in (beside, *beside.parents) for name in _HEADER_FOLDERS)
        usual = (*above, *map(PurePosixPath, _USUAL_FOLDERS))
        there = (str(folder) for folder in usual if (self.root / folder).is_dir())
        return tuple(dict.fromkeys((str(beside), ".", *there)))

    def folder_for(self, header: str) -> str | None:
        """The one folder from which `#include <header>` finds a header of this tree, if one."""
        wanted = PurePosixPath(header)
        above = wanted.parent.parts
        found = [
            PurePosixPath(*folder.parts[: len(folder.parts) - len(above)])
            for folder in self.folders.get(wanted.name, ())
            if folder.parts[len(folder.parts) - len(above) :] == above
        ]
        return str(found[0]) if len(found) == 1 else None


@dataclass(frozen=True)
class CompiledUnit:
    """The module of a unit, and its flags with the include folders that were guessed.

    `cpu_s`: clang's processor seconds for it, failed tries aside.
    """

    module: bytes
    flags: tuple[str, ...]
    cpu_s: float


def compile_unit(
    toolchain: Toolchain, unit: TranslationUnit, headers: HeaderIndex | None
) -> CompiledUnit | CompileFailure:
    """The module of a C or C++ unit, or why there is none.

    `headers` are those of the unit's program, where include folders may be guessed. Raises as
    `compile_source` does.
    """
    flags = list(unit.flags)
    if headers is not None:
        flags += [f"-I{folder}" for folder in headers.usual_folders(unit.path)]
    result = compile_source(toolchain, _job(unit, flags))
    for _ in range(MAX_TRIES - 1):
        if isinstance(result, Compiled):
            break
        folder = headers.folder_for(result.missing_header) if headers else None
        if result.unknown_flag in flags:
            flags.remove(result.unknown_flag)
        elif folder is not None and f"-I{folder}" not in flags:
            flags.append(f"-I{folder}")
        else:
            break
        result = compile_source(toolchain, _job(unit, flags))
    if isinstance(result, Compiled):
        return CompiledUnit(result.module, tuple(flags), result.cpu_s)
    return result


def _job(unit: TranslationUnit, flags: list[str]) -> Job:
    source = unit.path if unit.folder == unit.root else str(Path(unit.root, unit.path))
    return Job(source, Path(unit.folder), Path(unit.root), tuple(flags), unit.language == "c++")
