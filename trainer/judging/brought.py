"""A coreset that a file brings along, as published ones come: its lists among the methods.

    imported:N       the best of its first N lists, and of -Oz
    imported_nvp:N   the N lists that Coreset-NVP's network puts first, trained on these lists

The file has one list a line, as `opt` takes it or in LLVM 10's flags (`autotune.import_lists`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from autotune.import_lists import import_lists
from corpus.llvm.passes import PassSpace
from corpus.llvm.toolchain import Toolchain
from trainer.errors import BadMethod
from trainer.methods.base import Learner, MethodSpec
from trainer.methods.registry import IMPORTED, IMPORTED_NVP, family, installed

BUDGETS: Final = (10, 45)
"""Lists that are tried; 45 are the published budget. Of a shorter file, all."""


@dataclass(frozen=True)
class Brought:
    """The file's lists in their order; none where no file was given."""

    lists: tuple[str, ...] = ()

    def methods(self) -> list[MethodSpec]:
        """What needs no training."""
        if not self.lists:
            return []
        entry = "trainer.methods.tries:given_lists"
        return [
            MethodSpec(f"{IMPORTED}:{one}", entry, {"pass_lists": list(self.lists[:one])})
            for one in BUDGETS
        ]

    def learner(self) -> Learner:
        """Coreset-NVP over the file's lists. Raises BadMethod where torch is not installed."""
        with installed(f"--method {IMPORTED_NVP}"):
            from trainer.baselines.coreset_nvp import CoresetNvp, CoresetNvpOptions
            from trainer.baselines.learned_coreset import CoresetOptions

        given = CoresetOptions(given=self.lists)
        return CoresetNvp(CoresetNvpOptions(given), kind=IMPORTED_NVP)


def brought(
    file: Path | None, toolchain: Toolchain, named: Sequence[str], say: Callable[[str], None]
) -> Brought:
    """The lists of a file; `say` hears what had to be dropped of them.

    Raises BadOption for what is no such file, and BadMethod where one of the methods that the user
    named needs a file and none is given.
    """
    if file is None:
        for one in named:
            if family(one) in {IMPORTED, IMPORTED_NVP}:
                raise BadMethod(f"--method {one}: say whose lists: --coreset FILE, one list a line")
        return Brought()
    found = import_lists(file, PassSpace.load(), toolchain.fingerprint, "instructions")
    for line in found.lines():
        say(f"{file}: {line}")
    return Brought(found.coreset.lists)
