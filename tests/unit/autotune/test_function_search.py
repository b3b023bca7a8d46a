from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from autotune import function_search, settle
from autotune.function_search import (
    Budget,
    NoBaseline,
    SearchResult,
    search_function,
)
from autotune.search.base import Evaluation, PassIds, Problem, Strategy
from autotune.search.minimise import Shortest
from autotune.search.random_search import RandomSearch
from corpus.golden import golden_functions
from corpus.llvm.baselines import OZ, without_size_attributes
from corpus.llvm.measurement import Outcome
from corpus.llvm.passes import Pass, PassSpace
from corpus.llvm.reference import RUNS, Reference, measure_with_opt
from corpus.llvm.sandbox.supervisor import Limits, Sandbox
from corpus.llvm.toolchain import find_toolchain

IR = {one.name: one.ir for one in golden_functions()}
SPACE = PassSpace.load()
TOOLCHAIN = find_toolchain()

SROA, JUMPS = "function(sroa)", "function(jump-threading)"
SIMPLIFY = "function(simplifycfg)"
NO_MEMSSA = "function(loop(licm))"  # LLVM itself aborts: LICM requires MemorySSA
LOSES_ALL = "internalize,globaldce"
DANGEROUS = replace(
    SPACE,
    passes=(
        *SPACE.passes,
        Pass(len(SPACE.passes), NO_MEMSSA, "licm", "loop", None),
        Pass(len(SPACE.passes) + 1, LOSES_ALL, "internalize", "module", None),
        Pass(len(SPACE.passes) + 2, "no-such-pass", "no-such-pass", "module", None),
    ),
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(TOOLCHAIN) as sandbox:
        yield sandbox


class Listed:
    """A strategy that tries given lists, then has no more, and remembers what it was told."""

    name = "listed"

    def __init__(self, *lists: Sequence[str], space: PassSpace = SPACE) -> None:
        self._left = [tuple(space.by_text[text].pass_id for text in one) for one in lists]
        self.told: list[Evaluation] = []

    def ask(self, count: int) -> Sequence[PassIds]:
        asked, self._left = self._left[:count], self._left[count:]
        return asked

    def tell(self, evaluations: Sequence[Evaluation]) -> None:
        self.told += evaluations

    def state(self) -> object:
        raise NotImplementedError

    def restore(self, state: object) -> None:
        raise NotImplementedError


def random_search(seed: int) -> RandomSearch:
    return RandomSearch(Problem(SPACE, seed, instructions=10, objective="instructions", oz=5))


def search(  # noqa: PLR0913 - as what it stands for
    sandbox: Sandbox,
    function: str,
    strategy: Strategy,
    *,
    objective: str = "instructions",
    evaluations: int = 1000,
    space: PassSpace = SPACE,
) -> SearchResult:
    budget = Budget(evaluations, None)
    return search_function(
        sandbox, space, lambda _: strategy, IR[function], objective=objective, budget=budget
    )


def test_a_list_that_beats_oz_wins_as_the_real_opt_confirms_it(sandbox: Sandbox) -> None:
    result = search(sandbox, "fibonacci", Listed([OZ], [SROA, JUMPS], [SROA]))
    assert result.winner.pass_list == f"{SROA},{JUMPS}"
    assert result.winner.num_passes == 2
    assert result.winner.stable is True
    assert result.winner.measurement.instructions is not None
    assert result.oz.instructions is not None
    assert result.winner.measurement.instructions < result.oz.instructions
    with sandbox.session() as session:
        said = measure_with_opt(session, TOOLCHAIN, IR["fibonacci"], result.winner.pass_list)
        optimised = session.measure(result.winner.optimised_ir)
    assert (said.instructions, said.object_bytes) == (
        result.winner.measurement.instructions,
        result.winner.measurement.object_bytes,
    )
    assert (optimised.instructions, optimised.object_bytes) == (
        said.instructions,
        said.object_bytes,
    )


def test_passes_that_do_not_matter_leave_the_winner(sandbox: Sandbox) -> None:
    padded = [SIMPLIFY, SROA, SIMPLIFY, JUMPS, "function(adce)", "function(adce)"]
    result = search(sandbox, "fibonacci", Listed(padded))
    assert result.winner.num_passes == 2
    assert result.evaluations[0].measurement.instructions == result.winner.measurement.instructions


def test_where_nothing_beats_oz_the_answer_is_oz_and_nothing_is_claimed(sandbox: Sandbox) -> None:
    result = search(sandbox, "fibonacci", Listed([SIMPLIFY], [OZ], ["default<O3>"]))
    assert (result.winner.pass_list, result.winner.num_passes) == (OZ, 1)
    assert result.winner.stable is None
    assert result.winner.measurement == result.oz
    with sandbox.session() as session:
        assert session.measure(result.winner.optimised_ir).instructions == result.oz.instructions


def test_the_baselines_are_what_opt_says_with_and_without_size_attributes(sandbox: Sandbox) -> None:
    result = search(sandbox, "life_step", Listed())
    plain = without_size_attributes(IR["life_step"])
    with sandbox.session() as session:
        oz = measure_with_opt(session, TOOLCHAIN, IR["life_step"], OZ)
        oz_plain = measure_with_opt(session, TOOLCHAIN, plain, OZ)
    assert result.oz.instructions == oz.instructions
    assert result.oz.object_bytes == oz.object_bytes
    assert result.oz_plain.instructions == oz_plain.instructions
    assert result.oz_plain.object_bytes == oz_plain.object_bytes
    assert oz.instructions != oz_plain.instructions


def test_bytes_can_be_what_counts(sandbox: Sandbox) -> None:
    lists = ([SROA, SIMPLIFY], ["default<O1>"], [OZ])
    result = search(sandbox, "print_table", Listed(*lists), objective="object_bytes")
    assert result.winner.pass_list == SROA  # simplifycfg saves instructions, but no bytes
    sizes = [one.measurement.object_bytes for one in result.evaluations]
    assert result.winner.measurement.object_bytes == sizes[0]
    assert sizes[2] == result.oz.object_bytes
    assert sizes[0] == min(size for size in sizes if size is not None)


def test_object_bytes_are_not_measured_where_instructions_count(sandbox: Sandbox) -> None:
    result = search(sandbox, "fibonacci", Listed([SROA]))
    assert result.evaluations[0].measurement.object_bytes is None
    assert result.winner.measurement.object_bytes


def test_failures_are_stored_in_their_places_and_never_win(sandbox: Sandbox) -> None:
    strategy = Listed(
        [SROA], [NO_MEMSSA], [SROA, LOSES_ALL], ["no-such-pass"], [SIMPLIFY, SROA], space=DANGEROUS
    )
    result = search(sandbox, "sum", strategy, space=DANGEROUS)
    assert [one.measurement.outcome for one in result.evaluations] == [
        Outcome.OK,
        Outcome.CRASHED,
        Outcome.INVALID,
        Outcome.REJECTED,
        Outcome.OK,
    ]
    assert strategy.told == list(result.evaluations)
    assert result.winner.pass_list == f"{SIMPLIFY},{SROA}"


@pytest.mark.parametrize("evaluations", [0, 1, 64, 65, 150])
def test_the_budget_in_evaluations_is_kept_exactly(evaluations: int, sandbox: Sandbox) -> None:
    result = search(sandbox, "sign", random_search(7), evaluations=evaluations)
    assert len(result.evaluations) == evaluations
    assert result.compilations >= evaluations + 2


def test_a_budget_in_seconds_ends_with_the_batch_in_which_they_are_spent(sandbox: Sandbox) -> None:
    strategy = random_search(7)
    result = search_function(
        sandbox,
        SPACE,
        lambda _: strategy,
        IR["sign"],
        objective="instructions",
        budget=Budget(None, 0.05),
    )
    spent_s = sum(one.measurement.cpu_us for one in result.evaluations[: -function_search.BATCH])
    assert spent_s / 1e6 < 0.05
    assert len(result.evaluations) % function_search.BATCH == 0
    assert result.evaluations


def test_compilations_count_all_that_was_compiled(sandbox: Sandbox) -> None:
    nothing_found = search(sandbox, "fibonacci", Listed([SIMPLIFY], [SIMPLIFY]))
    assert nothing_found.compilations == 2 + 2  # the baselines and what was asked for
    found = search(sandbox, "fibonacci", Listed([SROA, JUMPS]))
    assert found.compilations == 2 + 1 + 2 + RUNS  # two passes to drop, neither of which can go


def test_the_same_search_again_is_the_same(sandbox: Sandbox) -> None:
    first, again = (
        search(sandbox, "next_word", random_search(1), evaluations=100) for _ in range(2)
    )

    def without_times(result: SearchResult) -> list[Evaluation]:
        return [
            replace(one, measurement=replace(one.measurement, cpu_us=0))
            for one in result.evaluations
        ]

    assert without_times(first) == without_times(again)
    assert first.winner.pass_list == again.winner.pass_list
    assert first.compilations == again.compilations


def test_a_list_that_opt_does_not_repeat_makes_room_for_the_next_best(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirm, asked = settle.refer, []

    def unstable_at_first(*given: object) -> Reference:
        asked.append(given[-1])
        return replace(confirm(*given), stable=len(asked) > 1)

    monkeypatch.setattr(settle, "refer", unstable_at_first)
    strategy = Listed([SROA, JUMPS], ["function(mem2reg)", JUMPS])
    result = search(sandbox, "fibonacci", strategy)
    assert asked == [f"function(mem2reg),{JUMPS}", f"{SROA},{JUMPS}"]
    assert result.winner.pass_list == asked[1]


@pytest.mark.parametrize(("more", "wins"), [(1, f"{SROA},{JUMPS}"), (0, None)])
def test_a_list_that_opt_counts_higher_gives_the_next_its_turn(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, more: int, wins: str | None
) -> None:
    confirm, asked = settle.refer, []

    def higher_at_first(*given: object) -> Reference:
        asked.append(given[-1])
        said = confirm(*given)
        count = (said.measurement.instructions or 0) + more * (len(asked) == 1)
        return replace(said, measurement=replace(said.measurement, instructions=count))

    monkeypatch.setattr(settle, "refer", higher_at_first)
    strategy = Listed([SROA, JUMPS], ["function(mem2reg)", JUMPS])
    result = search(sandbox, "fibonacci", strategy)
    assert result.winner.pass_list == (wins or asked[0])
    assert len(asked) == 1 + more


def test_after_so_many_refusals_oz_is_settled_for(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def never_stable(*given: object) -> Reference:
        asked.append(given[-1])
        return Reference(said := measure_with_opt(*given), stable=False, runs=1, last=said)

    monkeypatch.setattr(settle, "refer", never_stable)
    monkeypatch.setattr(settle, "shortest", lambda best, *_: Shortest(best, 0))
    fillers = [one.text for one in SPACE.paper()[0] if one.level == "function"]
    strategy = Listed(*([SROA, JUMPS, filler] for filler in fillers[:40]))
    result = search(sandbox, "fibonacci", strategy)
    assert len(asked) == len(set(asked)) == settle.MOST_CONFIRMATIONS
    assert result.winner.pass_list == OZ


def test_lists_that_come_down_to_the_same_are_confirmed_once(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def never_stable(*given: object) -> Reference:
        asked.append(given[-1])
        return Reference(said := measure_with_opt(*given), stable=False, runs=1, last=said)

    monkeypatch.setattr(settle, "refer", never_stable)
    strategy = Listed(*([SROA, *["function(adce)"] * many, JUMPS] for many in range(4)))
    search(sandbox, "fibonacci", strategy)
    assert asked == [f"{SROA},{JUMPS}"]


def test_a_function_on_which_oz_does_not_end_has_no_baseline() -> None:
    body = "".join(
        f"  %p{i} = getelementptr i32, ptr %a, i64 %x{i}\n  %v{i} = load i32, ptr %p{i}\n"
        f"  %x{i + 1} = sext i32 %v{i} to i64\n  store i32 {i}, ptr %p{i}\n"
        for i in range(8000)
    )
    ir = f"define i64 @f(ptr %a, i64 %x0) {{\n{body}  ret i64 %x8000\n}}\n"
    with (
        Sandbox(TOOLCHAIN, Limits(evaluation_wall_s=0.2)) as sandbox,
        pytest.raises(NoBaseline, match=r"default<Oz> timed_out: no answer in 0\.2 s"),
    ):
        search_function(
            sandbox,
            SPACE,
            lambda _: Listed(),
            ir,
            objective="instructions",
            budget=Budget(1, None),
        )
