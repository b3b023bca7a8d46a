"""What a run's functions are said to want, where that is not each one's own best list.

Nine searched functions of ten have `-Oz` as their best list, and the others hundreds of different
ones, most of them once. A small model that is taught that learns to say `-Oz`, which is worth
nothing. A recipe (`trainer.recipe.Teaching`) may show it something else:

- *Fewer functions of the first kind*: others are left out, by their ids, until a share of those
  shown has a list that beats `-Oz`.
- *Common lists*: lists that won on training functions are tried on all that are shown, and each
  function is said to want the one that leaves least of it; of equals, and mostly many are, the one
  that does best on average. So few lists are named, often, and `-Oz` where none does as well.

That a common list does as well on a function as it is said to is measured in the sandbox and no
more: it was confirmed and gated where it won, not there. What a model answers is confirmed when it
is judged.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from corpus.errors import BadModule
from corpus.llvm.baselines import OZ
from corpus.llvm.sandbox.supervisor import ModuleLost, Sandbox
from corpus.llvm.toolchain import find_toolchain
from corpus.normalise import normalise
from trainer.baselines.value_matrix import value_matrix
from trainer.errors import NoLabels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from trainer.labels import Label
    from trainer.recipe import Teaching

_CANDIDATES: Final = 160
"""Winners that common lists are chosen from, those that saved most: they are tried on every shown
function that can be improved, which is most of what choosing costs."""

_MOST_NAMED: Final = 1000
"""Lists that are written down with how often they are taught: the commonest."""


@dataclass(frozen=True)
class Shown:
    """Which training functions are shown: improvable ones, and of the `others` a share by ids."""

    improvable: int
    others: int
    share_of_others: float

    @classmethod
    def of(cls, labels: Iterable[Label], improvable_share: float | None) -> Shown:
        """So that `improvable_share` of those shown are improvable, or as near as there are."""
        counts = Counter(map(is_improvable, labels))
        improvable, others = counts[True], counts[False]
        if improvable_share is None or not others:
            return cls(improvable, others, 1.0)
        wanted = improvable * (1 - improvable_share) / improvable_share
        return cls(improvable, others, min(1.0, wanted / others))

    def among(self, labels: Iterable[Label]) -> Iterator[Label]:
        """Those of them that are shown, in their order."""
        return (one for one in labels if is_improvable(one) or _place(one) < self.share_of_others)


def is_improvable(label: Label) -> bool:
    """Whether a list is known that leaves less than -Oz."""
    return label.optimised_instructions < label.oz_instructions


class CommonLists:
    """Names lists for functions; `lists` are in the order in which equals are preferred."""

    def __init__(
        self, lists: Sequence[str], order: Sequence[int], sandbox: Sandbox, kept: Path | None
    ) -> None:
        """Lists in the order in which they are tried, and their places in that of preference.

        What is measured is kept in the folder `kept`.
        """
        self.lists = tuple(lists[one] for one in order)
        self._tried = tuple(lists)
        self._order = tuple(order)
        self._sandbox = sandbox
        self._kept = kept

    @classmethod
    def chosen(
        cls,
        shown: Sequence[Label],
        most: int,
        sandbox: Sandbox,
        kept: Path | None,
        say: Callable[[str], None],
    ) -> CommonLists:
        """Up to `most` lists, -Oz among them, that together do well on the functions shown.

        Raises NoLabels where no function has a list that beats -Oz, and MachineFault.
        """
        improvable = [one for one in shown if is_improvable(one)]
        if not improvable:
            raise NoLabels(
                "no training function has a list that beats -Oz, so there is nothing to teach; "
                "search more of them with passlake tune"
            )
        tried = value_matrix(sandbox, improvable, _winners(improvable), kept, say)
        picked = _cover(tried.saved / tried.oz[:, None], most - 1)
        lists = [*(tried.lists[one] for one in picked), OZ]
        everywhere = value_matrix(sandbox, shown, lists, kept, say)
        left = np.log((everywhere.reached + 1) / (everywhere.oz[:, None] + 1)).mean(axis=0)
        say(f"{len(lists)} common lists of {len(tried.lists)} winners")
        return cls(lists, np.argsort(left, kind="stable").tolist(), sandbox, kept)

    def named(
        self, labels: Sequence[Label], say: Callable[[str], None], *, with_ir: bool
    ) -> list[Label]:
        """The labels with the common list that leaves least of each, and its count.

        With `with_ir` also its optimised text. Object bytes are those of the label's own list.
        Raises MachineFault.
        """
        matrix = value_matrix(self._sandbox, labels, self._tried, self._kept, say)
        reached = matrix.only(self._order).reached
        best = reached.argmin(axis=1)
        named = []
        for place, label in enumerate(labels):
            pass_list = self.lists[best[place]]
            text = label.optimised_text if pass_list == label.pass_list else None
            if with_ir and text is None:
                text = self._applied(label, pass_list)
            named.append(
                replace(
                    label,
                    pass_list=pass_list,
                    optimised_instructions=int(reached[place, best[place]]),
                    optimised_text=text,
                )
            )
        return named

    def _applied(self, label: Label, pass_list: str) -> str | None:
        """The function's text after a list; None where LLVM fails."""
        try:
            with self._sandbox.session() as session:
                session.load(label.ir.encode(errors="surrogateescape"))
                return normalise(session.apply(pass_list))
        except (BadModule, ModuleLost):
            return None


@dataclass(frozen=True)
class Teacher:
    """Labels as a recipe teaches them: `used` gives those of a split as the source has them.

    What lists are measured to leave is kept in the folder `kept`; `llvm` names the toolchain, if
    not the usual one. With `with_ir` labels have the optimised text of the list that is taught.
    """

    teaching: Teaching
    used: Callable[[str], Iterator[Label]]
    kept: Path
    llvm: str | None
    say: Callable[[str], None]
    with_ir: bool

    def labels(self, split: str) -> Iterator[Label]:
        """Labels of a split, in order of their ids: of held-out ones none is left out.

        Raises NoLabels and MachineFault, and where lists are tried, ToolchainMissing and
        ToolchainWrongVersion.
        """
        most = self.teaching.common_lists
        if split != "train" and not most:
            yield from self.used(split)
            return
        shown = Shown.of(self.used("train"), self.teaching.improvable_share)
        if not most:
            yield from shown.among(self.used(split))
            return
        with Sandbox(find_toolchain(self.llvm)) as sandbox:
            labels = list(shown.among(self.used("train")))
            common = CommonLists.chosen(labels, most, sandbox, self.kept, self.say)
            if split != "train":
                labels = list(self.used(split))
            yield from common.named(labels, self.say, with_ir=self.with_ir)


class Tally:
    """Counts labels as they pass: what was taught, for the run's folder and the model's card."""

    def __init__(self) -> None:
        self._better = 0
        self._named: Counter[str] = Counter()

    def counted(self, labels: Iterable[Label]) -> Iterator[Label]:
        """The same labels, in their order."""
        for one in labels:
            self._named[one.pass_list] += 1
            self._better += is_improvable(one)
            yield one

    def document(self) -> dict[str, Any]:
        """As JSON values: `better_than_oz` functions are said to want what leaves less than -Oz."""
        return {
            "functions": sum(self._named.values()),
            "better_than_oz": self._better,
            "oz": self._named[OZ],
            "lists": len(self._named),
            "named": [[one, count] for one, count in self._named.most_common(_MOST_NAMED)],
        }


def _winners(improvable: Iterable[Label]) -> list[str]:
    """Lists that won, those first that saved the largest shares of -Oz's counts."""
    saved: dict[str, float] = {}
    for one in improvable:
        share = 1 - one.optimised_instructions / one.oz_instructions
        saved[one.pass_list] = saved.get(one.pass_list, 0.0) + share
    return sorted(saved, key=lambda one: (-saved[one], len(one), one))[:_CANDIDATES]


def _cover(saved: npt.NDArray[np.float64], most: int) -> list[int]:
    """Places of up to `most` lists, each chosen by what it saves on top of those before it."""
    reached = np.zeros(len(saved))
    chosen: list[int] = []
    while len(chosen) < most:
        more = np.maximum(saved - reached[:, None], 0).sum(axis=0)
        best = int(more.argmax())
        if more[best] <= 0:
            break
        chosen.append(best)
        reached = np.maximum(reached, saved[:, best])
    return chosen


def _place(label: Label) -> float:
    """A number from 0 to 1 that depends on the id alone, and not as `data_share` does."""
    digest = blake2b(f"shown {label.function_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
