"""How a search comes to its answer where a gate judges: planted judges, real opt and sandbox."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest

from autotune import settle
from autotune.gate.verdict import Gate, Judgement, Kind, Verdict
from autotune.search.base import Evaluation, PassIds
from autotune.search.minimise import Shortest
from autotune.settle import MOST_CONFIRMATIONS, MOST_REFUTATIONS, Searched, Settling, Winner
from corpus.golden import golden_functions
from corpus.llvm.baselines import OZ
from corpus.llvm.passes import PassSpace
from corpus.llvm.reference import Reference, refer
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import find_toolchain

IR = {one.name: one.ir for one in golden_functions()}["fibonacci"]
SPACE = PassSpace.load()
TEXTS = [one.text for one in SPACE.passes]
SROA, MEM2REG, JUMPS = "function(sroa)", "function(mem2reg)", "function(jump-threading)"
FILLERS = [one.text for one in SPACE.paper()[0] if one.level == "function"][:60]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(find_toolchain()) as sandbox:
        yield sandbox


class Planted:
    """A gate that answers by the list alone, and remembers what it was asked."""

    def __init__(
        self, on_function: Callable[[str], Verdict], *, guilty: Sequence[str] | None = None
    ) -> None:
        """With `guilty` what is refuted is refuted on programs, by these passes."""
        self._on_function = on_function
        self._guilty = guilty
        self.asked: list[str] = []

    def judge(
        self, function_id: str, ir: str, pass_list: str, optimised_ir: str
    ) -> Sequence[Judgement]:
        assert ir == IR
        assert optimised_ir.startswith(("; ModuleID", "source_filename", "define", "target"))
        self.asked.append(pass_list)
        verdict = self._on_function(pass_list)
        reason = "" if verdict is Verdict.AGREED else "planted"
        if verdict is Verdict.REFUTED and self._guilty is not None:
            wrong = tuple(self._guilty)
            return [Judgement(Kind.PROGRAMS, None, pass_list, verdict, 9, reason, ("loop",), wrong)]
        return [
            Judgement(Kind.PROGRAMS, None, pass_list, Verdict.AGREED, 10),
            Judgement(Kind.FUNCTION, function_id, pass_list, verdict, 32, reason),
        ]


def ids(*texts: str) -> PassIds:
    return tuple(SPACE.by_text[text].pass_id for text in texts)


def searched(sandbox: Sandbox, *lists: Sequence[str]) -> Searched:
    """The golden function with the evaluations of these lists."""
    with sandbox.session() as session:
        session.load(IR.encode())
        (oz,) = session.evaluate([OZ], with_object=True)
        found = session.evaluate([",".join(one) for one in lists])
    told = [Evaluation(ids(*one), said) for one, said in zip(lists, found, strict=True)]
    return Searched("f1", IR, TEXTS, "instructions", oz, told)


def answer(
    sandbox: Sandbox, gate: Gate | None, *lists: Sequence[str], refuted: Sequence[PassIds] = ()
) -> tuple[Winner, Settling]:
    settling = Settling(sandbox, searched(sandbox, *lists), gate, refuted)
    return settling.settled(), settling


@pytest.mark.parametrize("verdict", [Verdict.AGREED, Verdict.INCONCLUSIVE])
def test_a_winner_carries_what_was_found_of_its_function(
    sandbox: Sandbox, verdict: Verdict
) -> None:
    winner, settling = answer(sandbox, Planted(lambda _: verdict), [SROA, JUMPS])
    assert (winner.pass_list, winner.gate) == (f"{SROA},{JUMPS}", verdict)
    assert [one.kind for one in settling.judgements] == [Kind.PROGRAMS, Kind.FUNCTION]


def test_without_a_gate_a_winner_was_not_judged(sandbox: Sandbox) -> None:
    winner, settling = answer(sandbox, None, [SROA, JUMPS])
    assert (winner.gate, settling.judgements) == ("not_run", [])


def test_oz_is_not_judged(sandbox: Sandbox) -> None:
    gate = Planted(lambda _: Verdict.REFUTED)
    winner, settling = answer(sandbox, gate, ["function(simplifycfg)"])
    assert (winner.pass_list, winner.gate) == (OZ, "same_as_oz")
    assert (gate.asked, settling.judgements) == ([], [])


def test_a_refuted_winner_makes_room_for_the_next_best(sandbox: Sandbox) -> None:
    gate = Planted(lambda one: Verdict.REFUTED if MEM2REG in one else Verdict.AGREED)
    winner, settling = answer(sandbox, gate, [MEM2REG, JUMPS], [SROA])
    assert gate.asked == [f"{MEM2REG},{JUMPS}", SROA]
    assert (winner.pass_list, winner.gate) == (SROA, "agreed")
    refuted = [one for one in settling.judgements if one.refutes]
    assert [(one.function_id, one.pass_list) for one in refuted] == [("f1", gate.asked[0])]


def test_where_every_candidate_is_refuted_oz_stands(sandbox: Sandbox) -> None:
    gate = Planted(lambda _: Verdict.REFUTED)
    winner, _ = answer(sandbox, gate, [MEM2REG, JUMPS], [SROA, JUMPS])
    assert (winner.pass_list, winner.gate, winner.stable) == (OZ, "same_as_oz", None)


def test_what_reaches_the_state_of_a_refuted_list_is_passed_over(sandbox: Sandbox) -> None:
    """mem2reg and sroa leave the same module, so a judge of one has judged both."""
    gate = Planted(lambda _: Verdict.REFUTED)
    answer(sandbox, gate, [MEM2REG, JUMPS], [SROA, JUMPS])
    assert gate.asked == [f"{MEM2REG},{JUMPS}"]


def test_what_holds_a_refuted_lists_passes_in_their_order_is_passed_over(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def refused(*given: object) -> Reference:
        tried.append(given[-1])
        return replace(refer(*given), stable=False)

    monkeypatch.setattr(settle, "refer", refused)
    answer(sandbox, None, [SROA, FILLERS[0], JUMPS], refuted=[ids(SROA, JUMPS)])
    assert tried == []
    answer(sandbox, None, [SROA, FILLERS[0], JUMPS], refuted=[ids(JUMPS, SROA)])
    assert tried == [f"{SROA},{JUMPS}"]


def test_the_guilty_passes_of_a_list_refuted_on_programs_are_passed_over_alone(
    sandbox: Sandbox,
) -> None:
    gate = Planted(lambda _: Verdict.REFUTED, guilty=[JUMPS])
    answer(sandbox, gate, [MEM2REG, JUMPS], [SROA, "function(adce)", JUMPS, "function(gvn)"])
    assert len(gate.asked) == 1


def test_refuted_candidates_let_so_many_more_be_tried_and_then_oz_stands(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every list leaves a state of its own and none holds another: nothing is passed over."""
    monkeypatch.setattr(settle, "shortest", lambda one, *_: Shortest(one, 0))
    monkeypatch.setattr(settle, "_holds", lambda *_: False)
    gate = Planted(lambda _: Verdict.REFUTED)
    plain = searched(sandbox, *([MEM2REG, JUMPS, one] for one in FILLERS))
    told = [
        replace(one, measurement=replace(one.measurement, state_hash=number))
        for number, one in enumerate(plain.evaluations)
    ]
    confirm = settle.refer

    def distinct(*given: object) -> Reference:
        said = confirm(*given)
        return replace(said, measurement=replace(said.measurement, state_hash=hash(given[-1])))

    monkeypatch.setattr(settle, "refer", distinct)
    settling = Settling(sandbox, replace(plain, evaluations=told), gate)
    assert settling.settled().pass_list == OZ
    assert len(gate.asked) == MOST_CONFIRMATIONS + MOST_REFUTATIONS


def test_a_list_that_opt_does_not_repeat_is_a_judgement_and_no_label(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirm = settle.refer

    def unstable(*given: object) -> Reference:
        said = confirm(*given)
        last = replace(said.measurement, instructions=99)
        return replace(said, stable=False, last=last)

    monkeypatch.setattr(settle, "refer", unstable)
    gate = Planted(lambda _: Verdict.AGREED)
    winner, settling = answer(sandbox, gate, [SROA, JUMPS])
    assert (winner.pass_list, gate.asked) == (OZ, [])
    (judgement,) = settling.judgements
    assert (judgement.kind, judgement.verdict) == (Kind.STABILITY, Verdict.REFUTED)
    assert judgement.reason.startswith("opt gave ")
    assert ", then 99 instructions" in judgement.reason


def test_compilations_of_the_way_to_an_answer_are_counted(sandbox: Sandbox) -> None:
    _, settling = answer(sandbox, None, [SROA, JUMPS])
    assert settling.compilations == 2 + 2  # two passes to drop, and two processes of opt
