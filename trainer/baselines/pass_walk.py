"""The world of AutoPhase: short walks over a function, a pass added to its list at every step.

An episode is 45 steps: nine walks of five, each from the function as it came, since lists that do
well are short and what a walk did wrong no later pass mends. What an episode has reached is the
smallest size on any of its walks.

An observation is the function's 56 features as it is now, as the log of 1 + each; how often each
action was taken, as a share of the steps; which were tried where the function is now; and how far
walk and episode are, and sizes: of the function now and of the smallest so far, against what came,
and against each other, as logarithms.

A pass that fails leaves the function as it was; the step is spent. What left a function as it is
would do so again, so an action is *open* unless that was seen of it there; where none is left, all
are.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from corpus.autophase_features import FEATURES, TOTAL_INSTRUCTIONS, autophase_features
from corpus.llvm.baselines import OZ

STEPS = 45
"""Of one episode, as the paper's: as many compilations."""

WALK = 5
"""Steps of one walk. More than nine tenths of what winners save come from lists no longer."""

_PLACES = 6
"""Numbers that say where episode and walk are."""

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


class PassWalks:
    """One episode on one function."""

    def __init__(
        self,
        ir: str,
        actions: Sequence[str],
        apply: Callable[[str], str | None],
        observer: Observer,
    ) -> None:
        """`apply` gives the function's text after a list, None where it fails."""
        self._ir = ir
        self._actions = actions
        self._apply = apply
        self._observer = observer
        self._steps = 0
        self._counts = np.zeros(len(actions), dtype=np.float32)
        self._tried_at: dict[str, NDArray[np.bool_]] = {}
        self._idle_at: dict[str, NDArray[np.bool_]] = {}
        self._best: tuple[str, ...] = ()
        self._start()
        self._came = self.fewest = self.instructions

    @property
    def best(self) -> str:
        """The shortest of the beginnings after which the function was smallest, the first of these.

        Where no pass made it smaller there is none to name, and it is -Oz.
        """
        return ",".join(self._best) or OZ

    def observation(self) -> Floats:
        """What a policy sees, `width(actions)` numbers."""
        at = self._steps % WALK
        places = [
            float(at == 0),
            at / WALK,
            self._steps / STEPS,
            np.log(self.instructions / self._came),
            np.log(self.fewest / self._came),
            np.log(self.instructions / self.fewest),
        ]
        features = np.log1p(np.asarray(self._features, dtype=np.float32))
        tried = self._tried_at[self._text]
        return np.concatenate(
            [features, self._counts / STEPS, tried, np.array(places)], dtype=np.float32
        )

    def open(self) -> NDArray[np.bool_]:
        """Which actions may change something here; all of them where none does."""
        able = ~self._idle_at[self._text]
        return able if able.any() else ~able

    def step(self, action: int) -> None:
        """Add a pass; after the last one of a walk the next begins."""
        self._steps += 1
        self._counts[action] += 1
        self._tried_at[self._text][action] = True
        after = self._apply(",".join([*self._taken, self._actions[action]]))
        if after is None or after == self._text:
            self._idle_at[self._text][action] = True
        else:
            self._taken.append(self._actions[action])
            self._stand(after)
            if self.instructions < self.fewest:
                self.fewest = self.instructions
                self._best = tuple(self._taken)
        if self._steps % WALK == 0:
            self._start()

    def _start(self) -> None:
        self._taken: list[str] = []
        self._stand(self._ir)

    def _stand(self, text: str) -> None:
        self._text = text
        for known in (self._tried_at, self._idle_at):
            known.setdefault(text, np.zeros(len(self._actions), dtype=np.bool_))
        self._features = self._observer.features(text)
        self.instructions = self._features[TOTAL_INSTRUCTIONS]


def width(actions: Sequence[str]) -> int:
    """Numbers in an observation."""
    return len(FEATURES) + 2 * len(actions) + _PLACES
