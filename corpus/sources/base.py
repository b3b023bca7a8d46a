"""What every source of code is: something that yields translation units, one program at a time.

The life of a source: `resolve` (corpus/sources/spec.py) makes it from what the user typed and
checks the spelling only; `fetch` gets what is needed onto this machine and finds out whether there
is anything; `units` then yields, lazily and in an order that depends on the contents alone. Units
are plain data: they travel to workers inside tasks. Sources compile nothing.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import Any, Protocol, Self, runtime_checkable

from corpus.errors import CorpusError

UNKNOWN_LICENSE = "NOASSERTION"
"""SPDX's word for a licence that nothing was claimed about."""

LANGUAGE_OF = {
    ".c": "c",
    ".cc": "c++",
    ".cpp": "c++",
    ".cxx": "c++",
    ".ll": "llvm-ir",
    ".bc": "llvm-ir",
}
"""The language of a source file by its suffix; other files are no translation units."""

HEADER_SUFFIXES = frozenset({".h", ".hh", ".hpp", ".hxx", ".inc", ".def", ".inl", ".tcc"})


class SourceError(CorpusError, ValueError):
    """A source that cannot be used as it was named: missing, empty, unknown, not to be had."""


@dataclass(frozen=True, slots=True)
class TranslationUnit:
    """One file to compile, or one file of LLVM IR to take as it is.

    `program`, `version`, `origin`, `license` (SPDX) and `language` become columns. `path` is the
    file, seen from `root`, the program's folder; a file outside it has an absolute path. `folder`
    is where the compiler runs, `flags` what it gets. `guess_includes`: the build system is not
    known, so folders of headers are looked for under `root`. `context`: a digest or version that
    changes when anything else does that compiling reads, such as headers.

    `ir`: the contents are LLVM IR, whatever the language it was made from; `language` is then
    `llvm-ir` where only the module itself can tell (`corpus.sources.bitcode.language_of`).

    Contents that are no file yet are made one by `corpus.sources.contents`, where they are
    compiled: `seed` for a generated program (`origin` says by what), `row` of the Parquet file
    `container`, seen from `root`. `digest` and `size` (bytes) stand for contents that planning must
    not read. `refused`: nothing is to be read at all, for this reason, and the unit is a loss.
    `remark`: what the reason ends with if compiling fails, such as why the program was not built.
    """

    program: str
    version: str
    origin: str
    license: str
    language: str
    root: str
    path: str
    folder: str
    flags: tuple[str, ...] = ()
    guess_includes: bool = False
    context: str = ""
    seed: int | None = None
    ir: bool = False
    container: str = ""
    row: int | None = None
    digest: str = ""
    size: int = 0
    refused: str = ""
    remark: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain data, for the payload of a task."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The unit that `to_json` wrote down."""
        known = {field.name: data[field.name] for field in fields(cls)}
        return cls(**{**known, "flags": tuple(known["flags"])})


@runtime_checkable
class Outlined(Protocol):
    """A source whose units take long to make: what they will be about."""

    def outline(self) -> Iterator[TranslationUnit]:
        """Units much like those that will come, at once; for estimates alone."""
        ...


class Source(Protocol):
    """Code from one place, such as a folder or a source package."""

    def fetch(self) -> None:
        """Get what is needed onto this machine. Repeating it costs little.

        Raises:
            SourceError: there is nothing, or it cannot be had; the message says what to do.
        """
        ...

    def units(self) -> Iterator[TranslationUnit]:
        """The translation units, after `fetch`: the same ones in the same order for the same code.

        A file that cannot be read is no reason to stop: reading it is the compiler's business.
        """
        ...
