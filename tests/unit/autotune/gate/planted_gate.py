"""A gate that answers by the list alone, for tests of what becomes of its answers."""

from collections.abc import Sequence

from autotune.gate.verdict import Judgement, Kind, Verdict


class PlantedGate:
    """Refutes lists that hold one of `wrong`, on programs or on the function; others agree.

    With `unsure` nothing can be concluded of any function.
    """

    def __init__(self, *wrong: str, on_programs: bool = False, unsure: bool = False) -> None:
        self._wrong = wrong
        self._others = (Verdict.INCONCLUSIVE, 0, "unsure") if unsure else (Verdict.AGREED, 32)
        self._on_programs = on_programs
        self.asked: list[tuple[str, str]] = []
        self.cpu_s = 0.0

    def __call__(self, sandbox: object) -> "PlantedGate":
        """Stand for the gate of any sandbox."""
        del sandbox
        return self

    def judge(
        self, function_id: str, ir: str, pass_list: str, optimised_ir: str
    ) -> Sequence[Judgement]:
        """As the protocol says."""
        assert "define" in ir
        assert "define" in optimised_ir
        self.asked.append((function_id, pass_list))
        guilty = tuple(one for one in self._wrong if one in pass_list.split(","))
        agreed = Judgement(Kind.PROGRAMS, None, pass_list, Verdict.AGREED, 10)
        if guilty and self._on_programs:
            why = ("3 programs differ", ("loops", "sort", "tables"), guilty)
            return [Judgement(Kind.PROGRAMS, None, pass_list, Verdict.REFUTED, 7, *why)]
        if guilty:
            on_function = Judgement(
                Kind.FUNCTION, function_id, pass_list, Verdict.REFUTED, 3, "differs", (), (), 17
            )
            return [agreed, on_function]
        return [agreed, Judgement(Kind.FUNCTION, function_id, pass_list, *self._others)]
