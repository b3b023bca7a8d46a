"""The best answers of a search so far, one list for each state of the module.

Two lists that leave the same module behind are one result: the shorter is kept. So a pool of elites
holds different results and not ten spellings of one.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from autotune.search.generations import Answer


class Elites:
    """Up to `room` answers with different states, best first."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._best: list[Answer] = []

    def __iter__(self) -> Iterator[Answer]:
        return iter(self._best)

    def __len__(self) -> int:
        return len(self._best)

    def __getitem__(self, rank: int) -> Answer:
        return self._best[rank]

    def add(self, answers: Iterable[Answer]) -> None:
        """Take what belongs to the best; failures never do."""
        by_state: dict[int | None, Answer] = {}
        ok = [one for one in answers if one.value is not None]
        for one in sorted([*self._best, *ok], key=Answer.rank):
            by_state.setdefault(one.state_hash, one)
        self._best = list(by_state.values())[: self._room]

    def state(self) -> Any:  # noqa: ANN401 - a JSON value
        """As a JSON value."""
        return [one.plain() for one in self._best]

    def restore(self, state: Any) -> None:  # noqa: ANN401 - a JSON value
        """Hold what `state` returned."""
        self._best = [Answer.of_plain(one) for one in state]
