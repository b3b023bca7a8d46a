"""The compiler that methods are given: one function in one sandbox, and what was spent on it."""

from collections.abc import Sequence
from functools import cache
from typing import Self

from autotune.function_search import SearchResult
from autotune.gate.verdict import Gate
from autotune.knowledge import Known, brought
from autotune.tune_options import TuneOptions
from autotune.worker import search
from corpus.errors import BadModule
from corpus.llvm.measurement import Measurement
from corpus.llvm.passes import PassSpace
from corpus.llvm.sandbox.supervisor import ModuleLost, Sandbox, Session
from trainer.methods.base import Question


@cache
def shipped_knowledge() -> Known:
    """What a search of an unseen function may know: lists of training programs, which are shipped.

    Not what the lake has found since, in which the judged functions' own relatives may be.
    """
    return brought("instructions", PassSpace.load())


class SandboxCompiler:
    """A `Bench` on one function. Use it as a context manager: a session stays warm between lists.

    `compilations`, `cpu_s` and `gpu_s` are what was counted or charged; the CPU time of the sandbox
    is its own. The sandbox must be in no other session.
    """

    def __init__(self, sandbox: Sandbox, question: Question, gate: Gate | None = None) -> None:
        """`gate` judges what `search` finds."""
        self._sandbox = sandbox
        self._question = question
        self._gate = gate
        self._session: Session | None = None
        self.compilations = 0
        self.cpu_s = 0.0
        self.gpu_s: float | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._end()

    def measure(self, pass_lists: Sequence[str]) -> Sequence[Measurement]:
        """As the protocol says. Raises BadModule, ModuleLost and MachineFault."""
        if not pass_lists:
            return []
        self.compilations += len(pass_lists)
        return self._open().evaluate(pass_lists)

    def apply(self, pass_list: str) -> str | None:
        """As the protocol says. Raises MachineFault."""
        self.compilations += 1
        try:
            return self._open().apply(pass_list)
        except (BadModule, ModuleLost):
            return None

    def search(self, options: TuneOptions) -> SearchResult:
        """As the protocol says. Raises NoBaseline and MachineFault."""
        self._end()
        function = {
            "function_id": self._question.function_id,
            "instructions": self._question.instructions,
            "ir": self._question.ir,
        }
        known = shipped_knowledge()
        found = search(self._sandbox, PassSpace.load(), function, options, known, gate=self._gate)
        self.charge(compilations=found.compilations)
        return found

    def charge(self, *, compilations: int = 0, cpu_s: float = 0.0, gpu_s: float = 0.0) -> None:
        """As the protocol says."""
        self.compilations += compilations
        self.cpu_s += cpu_s
        if gpu_s:
            self.gpu_s = (self.gpu_s or 0.0) + gpu_s

    def _open(self) -> Session:
        if self._session is None:
            self._session = self._sandbox.session()
            self._session.load(self._question.ir.encode(errors="surrogateescape"))
        return self._session

    def _end(self) -> None:
        if self._session is not None:
            self._session.__exit__(None, None, None)
            self._session = None
