"""Random C programs from YARPGen (https://github.com/intel/yarpgen), version 2, one per seed.

Its programs are free of undefined behaviour and full of loops over arrays and of arithmetic, which
csmith's lack. It writes three files into a folder: init.h, func.c with the code under test, and
driver.c, which fills the variables, calls it and prints a hash.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from corpus.sources.base import UNKNOWN_LICENSE, Source, SourceError, TranslationUnit
from corpus.sources.generator import run_generator, seeds_of

ORIGIN = "yarpgen"
GENERATION_WALL_S = 60.0

_OPTIONS = ("--std=c",)
_FILES = ("driver.c", "func.c")
_HOW_TO_GET = (
    "no distribution packages it: build https://github.com/intel/yarpgen and put yarpgen on PATH"
)


def sources_of(rest: str, spec: str) -> list[Source]:
    """`yarpgen:COUNT`, `yarpgen:COUNT@FIRST_SEED`, `yarpgen:FIRST-LAST`. Raises SourceError."""
    seeds = seeds_of(rest, spec)
    if 0 in seeds:
        raise SourceError(f"{spec}: YARPGen takes seed 0 for a random one; begin with 1")
    return [YarpgenSource(seeds)]


class YarpgenSource:
    """The programs of these seeds."""

    def __init__(self, seeds: range) -> None:
        self._seeds = seeds
        self._version = ""

    def fetch(self) -> None:
        """Find YARPGen. Raises SourceError with how to get it."""
        program = shutil.which("yarpgen")
        if program is None:
            raise SourceError(f"yarpgen is not on PATH; {_HOW_TO_GET}")
        try:
            said = subprocess.run(
                [program, "--version"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=GENERATION_WALL_S,
                check=False,
            ).stdout
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SourceError(f"{program}: does not say its version ({error})") from error
        version = re.match(r"yarpgen version (\S+)", said)
        if version is None or version[1].startswith("1."):
            raise SourceError(f"{program}: is not YARPGen 2 or later; {_HOW_TO_GET}")
        self._version = version[1]

    def units(self) -> Iterator[TranslationUnit]:
        """Two units per seed; their files are made where they are compiled."""
        for seed in self._seeds:
            for path in _FILES:
                yield TranslationUnit(
                    program=f"{ORIGIN}-{seed}",
                    version=self._version,
                    origin=ORIGIN,
                    license=UNKNOWN_LICENSE,
                    language="c",
                    root="",
                    path=path,
                    folder="",
                    context=f"{ORIGIN} {self._version} {' '.join(_OPTIONS)}",
                    seed=seed,
                )


def generate(seed: int, folder: Path) -> None:
    """Write the program of `seed` into `folder`; the same seed gives the same program.

    Raises GenerationFailed.
    """
    run_generator(
        ["yarpgen", f"--seed={seed}", f"--out-dir={folder}", *_OPTIONS],
        folder,
        makes=_FILES,
        wall_s=GENERATION_WALL_S,
        how_to_get=_HOW_TO_GET,
    )
