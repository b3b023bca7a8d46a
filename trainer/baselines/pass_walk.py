"""The world of AutoPhase: a function, to whose pass list one pass is added at a time.

An observation is the function's 56 features as it is now, the log of 1 + each, how often each
action was taken, as a share of the steps, and which were taken since the function last changed. A
pass that fails leaves the function as it was; the step is spent. What left the function as it is
would do so again, so an action is *open* unless it was taken since the last change; where none is
left, all are.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from corpus.autophase_features import FEATURES, TOTAL_INSTRUCTIONS, autophase_features
from corpus.llvm.baselines import OZ

STEPS = 45
"""Of one walk, as the paper's: as many compilations."""

Floats = NDArray[np.float32]


class Observer:
    """Features of texts, each text counted once."""

    def __init__(self) -> None:
        self._known: dict[str, list[int]] = {}

    def features(self, ir: str) -> list[int]:
        """The 56 counts."""
        found = self._known.get(ir)
        if found is None:
            found = self._known[ir] = autophase_features(ir)
        return found


class PassWalk:
    """One walk over one function."""

    def __init__(
        self,
        ir: str,
        actions: Sequence[str],
        apply: Callable[[str], str | None],
        observer: Observer,
    ) -> None:
        """`apply` gives the function's text after a list, None where it fails."""
        self._actions = actions
        self._apply = apply
        self._observer = observer
        self._taken: list[str] = []
        self._counts = np.zeros(len(actions), dtype=np.float32)
        self._idle = np.zeros(len(actions), dtype=np.float32)
        self._text = ir
        self._features = observer.features(ir)
        self.instructions = self._features[TOTAL_INSTRUCTIONS]
        self.fewest = self.instructions
        self._best: tuple[str, ...] = ()

    @property
    def best(self) -> str:
        """The shortest of the beginnings after which the function was smallest.

        Where no pass made it smaller there is none to name, and it is -Oz.
        """
        return ",".join(self._best) or OZ

    def observation(self) -> Floats:
        """What a policy sees, `width(actions)` numbers."""
        features = np.log1p(np.asarray(self._features, dtype=np.float32))
        return np.concatenate([features, self._counts / STEPS, self._idle])

    def open(self) -> NDArray[np.bool_]:
        """Which actions may change something; all of them where none does any more."""
        able: NDArray[np.bool_] = self._idle == 0
        return able if able.any() else ~able

    def step(self, action: int) -> int:
        """Add a pass. Returns by how many instructions the smallest size so far went down."""
        self._counts[action] += 1
        after = self._apply(",".join([*self._taken, self._actions[action]]))
        if after is None or after == self._text:
            self._idle[action] = 1
            return 0
        self._text = after
        self._idle[:] = 0
        self._taken.append(self._actions[action])
        self._features = self._observer.features(after)
        self.instructions = self._features[TOTAL_INSTRUCTIONS]
        gained = max(0, self.fewest - self.instructions)
        if gained:
            self.fewest = self.instructions
            self._best = tuple(self._taken)
        return gained


def width(actions: Sequence[str]) -> int:
    """Numbers in an observation."""
    return len(FEATURES) + 2 * len(actions)
