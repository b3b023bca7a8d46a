"""Where a search on one function begins: what is known to pay, and what a compiler would do."""

from autotune.search.base import PassIds, Problem

_FIRST_LEVELS = ("default<Oz>", "default<O1>", "default<O2>")


def starting_lists(problem: Problem, most: int) -> list[PassIds]:
    """Up to `most` different lists, to be tried in this order.

    Whole optimisation levels, -Oz first; then the coreset and the winners of functions that look
    alike, in turn; last the known winners in general.
    """
    levels = {one.text: (one.pass_id,) for one in problem.space.meta}
    found: list[PassIds] = [levels[one] for one in _FIRST_LEVELS if one in levels]
    coreset, neighbours = list(problem.coreset), list(problem.neighbours)
    for turn in range(max(len(coreset), len(neighbours))):
        found += neighbours[turn : turn + 1] + coreset[turn : turn + 1]
    found += problem.winners
    return [one for one in dict.fromkeys(found) if one][:most]
