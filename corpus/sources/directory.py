"""Folders and single C or C++ files, with their compile_commands.json where there is one."""

from collections.abc import Iterator
from pathlib import Path

from corpus.sources import compile_commands, parquet
from corpus.sources.base import LANGUAGE_OF, UNKNOWN_LICENSE, SourceError, TranslationUnit
from corpus.sources.compile_commands import CompileCommandsSource
from corpus.sources.copyright import license_in_file
from corpus.sources.parquet import ParquetSource
from corpus.sources.walk import ORIGIN, headers_digest, source_paths, walk


class DirectorySource:
    """Every C, C++ and LLVM IR file under a folder, and its Parquet files of bitcode.

    The program is the folder's name. With a compile_commands.json in the folder, or in a folder
    right below it as build systems make them, the files and flags are those that it lists.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def fetch(self) -> None:
        """Look for the first source file. Raises SourceError where there is none."""
        database = self._database()
        if database is not None:
            database.fetch()
        elif not any(True for _ in source_paths(self._root)) and not any(self._tables()):
            suffixes = " ".join((*LANGUAGE_OF, parquet.SUFFIX))
            raise SourceError(f"{self._root}: no source file in it; files of {suffixes} are read")

    def units(self) -> Iterator[TranslationUnit]:
        """The files in the order of their paths, or as compile_commands.json lists them."""
        database = self._database()
        if database is not None:
            yield from database.units()
            return
        context = headers_digest(self._root)
        for path in source_paths(self._root):
            yield _unit(self._root, path, context=context, guess_includes=True)
        for table in self._tables():
            yield from table.units()

    def _tables(self) -> Iterator[ParquetSource]:
        """Parquet files of anything else, such as a lake's own, are none of ours."""
        for path in walk(self._root):
            table = ParquetSource(self._root / path, self._root)
            if path.suffix == parquet.SUFFIX and table.holds_bitcode():
                yield table

    def _database(self) -> CompileCommandsSource | None:
        found = compile_commands.find_in(self._root)
        return CompileCommandsSource(found, self._root) if found else None


class FileSource:
    """One C or C++ file; the program is the folder that it lies in."""

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()

    def fetch(self) -> None:
        """Nothing: it was there when it was named."""

    def units(self) -> Iterator[TranslationUnit]:
        """The one file."""
        folder = self._path.parent
        yield _unit(
            folder,
            Path(self._path.name),
            context=headers_digest(folder, below=False),
            guess_includes=False,
        )


def _unit(root: Path, path: Path, *, context: str, guess_includes: bool) -> TranslationUnit:
    return TranslationUnit(
        program=root.name,
        version="",
        origin=ORIGIN,
        license=license_in_file(root / path) or UNKNOWN_LICENSE,
        language=LANGUAGE_OF[path.suffix],
        root=str(root),
        path=str(path),
        folder=str(root),
        guess_includes=guess_includes,
        context=context,
        ir=LANGUAGE_OF[path.suffix] == "llvm-ir",
    )
