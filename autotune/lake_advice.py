"""What a lake knows that may help a unit: the winners of its functions, then the lake's coreset.

Apart from `advice.py` because opening tables costs half a second of imports: `passlake cc` comes
here only where a lake is named and a search has to be made.
"""

from collections.abc import Sequence

from autotune import coresets
from autotune.search.base import OBJECTIVES
from warehouse import sql
from warehouse.lake import Lake

MOST_WINNERS = 24
"""Winners of single functions that are tried on the whole unit, those that saved most first."""


def advice_of(location: str, function_ids: Sequence[str], objective: str) -> list[str]:
    """Pass lists: what campaigns found best for these functions, what saved most bytes first, and
    the latest coreset, for `objective` if there is one.

    Raises LakeMissing, NotALake and LakeTooNew as opening a lake does, and TableDamaged.
    """
    lake = Lake.open(location)
    rows = sql.run_named(lake, "winning_lists", functions=function_ids)
    winners = [str(text) for text in rows.column("pass_list").to_pylist()[:MOST_WINNERS]]
    by_objective = [coresets.latest(lake, one) for one in (objective, *OBJECTIVES)]
    learned = next((one.lists for one in by_objective if one is not None), ())
    return [*winners, *learned]
