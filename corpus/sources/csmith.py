"""Random C programs from csmith (https://github.com/csmith-project/csmith), one per seed.

The options keep functions near the size that handwritten ones have: half of zlib's exceed 61
instructions, half of these 47 (16 programs, without csmith's own routines), and with csmith's
defaults 119; a program then takes 0.4 s to make instead of 0.01 s. csmith claims no rights in its
output, and nobody declared a licence for it; what a program includes from csmith's own headers, the
safe_math functions, occurs in all of them and is kept once.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from corpus.sources.base import UNKNOWN_LICENSE, Source, SourceError, TranslationUnit
from corpus.sources.generator import FIRST_SEED, run_generator, seeds_of

ORIGIN = "csmith"
GENERATION_WALL_S = 30.0

_OPTIONS = (
    "--concise",
    "--no-argc",
    *("--max-funcs", "6"),
    *("--max-block-depth", "1"),
    *("--max-block-size", "2"),
    *("--max-expr-complexity", "2"),
    *("--max-array-dim", "1"),
    *("--max-array-len-per-dim", "4"),
    *("--max-struct-fields", "3"),
    *("--max-union-fields", "2"),
    *("--max-pointer-depth", "2"),
)
_HOW_TO_GET = "install it (Debian: apt-get install csmith libcsmith-dev)"


def sources_of(rest: str, spec: str) -> list[Source]:
    """`csmith:COUNT`, `csmith:COUNT@FIRST_SEED`, `csmith:FIRST-LAST`. Raises SourceError."""
    seeds = seeds_of(rest, spec)
    return [CsmithSource(len(seeds), seeds.start)]


class CsmithSource:
    """`count` programs with the seeds from `first_seed` on."""

    def __init__(self, count: int, first_seed: int = FIRST_SEED) -> None:
        self._count = count
        self._first_seed = first_seed
        self._version = ""
        self._headers = ""

    def fetch(self) -> None:
        """Find csmith and its headers. Raises SourceError with how to get them."""
        program = shutil.which("csmith")
        if program is None:
            raise SourceError(f"csmith is not on PATH; {_HOW_TO_GET}")
        prefix = Path(program).resolve().parent.parent
        headers = sorted(prefix.glob("include/csmith*/csmith.h"))
        if not headers:
            raise SourceError(f"{prefix}/include: no csmith/csmith.h there; {_HOW_TO_GET}")
        self._headers = str(headers[-1].parent)
        self._version = _version(program)

    def units(self) -> Iterator[TranslationUnit]:
        """One unit per seed; its file is made where it is compiled."""
        for seed in range(self._first_seed, self._first_seed + self._count):
            yield TranslationUnit(
                program=f"csmith-{seed}",
                version=self._version,
                origin=ORIGIN,
                license=UNKNOWN_LICENSE,
                language="c",
                root="",
                path=_file_name(seed),
                folder="",
                flags=("-I", self._headers),
                context=f"csmith {self._version} {' '.join(_OPTIONS)}",
                seed=seed,
            )


def _version(program: str) -> str:
    # Whatever it is asked, csmith writes a platform.info into the folder that it runs in.
    with tempfile.TemporaryDirectory(prefix="passlake-") as scratch:
        said = subprocess.run(
            [program, "--version"], cwd=scratch, capture_output=True, text=True, check=False
        )
    return said.stdout.split("\n", 1)[0].removeprefix("csmith").strip()


def generate(seed: int, folder: Path) -> None:
    """Write the program of `seed` into `folder`; the same seed gives the same program.

    Raises GenerationFailed.
    """
    name = _file_name(seed)
    run_generator(
        ["csmith", "--seed", str(seed), "--output", name, *_OPTIONS],
        folder,
        makes=[name],
        wall_s=GENERATION_WALL_S,
        how_to_get=_HOW_TO_GET,
    )


def _file_name(seed: int) -> str:
    return f"{ORIGIN}-{seed}.c"
