"""What the gate says of a pass list, and the row that keeps it.

Three kinds of judgement. *programs*: the list was applied to programs that check themselves; a
refutation holds for every function. *function*: one function was executed before and after the list
on generated inputs. *stability*: processes of the real `opt` do not count the same after the list,
so no count of it can be a label; it is found by chance, and so are its rows.

A winner is `agreed` where its own function agreed and the programs did not refute its list. That
programs agree says nothing of the function, so alone it makes no label agreed.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from autotune.gate.programs import GATE_VERSION
from warehouse.provenance import code_version

NOT_RUN = "not_run"
"""The gate's state of a winner that nobody judged."""

SAME_AS_OZ = "same_as_oz"
"""The gate's state of -Oz itself: nothing is claimed, so there is nothing to judge."""


class Verdict(StrEnum):
    """What was found; never more is claimed than this."""

    AGREED = "agreed"
    INCONCLUSIVE = "inconclusive"
    REFUTED = "refuted"


class Kind(StrEnum):
    """How it was found."""

    PROGRAMS = "programs"
    FUNCTION = "function"
    STABILITY = "stability"


@dataclass(frozen=True)
class Judgement:
    """One judgement on one list.

    `function_id` is None where the list was judged on programs. `inputs`: on how many inputs, or
    programs, before and after agree. `reason` is empty for agreed. `programs` refute the list and
    `guilty` is its shortest sub-list that still does; `input_seed` names the input that shows the
    difference.
    """

    kind: Kind
    function_id: str | None
    pass_list: str
    verdict: Verdict
    inputs: int = 0
    reason: str = ""
    programs: tuple[str, ...] = ()
    guilty: tuple[str, ...] = ()
    input_seed: int | None = None

    def __post_init__(self) -> None:
        assert (self.function_id is None) == (self.kind is Kind.PROGRAMS), self
        assert (self.reason == "") == (self.verdict is Verdict.AGREED), self

    @property
    def refutes(self) -> bool:
        """Whether the list must not be a label, here or anywhere."""
        return self.verdict is Verdict.REFUTED

    def verdict_id(self, toolchain: str) -> str:
        """16 hex digits that name what was judged, by which gate, and what came of it.

        The same judgement in two campaigns has the same id.
        """
        content = [
            self.kind,
            self.function_id,
            self.pass_list,
            self.verdict,
            toolchain,
            GATE_VERSION,
        ]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]


class Gate(Protocol):
    """Who judges the winners of a search."""

    def judge(
        self, function_id: str, ir: str, pass_list: str, optimised_ir: str
    ) -> Sequence[Judgement]:
        """What is found of a list on a function, `optimised_ir` being what `opt` made of `ir`.

        The same for the same arguments. Raises MachineFault.
        """
        ...


def state_of(judgements: Iterable[Judgement]) -> str:
    """The gate's state of a winner that was judged so and not refuted."""
    on_function = [one.verdict for one in judgements if one.kind is Kind.FUNCTION]
    return on_function[-1].value if on_function else NOT_RUN


def verdict_row(
    judgement: Judgement,
    *,
    toolchain: str,
    campaign_id: str | None,
    task_id: str,
    decided_at: datetime,
) -> Mapping[str, Any]:
    """The row of `verdicts`; `toolchain` is a fingerprint."""
    return {
        "verdict_id": judgement.verdict_id(toolchain),
        "campaign_id": campaign_id,
        "function_id": judgement.function_id,
        "pass_list": judgement.pass_list,
        "verdict": judgement.verdict.value,
        "kind": judgement.kind.value,
        "inputs": judgement.inputs,
        "reason": judgement.reason,
        "programs": list(judgement.programs),
        "guilty": list(judgement.guilty),
        "input_seed": judgement.input_seed,
        "gate_version": GATE_VERSION,
        "decided_at": decided_at,
        "toolchain": toolchain,
        "code_version": code_version(),
        "task_id": task_id,
    }
