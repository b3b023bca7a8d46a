"""What a campaign knows when it starts, pinned: its searches never learn from each other.

A coreset, and the winners that there were, in the lake and in what is shipped. Without the pins a
search's lists would depend on which searches of the same campaign had ended before it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Final, Self

from autotune import neighbours
from autotune.coresets import Coreset, find, latest
from autotune.errors import BadOption
from autotune.neighbours import KnownWinner, Neighbourhood
from autotune.search.base import PassIds
from autotune.shipped import shipped
from corpus import features
from corpus.llvm.passes import PassSpace
from warehouse.lake import Lake

NO_BARS: Final[Mapping[str, str]] = {}
"""Nothing is barred beyond what the pass space itself bars."""

SHIPPED: Final = "shipped"
NO_CORESET: Final = "none"


@dataclass(frozen=True)
class Knowledge:
    """The pins: plain values that decide, with the lake and the code, all that a search knows.

    `coreset` is an id of the lake's `coresets`, `shipped` or `none`; `shipped` is the hash of what
    this Passlake ships; `versions` are those of the tables that winners are read from, -1 where a
    table had no rows.
    """

    objective: str
    coreset: str
    shipped: str
    versions: Mapping[str, int]

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> Self:
        """The pins that `document` was made from.

        Raises BadOption when they name another shipped file than this Passlake has.
        """
        pins = cls(**document)
        if pins.shipped != shipped(pins.objective).digest:
            raise BadOption(
                f"this Passlake ships other lists ({shipped(pins.objective).digest}) than the one "
                f"that the campaign was started with ({pins.shipped}): install the same one"
            )
        return pins


@dataclass(frozen=True)
class Known:
    """What the pins stand for."""

    coreset: tuple[PassIds, ...]
    winners: tuple[PassIds, ...]
    neighbourhood: Neighbourhood

    def neighbours(self, function_id: str, ir: str) -> tuple[PassIds, ...]:
        """The winners on other functions that look like this one, nearest first."""
        return self.neighbourhood.nearest(features.features(ir), but=function_id)


NOTHING: Final = Known((), (), Neighbourhood(()))
"""What a strategy that learns nothing is told."""


def brought(objective: str, space: PassSpace) -> Known:
    """What is shipped alone, without any lake."""
    own = shipped(objective)
    known = own.known(space)
    winners = neighbours.by_gain_per_cost(known, space)
    return Known(own.coreset.pass_ids(space), winners, Neighbourhood(known))


def pin(lake: Lake, objective: str, coreset: str | None) -> Knowledge:
    """What there is to know now. `coreset`: an id, `shipped`, `none`; None: the lake's latest.

    Raises NoCoreset for an id that the lake has not.
    """
    if coreset is None:
        own = latest(lake, objective)
        coreset = SHIPPED if own is None else own.coreset_id
    elif coreset not in {SHIPPED, NO_CORESET}:
        coreset = find(lake, coreset).coreset_id
    versions = neighbours.record_vectors(lake, objective)
    return Knowledge(objective, coreset, shipped(objective).digest, versions)


@lru_cache(maxsize=4)
def _known(
    lake: Lake,
    objective: str,
    coreset: str,
    versions: tuple[tuple[str, int], ...],
    bars: tuple[tuple[str, str], ...],
) -> Known:
    space = PassSpace.load().without(dict(bars))
    ours = shipped(objective)
    own = neighbours.read_known(lake, space, objective, versions=dict(versions))
    known: list[KnownWinner] = [*own, *ours.known(space)]
    return Known(
        coreset=_lists(lake, coreset, ours.coreset, space),
        winners=neighbours.by_gain_per_cost(known, space),
        neighbourhood=Neighbourhood(known),
    )


def known(lake: Lake, pins: Knowledge, bars: Mapping[str, str] = NO_BARS) -> Known:
    """Read what the pins stand for, as far as it holds no barred pass.

    A worker's tasks of one campaign read it once.
    """
    versions = tuple(sorted(pins.versions.items()))
    return _known(lake, pins.objective, pins.coreset, versions, tuple(sorted(bars.items())))


def _lists(lake: Lake, coreset: str, ours: Coreset, space: PassSpace) -> tuple[PassIds, ...]:
    if coreset == NO_CORESET:
        return ()
    return (ours if coreset == SHIPPED else find(lake, coreset)).pass_ids(space)
