"""What a model understands of what its lists do: figures of its whole answers beside the truth.

Published work asks for counts and optimised IR beside the list, since a model that knows what a
list does names better ones (arXiv 2309.07062). These are that paper's figures of it, and what the
model's own words are worth as a ground to believe it: `confidence`.

Improvements are over -Oz, pooled: sum(-Oz) / sum(method) - 1. A list that fails counts as -Oz.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from corpus.llvm.pass_list import PassList
from trainer.bleu import corpus_bleu
from trainer.ir_faults import FAULTS
from trainer.judging.figures import improvement

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from trainer.truth import Held

THRESHOLDS: Final = (0.5, 1.0)
"""Confidences from which on answers are accepted: half of the checks hold, or all."""


@dataclass(frozen=True)
class Counts:
    """How well one count is told. `mape` is the mean of |said - true| / true, `exact` a share."""

    functions: int
    mape: float | None
    exact: float | None

    @classmethod
    def of(cls, pairs: Sequence[tuple[int, int]]) -> Counts:
        """Of pairs (said, true); what is truly 0 has no relative error and is left out."""
        told = [(said, true) for said, true in pairs if true]
        if not told:
            return cls(0, None, None)
        return cls(
            len(told),
            sum(abs(said - true) / true for said, true in told) / len(told),
            sum(said == true for said, true in told) / len(told),
        )


@dataclass(frozen=True)
class Writing:
    """How good generated IR is: shares of `texts`, and BLEU from 0 to 1 where the list works.

    `exact`: the text is what the compiler makes of the function with the answer's own list.
    `faults` counts what does not compile, by class (`ir_faults`).
    """

    texts: int
    compiles: float | None
    exact: float | None
    bleu: float | None
    faults: Mapping[str, int]


@dataclass(frozen=True)
class Selected:
    """What is reached if answers from a confidence on are accepted, and all others are -Oz."""

    confidence: float
    accepted: int
    improvement_over_oz: float
    functions_regressed: int


@dataclass(frozen=True)
class Worse:
    """Answers that are worse than -Oz, beside all others.

    `expected`: of the worse ones, the share whose own count says they are no better than -Oz.
    """

    functions: int
    instructions: int
    mape: float | None
    mape_of_others: float | None
    confidence: float | None
    confidence_of_others: float | None
    expected: float | None


@dataclass(frozen=True)
class Unseen:
    """Answers whose list no training function has, beside those whose list some has."""

    functions: int
    lists: int
    improvement_over_oz: float
    improvement_of_seen: float


@dataclass(frozen=True)
class Understanding:
    """All figures of one model's whole answers. Counts are functions unless named otherwise.

    `beaten` are functions on which the list is smaller than the search's, by `beaten_by`
    instructions in all. `passes`: how often each pass is named, by the model and by the search.
    """

    functions: int
    failed: int
    improvement_over_oz: float
    search_improvement_over_oz: float
    before: Counts
    after: Counts
    writing: Writing
    selected: Sequence[Selected]
    worse: Worse
    unseen: Unseen
    beaten: int
    beaten_by: int
    passes: Mapping[str, tuple[int, int]]

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        document = asdict(self)
        document["passes"] = [
            {"pass": name, "model": model, "search": search}
            for name, (model, search) in self.passes.items()
        ]
        return document

    def rows(self) -> list[dict[str, Any]]:
        """A line for each figure, for a person; shares and improvements are fractions."""
        writing, worse = self.writing, self.worse
        said = [
            ("improvement over -Oz", self.improvement_over_oz, self.functions),
            ("the search's improvement", self.search_improvement_over_oz, self.functions),
            ("count before: mean relative error", self.before.mape, self.before.functions),
            ("count before: exact", self.before.exact, self.before.functions),
            ("count after: mean relative error", self.after.mape, self.after.functions),
            ("count after: exact", self.after.exact, self.after.functions),
            ("IR: compiles", writing.compiles, writing.texts),
            ("IR: is the compiler's", writing.exact, writing.texts),
            ("IR: BLEU", writing.bleu, writing.texts),
            *[
                (f"IR: {name}", count / writing.texts, writing.texts)
                for name, count in writing.faults.items()
            ],
            *[
                (
                    f"improvement, confidence ≥ {one.confidence:g}",
                    one.improvement_over_oz,
                    one.accepted,
                )
                for one in self.selected
            ],
            ("worse than -Oz: confidence", worse.confidence, worse.functions),
            ("worse than -Oz: error of the count after", worse.mape, worse.functions),
            ("worse than -Oz: says so itself", worse.expected, worse.functions),
            ("lists not seen in training", self.unseen.improvement_over_oz, self.unseen.functions),
            ("beats the search", self.beaten / self.functions, self.functions),
        ]
        return [{"figure": name, "value": value, "of": of} for name, value, of in said]


def understanding(held: Sequence[Held], seen: Collection[str]) -> Understanding:
    """The figures of answers, at least one; `seen` are the lists of the training functions."""
    assert held, "no answers, no figures"
    oz = sum(one.said.oz_instructions for one in held)
    beaten = [
        one for one in held if one.after is not None and one.after < one.said.best_instructions
    ]
    return Understanding(
        functions=len(held),
        failed=sum(one.after is None for one in held),
        improvement_over_oz=_improvement(held),
        search_improvement_over_oz=improvement(oz, sum(one.said.best_instructions for one in held)),
        before=Counts.of(
            [
                (one.said.said_before, one.said.instructions)
                for one in held
                if one.said.said_before is not None
            ]
        ),
        after=_after(held),
        writing=_writing(held),
        selected=[_selected(held, threshold) for threshold in THRESHOLDS],
        worse=_worse(held),
        unseen=_unseen(held, seen),
        beaten=len(beaten),
        beaten_by=sum(one.said.best_instructions - one.reached for one in beaten),
        passes=_passes(held),
    )


def _improvement(held: Sequence[Held]) -> float:
    return improvement(
        sum(one.said.oz_instructions for one in held), sum(one.reached for one in held)
    )


def _after(held: Sequence[Held]) -> Counts:
    return Counts.of(
        [
            (one.said.said_after, one.after)
            for one in held
            if one.said.said_after is not None and one.after is not None
        ]
    )


def _writing(held: Sequence[Held]) -> Writing:
    texts = [one for one in held if one.said.written is not None]
    if not texts:
        return Writing(0, None, None, None, {})
    found = Counter(one.fault for one in texts if one.fault is not None)
    both = [(str(one.said.written), one.truth) for one in texts if one.truth is not None]
    return Writing(
        texts=len(texts),
        compiles=sum(one.fault is None for one in texts) / len(texts),
        exact=sum(one.said.written == one.truth for one in texts) / len(texts),
        bleu=corpus_bleu([written for written, _ in both], [truth for _, truth in both]),
        faults={name: found[name] for name in FAULTS if found[name]},
    )


def _selected(held: Sequence[Held], threshold: float) -> Selected:
    accepted = [
        one for one in held if one.said.confidence is not None and one.said.confidence >= threshold
    ]
    oz = sum(one.said.oz_instructions for one in held)
    saved = sum(one.said.oz_instructions - one.reached for one in accepted)
    return Selected(
        threshold,
        len(accepted),
        improvement(oz, oz - saved),
        sum(one.reached > one.said.oz_instructions for one in accepted),
    )


def _worse(held: Sequence[Held]) -> Worse:
    worse = [one for one in held if one.reached > one.said.oz_instructions]
    others = [one for one in held if one.reached <= one.said.oz_instructions]
    told = [
        one.said.said_after >= one.said.oz_instructions
        for one in worse
        if one.said.said_after is not None
    ]
    return Worse(
        functions=len(worse),
        instructions=sum(one.reached - one.said.oz_instructions for one in worse),
        mape=_after(worse).mape,
        mape_of_others=_after(others).mape,
        confidence=_mean_confidence(worse),
        confidence_of_others=_mean_confidence(others),
        expected=sum(told) / len(told) if told else None,
    )


def _mean_confidence(held: Sequence[Held]) -> float | None:
    known = [one.said.confidence for one in held if one.said.confidence is not None]
    return sum(known) / len(known) if known else None


def _unseen(held: Sequence[Held], seen: Collection[str]) -> Unseen:
    unseen = [one for one in held if one.said.pass_list not in seen]
    return Unseen(
        functions=len(unseen),
        lists=len({one.said.pass_list for one in unseen}),
        improvement_over_oz=_improvement(unseen),
        improvement_of_seen=_improvement([one for one in held if one.said.pass_list in seen]),
    )


def _passes(held: Sequence[Held]) -> dict[str, tuple[int, int]]:
    """The most frequent first, of the search and then of the model."""
    model, search = (
        Counter(name for pass_list in lists for name in PassList.parse(pass_list).elements)
        for lists in (
            [one.said.pass_list for one in held],
            [one.said.best_list for one in held],
        )
    )
    names = sorted({*model, *search}, key=lambda name: (-search[name], -model[name], name))
    return {name: (model[name], search[name]) for name in names}
