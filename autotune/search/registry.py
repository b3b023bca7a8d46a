"""The strategies by the names that `--strategy` takes."""

from collections.abc import Callable, Mapping

from autotune.errors import BadOption
from autotune.search.base import Strategy
from autotune.search.random_search import RandomSearch
from corpus.llvm.passes import PassSpace

STRATEGIES: Mapping[str, Callable[[PassSpace, int], Strategy]] = {
    RandomSearch.name: RandomSearch,
}


def strategy_of(name: str, space: PassSpace, seed: int) -> Strategy:
    """A fresh strategy for one search. Raises BadOption for a name that there is not."""
    if name not in STRATEGIES:
        raise BadOption(f"--strategy {name}: there is {', '.join(STRATEGIES)}")
    return STRATEGIES[name](space, seed)
