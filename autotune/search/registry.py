"""The strategies by the names that `--strategy` takes."""

from collections.abc import Callable, Mapping
from typing import Final

from autotune.errors import BadOption
from autotune.search.base import Problem, Strategy
from autotune.search.fixed_lists import BroadcastSearch, CoresetSearch
from autotune.search.genetic import GeneticSearch
from autotune.search.local_search import LocalSearch
from autotune.search.portfolio import Portfolio
from autotune.search.random_search import RandomSearch

Factory = Callable[[Problem], Strategy]
"""Makes a fresh strategy for one search."""

STRATEGIES: Final[Mapping[str, Factory]] = {
    RandomSearch.name: RandomSearch,
    LocalSearch.name: LocalSearch,
    GeneticSearch.name: GeneticSearch,
    CoresetSearch.name: CoresetSearch,
    BroadcastSearch.name: BroadcastSearch,
    Portfolio.name: Portfolio,
}
"""Those without an argument in their name."""

_OPTUNA: Final = "optuna"


def factory_of(name: str) -> Factory:
    """The maker of strategies called `name`. Raises BadOption for a name that there is not."""
    kind, _, argument = name.partition(":")
    if kind == _OPTUNA:
        # Half a second and a hundred modules: only for who asked for it.
        from autotune.search.optuna_search import optuna_factory  # noqa: PLC0415

        return optuna_factory(argument)
    if name not in STRATEGIES:
        offered = ", ".join([*STRATEGIES, f"{_OPTUNA}:SAMPLER"])
        raise BadOption(f"--strategy {name}: there is {offered}")
    return STRATEGIES[name]


def strategy_of(name: str, problem: Problem) -> Strategy:
    """A fresh strategy for one search. Raises BadOption for a name that there is not."""
    return factory_of(name)(problem)


def learns_nothing(name: str) -> bool:
    """Whether the strategies of this name pay no regard to what earlier campaigns learned."""
    return name == RandomSearch.name


def ends_by_itself(name: str) -> bool:
    """Whether the strategies of this name decide themselves when a search ends."""
    return name in {CoresetSearch.name, BroadcastSearch.name, Portfolio.name}
