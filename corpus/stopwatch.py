"""Where a task's processor time goes, stage by stage: its own, its tools' and its sandbox's.

Reading three clocks takes about a microsecond; a function passes five stages, and costs a thousand.
"""

import resource
import time
from collections import Counter

from corpus.llvm.sandbox.supervisor import Session


class Stopwatch:
    """Charges the time since the last lap to the stage that a lap names."""

    def __init__(self, session: Session) -> None:
        """Start."""
        self.spent_ns: Counter[str] = Counter()
        self._session = session
        self._last_ns = self._now_ns()

    def lap(self, stage: str) -> None:
        """What was done since the last lap was this stage."""
        now_ns = self._now_ns()
        self.spent_ns[stage] += now_ns - self._last_ns
        self._last_ns = now_ns

    @property
    def spent_s(self) -> dict[str, float]:
        """CPU seconds by stage, in the order in which stages first ended."""
        return {stage: spent_ns / 1e9 for stage, spent_ns in self.spent_ns.items()}

    def _now_ns(self) -> int:
        tools = resource.getrusage(resource.RUSAGE_CHILDREN)
        tools_s = tools.ru_utime + tools.ru_stime
        return time.process_time_ns() + self._session.cpu_ns + round(tools_s * 1e9)
