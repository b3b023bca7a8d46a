"""What sessions spent, and what they did not have to do twice."""

from dataclasses import astuple, dataclass

from corpus.llvm.sandbox.protocol import Spent


@dataclass(frozen=True)
class Savings:
    """What a number of evaluations did not run again.

    `evaluations` were answered, with `asked` items in their lists, of which `ran` were run. The
    others were known: `by_prefix`, as a beginning that lists share; `by_no_op`, as a pass that
    changes nothing in its state; `by_state`, from another way to the same state. `saved_s`: the
    seconds that the passes of these took when they were run.
    """

    evaluations: int = 0
    asked: int = 0
    ran: int = 0
    by_prefix: int = 0
    by_no_op: int = 0
    by_state: int = 0
    saved_s: float = 0.0

    def __add__(self, other: "Savings") -> "Savings":
        """Both together."""
        pairs = zip(astuple(self), astuple(other), strict=True)
        return Savings(*(one + another for one, another in pairs))

    def __sub__(self, earlier: "Savings") -> "Savings":
        """What came after `earlier`."""
        pairs = zip(astuple(self), astuple(earlier), strict=True)
        return Savings(*(one - another for one, another in pairs))


class Meter:
    """Adds up the costs of evaluations: wall nanoseconds by part, and what was not run again."""

    def __init__(self) -> None:
        self.clone_ns = self.passes_ns = self.rest_ns = 0
        self._evaluations = self._saved_ns = 0
        self._asked = self._ran = self._by_prefix = self._by_no_op = self._by_state = 0

    def add(self, spent: Spent) -> None:
        """Count one evaluation."""
        _, clone_ns, passes_ns, rest_ns, saved_ns, asked, ran, prefix, no_op, state = spent
        self.clone_ns += clone_ns
        self.passes_ns += passes_ns
        self.rest_ns += rest_ns
        self._evaluations += 1
        self._saved_ns += saved_ns
        self._asked += asked
        self._ran += ran
        self._by_prefix += prefix
        self._by_no_op += no_op
        self._by_state += state

    @property
    def savings(self) -> Savings:
        """All so far."""
        return Savings(
            self._evaluations,
            self._asked,
            self._ran,
            self._by_prefix,
            self._by_no_op,
            self._by_state,
            self._saved_ns / 1e9,
        )
