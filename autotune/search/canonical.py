"""Canonical form: of all lists that do the same to a function, the one that stands for them.

Two lists are equal on a function when the modules that they leave are the same, which their state
hashes say. The one with the fewest passes stands for all of them; of several, the first by text.
What was minimised is not always canonical: another search may have met a shorter way to the state.
"""

from collections.abc import Callable, Iterable, Sequence

from autotune.search.base import Evaluation, PassIds

Text = Callable[[PassIds], str]
"""A list's text, as `opt -passes=` takes it."""


def distinct_results(evaluations: Iterable[Evaluation], text: Text) -> Sequence[Evaluation]:
    """For each state that was reached its canonical list, in the order of first arrival.

    Failures reached no state and are left out.
    """
    by_state: dict[int | None, Evaluation] = {}
    for one in evaluations:
        state = one.measurement.state_hash
        if one.ok and (state not in by_state or _before(one, by_state[state], text)):
            by_state[state] = one
    return tuple(by_state.values())


def ranked(evaluations: Iterable[Evaluation], text: Text, objective: str) -> Sequence[Evaluation]:
    """What is ok, each list once: the smallest by `objective` first.

    Among equals the lists that stand for different results come before other spellings of those,
    then the shortest, then the first by text.
    """
    ok = {one.pass_ids: one for one in evaluations if one.ok}
    stand = {one.pass_ids for one in distinct_results(ok.values(), text)}

    def rank(one: Evaluation) -> tuple[int, bool, int, str]:
        value = one.value(objective)
        assert value is not None, one
        return value, one.pass_ids not in stand, len(one.pass_ids), text(one.pass_ids)

    return tuple(sorted(ok.values(), key=rank))


def _before(one: Evaluation, other: Evaluation, text: Text) -> bool:
    """Whether `one` stands for both; texts are made only where the numbers of passes are equal."""
    if len(one.pass_ids) != len(other.pass_ids):
        return len(one.pass_ids) < len(other.pass_ids)
    return text(one.pass_ids) < text(other.pass_ids)
