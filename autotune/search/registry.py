"""The strategies by the names that `--strategy` takes."""

from collections.abc import Callable, Mapping

from autotune.errors import BadOption
from autotune.search.base import Problem, Strategy
from autotune.search.random_search import RandomSearch

STRATEGIES: Mapping[str, Callable[[Problem], Strategy]] = {
    RandomSearch.name: RandomSearch,
}


def strategy_of(name: str, problem: Problem) -> Strategy:
    """A fresh strategy for one search. Raises BadOption for a name that there is not."""
    if name not in STRATEGIES:
        raise BadOption(f"--strategy {name}: there is {', '.join(STRATEGIES)}")
    return STRATEGIES[name](problem)
