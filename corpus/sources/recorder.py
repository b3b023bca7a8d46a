"""What a build compiles, and how: written down by stand-ins for its compilers.

Every build system ends in calls of `cc` or `c++`. Stand-ins of these names come first on the
build's PATH; each notes its arguments and its folder and then becomes the real compiler, so what is
recorded is what was built, whatever built it. (ccache is called in the same way.)
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from corpus.sources.base import LANGUAGE_OF

RECORDER = 1
"""Version of what is recorded and kept of a build; a change makes builds be made again."""

SEEN_AT = "/recorder"
"""Where the stand-ins stand in the isolation."""

_COMPILER = re.compile(r"(?:[\w.]+-)*(?:cc|c\+\+|gcc|g\+\+|clang|clang\+\+|c89|c99)(?:-\d+)?")

# A record is: how many words follow, the folder, the words; each ends in a zero byte. Where objects
# are made the last two options win: nobody runs the result, so optimising it would be a waste.
_STAND_IN = """#!/bin/sh
name=${0##*/}
printf '%s\\0' "$(($# + 1))" "$PWD" "$@" >> "$PASSLAKE_RECORD/$$"
for argument; do
    if [ "$argument" = -c ]; then
        exec "/usr/bin/$name" "$@" -O0 -g0
    fi
done
exec "/usr/bin/$name" "$@"
"""


@dataclass(frozen=True, slots=True, order=True)
class Command:
    """A compiler's call: the `folder` where it was made, and its `arguments` without the name."""

    folder: str
    arguments: tuple[str, ...]


def write_stand_ins(root: Path, folder: Path) -> None:
    """Put a stand-in for each compiler in the root file system `root` into `folder`."""
    for entry in sorted((root / "usr" / "bin").iterdir()):
        if _COMPILER.fullmatch(entry.name):
            path = folder / entry.name
            path.write_text(_STAND_IN)
            path.chmod(0o755)


def read_records(folder: Path) -> list[Command]:
    """The distinct calls that stand-ins noted in `folder`, in an order of their own."""
    found: set[Command] = set()
    for file in folder.iterdir():
        words = iter(file.read_bytes().decode(errors="surrogateescape").split("\0"))
        for count in words:
            if not count.isdigit():  # the end
                break
            said = list(islice(words, int(count)))
            if len(said) == int(count):
                found.add(Command(said[0], tuple(said[1:])))
    return sorted(found)


def compiled_files(command: Command) -> Iterator[str]:
    """The C and C++ files that a call compiles, as paths seen in the isolation."""
    words = command.arguments
    if "-E" in words or "-M" in words or "-MM" in words:
        return
    for before, word in zip(("", *words), words, strict=False):
        if before != "-o" and LANGUAGE_OF.get(Path(word).suffix, "llvm-ir") != "llvm-ir":
            yield os.path.normpath(os.path.join(command.folder, word))  # noqa: PTH118 - as text
