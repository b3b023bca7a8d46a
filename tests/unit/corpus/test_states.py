import itertools
import random
from collections.abc import Iterator

import pytest

from autotune.search.base import Problem
from autotune.search.random_search import RandomSearch
from corpus.golden import golden_functions
from corpus.llvm.measurement import Measurement, Outcome
from corpus.llvm.passes import PassSpace
from corpus.llvm.sandbox.items import split
from corpus.llvm.sandbox.supervisor import Limits, Sandbox, Session
from corpus.llvm.toolchain import find_toolchain

GOLDEN = {one.name: one for one in golden_functions()}
SPACE = PassSpace.load()
SROA, GVN, DCE = "function(sroa)", "function(gvn)", "function(dce)"
NO_MEMSSA = "function(loop(licm))"  # LLVM itself aborts: LICM requires MemorySSA
CRITICAL = "function(break-crit-edges)"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(find_toolchain()) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def alone() -> Iterator[Sandbox]:
    with Sandbox(find_toolchain(), Limits(sharing=False)) as sandbox:
        yield sandbox


def lists_for(name: str, count: int) -> list[str]:
    problem = Problem(SPACE, 5, GOLDEN[name].instructions, "instructions", oz=1)
    return [str(SPACE.decode(one)) for one in RandomSearch(problem).ask(count)]


def evaluate(sandbox: Sandbox, name: str, lists: list[str]) -> list[tuple[object, ...]]:
    with sandbox.session() as session:
        session.load(GOLDEN[name].ir.encode())
        return [found(one) for one in session.evaluate(lists)]


def found(one: Measurement) -> tuple[object, ...]:
    return one.outcome, one.instructions, one.object_bytes, one.state_hash


def loaded(sandbox: Sandbox, name: str = "tokenize") -> Session:
    session = sandbox.session()
    session.load(GOLDEN[name].ir.encode())
    return session


@pytest.mark.parametrize("name", ["tokenize", "life_step", "parse_number"])
def test_a_list_is_measured_alike_whatever_lists_came_before_it(
    name: str, sandbox: Sandbox
) -> None:
    lists = lists_for(name, 60)
    together = evaluate(sandbox, name, lists)
    order = list(range(len(lists)))
    random.Random(1).shuffle(order)
    shuffled = evaluate(sandbox, name, [lists[at] for at in order])
    assert [together[at] for at in order] == shuffled
    one_by_one = [evaluate(sandbox, name, [text])[0] for text in lists[:15]]
    assert one_by_one == together[:15]


@pytest.mark.parametrize("name", ["tokenize", "utf8_length", "weekday", "mean"])
def test_lists_that_share_and_lists_run_whole_give_the_same_counts(
    name: str, sandbox: Sandbox, alone: Sandbox
) -> None:
    lists = [*lists_for(name, 80), "", f"{SROA},{CRITICAL},{GVN}", f"function(irce),{CRITICAL}"]
    shared, whole = evaluate(sandbox, name, lists), evaluate(alone, name, lists)
    assert [one[:2] for one in shared] == [one[:2] for one in whole]


def test_what_is_shared_and_skipped_is_counted(sandbox: Sandbox) -> None:
    with loaded(sandbox) as session:
        session.evaluate([f"{SROA},{GVN}"])
        first = session.saved
        session.evaluate([f"{SROA},{GVN},{DCE}", f"{SROA},{GVN}"])
        saved = session.saved
    assert (first.evaluations, first.asked, first.ran) == (1, 2, 2)
    assert (saved.evaluations, saved.asked, saved.ran, saved.by_prefix) == (3, 7, 3, 4)
    assert saved.saved_s > 0


def test_a_pass_that_changes_nothing_is_run_once_per_state(sandbox: Sandbox) -> None:
    with loaded(sandbox) as session:
        session.evaluate([f"{DCE},{SROA}", f"{DCE},{DCE},{DCE},{SROA}"])
        assert session.saved.by_no_op == 3
        assert session.saved.ran == 2


def test_a_state_reached_in_two_ways_goes_on_as_one(sandbox: Sandbox) -> None:
    mem2reg = "function(mem2reg)"
    with loaded(sandbox, "sum") as session:
        one, other = session.evaluate([f"{SROA},{GVN}", f"{mem2reg},{GVN}"])
        assert one.state_hash == other.state_hash
        assert session.saved.by_state == 1


def test_a_list_known_to_its_end_costs_nothing(sandbox: Sandbox) -> None:
    with loaded(sandbox) as session:
        first, second = session.evaluate([SROA, SROA])
    assert first.cpu_us > 0
    assert second.cpu_us == 0
    assert found(first) == found(second)


def test_loading_the_same_module_again_keeps_what_was_learned(sandbox: Sandbox) -> None:
    with loaded(sandbox) as session:
        session.evaluate([SROA])
        session.load(GOLDEN["tokenize"].ir.encode())
        session.evaluate([SROA])
        assert session.saved.ran == 1
        session.load(GOLDEN["sum"].ir.encode())
        session.load(GOLDEN["tokenize"].ir.encode())
        session.evaluate([SROA])
        assert session.saved.ran == 2


def test_a_step_that_kills_is_not_taken_twice_whatever_list_it_is_in(sandbox: Sandbox) -> None:
    with loaded(sandbox, "sum") as session:
        session.evaluate([f"{SROA},{NO_MEMSSA}", SROA])
        deaths = session.deaths
        lists = [f"{SROA},{NO_MEMSSA},{GVN}", f"{SROA},{SROA},{NO_MEMSSA}", f"{SROA},{GVN}"]
        outcomes = [one.outcome for one in session.evaluate(lists)]
        assert session.deaths == deaths
    assert outcomes == [Outcome.CRASHED, Outcome.CRASHED, Outcome.OK]


def test_what_does_not_parse_is_rejected_even_behind_a_pass_that_kills(sandbox: Sandbox) -> None:
    text = f"{NO_MEMSSA},function(no-such-pass)"
    with loaded(sandbox, "sum") as session:
        first = session.evaluate([text])[0]
        session.evaluate([NO_MEMSSA])
        again = session.evaluate([text])[0]
    assert [first.outcome, again.outcome] == [Outcome.REJECTED] * 2
    assert "no-such-pass" in first.reason


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("sroa,gvn", Outcome.OK),  # both in the function(...) that the first one implies
        ("sroa,globaldce", Outcome.REJECTED),
        ("inline,globaldce", Outcome.REJECTED),
        ("globaldce,sroa", Outcome.OK),
        ("globaldce,function(sroa),constmerge", Outcome.OK),
        ("function(sroa),gvn", Outcome.OK),
        ("function(sroa),licm", Outcome.CRASHED),
        ("", Outcome.OK),
        ("function(sroa", Outcome.REJECTED),
        ("sroa),function(gvn", Outcome.REJECTED),
        (",", Outcome.REJECTED),
    ],
)
def test_what_llvm_takes_in_company_only_runs_whole(
    text: str, outcome: Outcome, sandbox: Sandbox
) -> None:
    with loaded(sandbox, "sum") as session:
        before = session.evaluate([text])[0]
        session.evaluate(["function(sroa)", "globaldce", "sroa", "gvn"])
        after = session.evaluate([text])[0]
    assert before.outcome is outcome
    assert found(after) == found(before)


def test_a_list_is_cut_at_its_own_commas_only() -> None:
    items = [b"a", b"function(loop(b,c))", b"cgscc(d,function(e,f))", b"default<Oz>"]
    for count in range(len(items) + 1):
        for chosen in itertools.permutations(items, count):
            assert split(b",".join(chosen)) == chosen
