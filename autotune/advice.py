"""Lists that a unit's search starts from.

They come with this release, learned on whole units: what is best for one function alone need not be
for many together, in bytes and with the inliner at work. A lake adds what it knows
(`lake_advice.py`). All of it is advice: the search measures what it is worth.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from autotune.search.base import PassIds
from corpus.errors import CorpusError
from corpus.llvm.baselines import OZ
from corpus.llvm.pass_list import PassList
from corpus.llvm.passes import PassSpace

UNIT_LISTS: Final = Path(__file__).with_name("data") / "unit_lists.txt"
"""Lists learned on whole units, best first, with the command that learned them."""


def unit_lists(space: PassSpace) -> tuple[PassIds, ...]:
    """The lists that come with this release, as far as the pass space still holds them."""
    lines = UNIT_LISTS.read_text().splitlines()
    return known(space, [line for line in lines if line and not line.startswith("#")])


def known(space: PassSpace, pass_lists: Sequence[str]) -> tuple[PassIds, ...]:
    """The lists of the pass space among `pass_lists`, each once, without -Oz itself."""
    found: list[PassIds] = []
    for text in pass_lists:
        try:
            found.append(tuple(space.encode(PassList.parse(text))))
        except CorpusError:  # another release's list, or one that is barred by now
            continue
    oz = (space.by_text[OZ].pass_id,)
    return tuple(one for one in dict.fromkeys(found) if one and one != oz)
