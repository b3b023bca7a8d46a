"""What an answer is worth: the real `opt` applies it, twice, and what beats -Oz is executed.

An answer counts as -Oz, and is refused, where it fails, where processes of `opt` do not count the
same after it, where external symbols change or a body is emptied, and where the gate refutes it.

Only what has fewer instructions than -Oz is gated. A list that leaves as many or more claims no
gain: if it is wrong, its row shows a loss or nothing, and executing it would cost ten times what
counting it does. So a method's regressions may hold wrong code, its gains hold none that is known.

Equal pairs of function and list are confirmed and gated once: what was found is kept on disk, where
all workers find it, under the versions of gate and toolchain. No result depends on whether it was.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, Final

from autotune.gate.cache import GateCache
from autotune.gate.function import WholeGate
from autotune.gate.programs import GATE_VERSION
from autotune.gate.verdict import NOT_RUN, SAME_AS_OZ, Judgement, Kind, Verdict, state_of
from autotune.settle import unstable
from corpus.llvm.baselines import OZ, without_size_attributes
from corpus.llvm.measurement import Measurement, Outcome
from corpus.llvm.reference import Reference, refer
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.sources.cache import cache_folder

JUDGE_VERSION: Final = 1
"""Raised when the same answers would be judged otherwise: what was found before is void then."""

_PLAIN: Final = "without size attributes: "
"""Before a list in the cache's keys; no pass list begins so."""

_LONGEST: Final = 100_000
"""Characters; Linux takes 131,072 bytes for one argument of a process."""


@dataclass(frozen=True)
class Standing:
    """What one list is worth on one function.

    `instructions`, `object_bytes` and `state_hash` are as `opt` left it, None unless it was ok.
    `refused` says why it does not count, None where it does; `gate` is as `judgements.gate`.
    """

    outcome: str
    instructions: int | None
    object_bytes: int | None
    state_hash: int | None
    refused: str | None
    gate: str
    judgements: tuple[Judgement, ...] = ()


@dataclass(frozen=True)
class Baseline:
    """What -Oz makes of a function, with its size attributes and without."""

    oz: Standing
    oz_instructions: int
    oz_object_bytes: int
    oz_plain_instructions: int


class AnswerRuler:
    """Confirms and gates; one per worker, as the sandbox that it uses, which is in no session."""

    def __init__(self, sandbox: Sandbox, cache: GateCache | None = None) -> None:
        """`cache`: another one than the user's."""
        self.gate = WholeGate(sandbox)
        self._sandbox = sandbox
        self._cache = cache or GateCache(
            f"{GATE_VERSION}-{JUDGE_VERSION}", sandbox.toolchain.fingerprint, cache_folder("judge")
        )

    def baseline(self, function_id: str, ir: str) -> Baseline | None:
        """What -Oz gives; None where it fails or does not repeat, so that nothing can be compared.

        Raises MachineFault.
        """
        oz = self._kept(function_id, ir, OZ)
        plain = self._kept(function_id, without_size_attributes(ir), OZ, prefix=_PLAIN)
        if oz.refused is not None or plain.refused is not None:
            return None
        assert oz.instructions is not None
        assert oz.object_bytes is not None
        assert plain.instructions is not None
        return Baseline(oz, oz.instructions, oz.object_bytes, plain.instructions)

    def standing(self, function_id: str, ir: str, pass_list: str, baseline: Baseline) -> Standing:
        """What a list is worth. Raises MachineFault and RunningRefused."""
        if pass_list == OZ:
            return baseline.oz
        if not pass_list or "\0" in pass_list or len(pass_list) > _LONGEST:
            # No process can be given such a text, and without passes nothing is answered.
            return _refused(Measurement(Outcome.REJECTED, reason="this is no pass list"))
        return self._kept(function_id, ir, pass_list, baseline)

    def _kept(
        self,
        function_id: str,
        ir: str,
        pass_list: str,
        baseline: Baseline | None = None,
        *,
        prefix: str = "",
    ) -> Standing:
        key = f"{function_id} {prefix}{pass_list}"
        kept = _restored(self._cache.found(key))
        if kept is not None:
            return kept
        found = self._found(function_id, ir, pass_list, baseline)
        self._cache.keep_found(key, asdict(found))
        return found

    def _found(
        self, function_id: str, ir: str, pass_list: str, baseline: Baseline | None
    ) -> Standing:
        with self._sandbox.session() as session:
            said = refer(session, self._sandbox.toolchain, ir, pass_list)
            measured = said.measurement
            if not said.stable:
                return _unstable(function_id, pass_list, said)
            if measured.outcome is not Outcome.OK:
                return _refused(measured)
            if baseline is None or measured.state_hash == baseline.oz.state_hash:
                return _counts(measured, SAME_AS_OZ)
            # The session holds what `opt` wrote: the very module whose count is recorded.
            written = session.apply("")
        return self._gated(
            function_id, ir, pass_list, written, measured=measured, baseline=baseline
        )

    def _gated(  # noqa: PLR0913 - what is judged, and what is known of it
        self,
        function_id: str,
        ir: str,
        pass_list: str,
        written: str,
        *,
        measured: Measurement,
        baseline: Baseline,
    ) -> Standing:
        assert measured.instructions is not None, measured
        if measured.instructions >= baseline.oz_instructions:
            return _counts(measured, NOT_RUN)
        judged = tuple(self.gate.judge(function_id, ir, pass_list, written))
        wrong = next((one for one in judged if one.refutes), None)
        if wrong is None:
            return _counts(measured, state_of(judged), judged)
        return _counts(
            measured, Verdict.REFUTED.value, judged, f"refuted: {wrong.kind}: {wrong.reason}"
        )


def _counts(
    measured: Measurement,
    gate: str,
    judgements: Sequence[Judgement] = (),
    refused: str | None = None,
) -> Standing:
    return Standing(
        measured.outcome.value,
        measured.instructions,
        measured.object_bytes,
        measured.state_hash,
        refused,
        gate,
        tuple(judgements),
    )


def _refused(measured: Measurement) -> Standing:
    reason = " ".join(measured.reason.split())
    refused = f"{measured.outcome.value}: {reason}" if reason else measured.outcome.value
    return _counts(measured, NOT_RUN, (), refused)


def _unstable(function_id: str, pass_list: str, said: Reference) -> Standing:
    judgement = unstable(function_id, pass_list, said)
    return _counts(said.measurement, NOT_RUN, [judgement], f"unstable: {judgement.reason}")


def _restored(kept: Any) -> Standing | None:  # noqa: ANN401 - JSON of a file that others may write
    """What the cache had, if it is what was kept."""
    with suppress(TypeError, KeyError, ValueError, AttributeError):
        judgements = tuple(_judgement(one) for one in kept["judgements"])
        return Standing(**{**kept, "judgements": judgements})
    return None


def _judgement(kept: dict[str, Any]) -> Judgement:
    plain = {**kept, "kind": Kind(kept["kind"]), "verdict": Verdict(kept["verdict"])}
    return Judgement(
        **{**plain, "programs": tuple(kept["programs"]), "guilty": tuple(kept["guilty"])}
    )
