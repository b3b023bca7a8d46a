"""`passlake cc` and `passlake c++`: compilers for a build that wants small code."""

import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import NoReturn

import autotune
import corpus
from autotune.compiler_driver import Driver, NotMadeSmaller, Settings, Smaller
from autotune.object_cache import cache_folder, key_of
from corpus.llvm.driver import CompileStep
from corpus.llvm.remembered import remembered_toolchain
from corpus.llvm.toolchain import Toolchain
from warehouse.errors import PasslakeError
from warehouse.freshness import winners_mark
from warehouse.places import is_url

INTERRUPTED = 130

_AUTOTUNE = Path(autotune.__file__).parent
_DECISIVE = (
    Path(corpus.__file__).parent / "llvm" / "passes_22.toml",
    _AUTOTUNE / "data" / "unit_lists.txt",
    _AUTOTUNE / "gate" / "suite.py",
)
"""Files that decide what a search finds, beside the toolchain, the unit, and the gate's programs,
which decide whether it is taken. They are read: importing the gate would cost each command more."""


def main(tool: str, arguments: Sequence[str]) -> NoReturn:
    """Compile, and end with clang's exit status; 2 where there is no clang to ask."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(_status(tool, arguments))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except NotMadeSmaller as error:
        sys.exit(_say(error, 1))
    except (PasslakeError, OSError) as error:
        sys.exit(_say(error, 2))


def _status(tool: str, arguments: Sequence[str]) -> int:
    toolchain = remembered_toolchain(cache_folder())
    settings = Settings.of_environment(cache_folder())

    search = UnitSearch(toolchain, settings, tuple(arguments))
    driver = Driver(toolchain.tool(tool), settings, _fingerprint(toolchain, settings), search)
    return driver.run(arguments)


@dataclass(frozen=True)
class UnitSearch:
    """The search that the compiler makes of a unit it has not seen before."""

    toolchain: Toolchain
    settings: Settings
    arguments: tuple[str, ...]

    def __call__(
        self, step: CompileStep, module: bytes, oz_object: bytes, oz_cpu_s: float
    ) -> Smaller:
        """Imports what only a search needs: a build from the cache never gets here."""
        from autotune.unit import Unit
        from autotune.unit_search import SearchOptions, search_step

        options = SearchOptions(self.settings.cpu_seconds, lake=self.settings.lake)
        unit = Unit(module, oz_object, step.object_of, oz_cpu_s)
        result = search_step(self.toolchain, step, unit, self.arguments, options)
        made = result.object if result.module is not None else None
        trouble = result.note if result.troubled and made is None else ""
        return Smaller(result.pass_list, made, trouble, lasting=not result.troubled)


def _fingerprint(toolchain: Toolchain, settings: Settings) -> str:
    programs = sorted((_AUTOTUNE / "gate" / "programs").iterdir())
    contents = [path.read_bytes() for path in (*_DECISIVE, *programs)]
    lake = settings.lake or ""
    return key_of(
        [
            toolchain.fingerprint,
            blake2b(b"\0".join(contents)).digest(),
            f"{settings.cpu_seconds:g}",
            os.path.realpath(lake) if lake and not is_url(lake) else lake,
            winners_mark(lake) if lake else "",
        ]
    )


def _say(error: Exception, status: int) -> int:
    sys.stderr.write(f"passlake: {' '.join(str(error).split())}\n")
    return status
