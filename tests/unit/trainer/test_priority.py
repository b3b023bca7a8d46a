"""Priority sampling without a network: probabilities from a table, the order by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.constraint import ListGrammar
from trainer.priority import PrioritySearch, Sample


class FewPasses:
    passes = {"a": 0, "b": 1, "default<Oz>": 2}  # noqa: RUF012 - read, never changed


def grammar(max_passes: int = 3) -> ListGrammar:
    return ListGrammar(FewPasses(), max_passes)


def run(search: PrioritySearch, network: "Network", lanes: int) -> list[Sample]:
    while wanted := search.wanted(lanes):
        for prefix in wanted:
            search.tell(prefix, network.scores(prefix.entries))
    return search.samples


class Network:
    """Log-probabilities from a seed: any prefix gets some of its own."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.asked: list[tuple[int, ...]] = []

    def scores(self, entries: tuple[int, ...]) -> np.ndarray:
        self.asked.append(entries)
        random = np.random.default_rng([self.seed, *entries])
        return np.log(random.dirichlet([0.7] * 4))


class Table:
    """Log-probabilities from a table of P(a), P(b), P(default<Oz>), P(end)."""

    def __init__(self, table: dict[tuple[int, ...], list[float]]) -> None:
        self.table = table

    def scores(self, entries: tuple[int, ...]) -> np.ndarray:
        return np.log(self.table[entries])


def test_samples_come_in_the_order_of_the_most_probable_unexpanded_prefix() -> None:
    """By hand: a,end is greedy. Then b (0.3) is likelier than a,a (0.6 x 0.25) and the rest."""
    table = Table(
        {
            (): [0.6, 0.3, 0.05, 0.05],
            (0,): [0.25, 0.1, 0.05, 0.6],
            (1,): [0.5, 0.1, 0.1, 0.3],
            (0, 0): [0.2, 0.2, 0.2, 0.4],
            (1, 0): [0.1, 0.1, 0.1, 0.7],
        }
    )
    search = PrioritySearch(grammar(2), 4)
    found = run(search, table, 1)  # type: ignore[arg-type]
    assert [one.entries for one in found] == [(0,), (1, 0), (0, 0), (1,)]
    assert [one.log_probability for one in found[:2]] == pytest.approx(
        [np.log(0.6 * 0.6), np.log(0.3 * 0.5 * 0.7)]
    )


@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(1, 4), st.integers(1, 6))
def test_samples_are_unique_lists_and_guessing_changes_none(
    seed: int, samples: int, max_passes: int, lanes: int
) -> None:
    found = run(PrioritySearch(grammar(max_passes), samples), Network(seed), 1)
    assert len({one.entries for one in found}) == len(found) <= samples
    for one in found:
        assert 1 <= len(one.entries) <= max_passes
        assert one.entries.count(2) <= 1
    assert run(PrioritySearch(grammar(max_passes), samples), Network(seed), lanes) == found


@given(st.integers(0, 10_000), st.integers(1, 12), st.integers(1, 12))
def test_fewer_samples_are_the_first_of_more(seed: int, some: int, more: int) -> None:
    few = run(PrioritySearch(grammar(), some), Network(seed), 2)
    many = run(PrioritySearch(grammar(), some + more), Network(seed), 2)
    assert many[: len(few)] == few


def test_all_lists_are_found_once_where_more_are_wanted_than_there_are() -> None:
    """One or two of three passes, the level at most once: 3 + 8."""
    found = run(PrioritySearch(grammar(2), 1000), Network(1), 3)
    assert len({one.entries for one in found}) == len(found) == 11


def test_nothing_is_asked_twice_and_little_that_is_not_needed() -> None:
    needed, guessing = Network(3), Network(3)
    run(PrioritySearch(grammar(6), 20), needed, 1)
    run(PrioritySearch(grammar(6), 20), guessing, 4)
    assert len(set(needed.asked)) == len(needed.asked)
    assert len(set(guessing.asked)) == len(guessing.asked) <= 1.5 * len(needed.asked)


def test_probabilities_of_all_lists_add_up_to_those_of_lists_the_grammar_allows() -> None:
    """With at most one pass a list is a pass and a forced end: P(a)P(end|a) and so on."""
    network = Network(5)
    found = run(PrioritySearch(grammar(1), 3), network, 1)
    for one in found:
        first, then = network.scores(()), network.scores(one.entries)
        assert one.log_probability == pytest.approx(first[one.entries[0]] + then[3])


@given(
    st.integers(0, 10_000),
    st.sets(st.lists(st.sampled_from("ab"), min_size=1, max_size=3).map(",".join), min_size=1),
)
def test_of_a_few_lists_each_is_a_sample_once_and_nothing_else_is(
    seed: int, lists: set[str]
) -> None:
    few = ListGrammar(FewPasses(), 3, sorted(lists))
    found = run(PrioritySearch(few, 1000), Network(seed), 2)
    assert sorted(few.text(one.entries) for one in found) == sorted(lists)
    assert all(few.accepts(one.entries) for one in found)
    assert not few.accepts((0, 1, 0, 1))


def test_lists_that_are_none_of_the_tokenizers_are_left_out() -> None:
    among = ["a,new", "a,default<Oz>,b,default<Oz>", "a,b,a,b", "b"]
    few = ListGrammar(FewPasses(), 4, among[:2] + among[3:])
    assert [few.text(one.entries) for one in run(PrioritySearch(few, 9), Network(1), 1)] == ["b"]
    with pytest.raises(AssertionError):
        ListGrammar(FewPasses(), 3, among[:3])
