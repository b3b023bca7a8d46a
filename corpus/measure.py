"""From functions that were cut out to their rows, stage by stage.

A function is known by its content before anything about it is measured: what this task has had,
under whatever name, is not even parsed again, and what the lake has is not measured again.

Candidates go through the stages together, all through one before the next: one function at a time
through all of them would cost twice as much of Python's time, since LLVM, on the same processor,
leaves its caches cold.
"""

import re
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from corpus.deduplicate import function_id
from corpus.errors import BadModule
from corpus.extract import Extracted
from corpus.fidelity import NotItsText, text_is_faithful
from corpus.fingerprint import fingerprint_row
from corpus.llvm.sandbox.supervisor import Loaded, ModuleLost, Session
from corpus.llvm.toolchain import Toolchain
from corpus.losses import NOBODYS_LOSS, Losses, clean, place_of
from corpus.normalise import NORMALISER, canonical, normalise
from corpus.sources.base import TranslationUnit
from corpus.split import split_of
from corpus.stopwatch import Stopwatch

_TRIPLE = re.compile(r'^target triple = "(.*)"$', re.MULTILINE)


@dataclass
class Candidate:
    """A function in the place where it was found, and what becomes known of it on its way.

    `flags`: what its file was compiled with; `name`: what the place calls it.
    """

    unit: TranslationUnit
    function: Extracted
    flags: str
    name: str
    key: str = ""
    loaded: Loaded | None = None
    ir: str = ""
    identity: str = ""
    object_bytes: int = 0
    text: str = ""
    faithful: bool = False

    @property
    def place(self) -> dict[str, str]:
        """The columns that say where it was found."""
        return {**place_of(self.unit), "name": clean(self.name)}


class Measuring:
    """Measures the candidates of one task; its rows are there to be taken away.

    `known` are functions that need no more than an occurrence. Each function gets its rows once,
    under the first place where it was found.
    """

    def __init__(
        self,
        toolchain: Toolchain,
        session: Session,
        losses: Losses,
        stopwatch: Stopwatch,
        known: AbstractSet[str],
    ) -> None:
        """Nothing measured yet."""
        self.functions: list[dict[str, Any]] = []
        self.fingerprints: list[dict[str, Any]] = []
        self.occurrences: list[dict[str, Any]] = []
        self._toolchain = toolchain
        self._session = session
        self._losses = losses
        self._stopwatch = stopwatch
        self._known = known
        self._measured: set[str] = set()
        # Ids by a hash of what was cut out, its own name aside.
        self._ids: dict[str, str] = {}

    @property
    def count(self) -> int:
        """Functions measured so far."""
        return len(self._measured)

    def take_in(self, candidates: Sequence[Candidate]) -> None:
        """Measure what is new of them. Raises what is nobody's loss."""
        keyed = self._each("identify", self._give_key, candidates)
        first = {one.key: one for one in reversed(keyed) if one.key not in self._ids}
        fresh = [one for one in keyed if first.get(one.key) is one]
        fresh = self._each("load", self._load, fresh)
        fresh = self._each("identify", self._give_identity, fresh)
        wanted = []
        for one in fresh:
            if one.identity in self._known or one.identity in self._measured:
                self._ids[one.key] = one.identity
            else:
                wanted.append(one)
        wanted = self._each("object", self._weigh, wanted)
        wanted = self._each("normalise", self._normalise, wanted)
        wanted = self._each("fidelity", self._compare_counts, wanted)
        self._each("fingerprint", self._fingerprint, wanted)
        for one in keyed:
            if one.key in self._ids:
                self.occurrences.append({"function_id": self._ids[one.key], **one.place})
        self._stopwatch.lap("rows")

    def _each(
        self, stage: str, step: Callable[[Candidate], None], candidates: Sequence[Candidate]
    ) -> list[Candidate]:
        """Those that a step is done with; what it fails for is lost, and nothing beside it."""
        done = []
        for one in candidates:
            try:
                step(one)
            except (BadModule, ModuleLost) as error:
                self._losses.add(one.unit, "verify", str(error))
            except NOBODYS_LOSS:
                raise
            except Exception as error:  # noqa: BLE001 - nobody thought of it: this function's loss
                self._losses.add_fault(one.unit, error)
            else:
                done.append(one)
        self._stopwatch.lap(stage)
        return done

    def _give_key(self, one: Candidate) -> None:
        one.key = function_id(one.function.text, one.function.symbol)

    def _load(self, one: Candidate) -> None:
        module = one.function.text.encode(errors="surrogateescape")
        one.loaded = self._session.load(module, keep_names=True, with_text=True)
        if not self._known:  # then nearly all are new, and this one is loaded now
            self._stopwatch.lap("load")
            one.object_bytes = self._session.object_bytes()
            self._stopwatch.lap("object")

    def _give_identity(self, one: Candidate) -> None:
        assert one.loaded is not None
        if not _is_utf8(one.loaded.text):  # LLVM prints the names of string attributes as they are
            raise BadModule("its text is not UTF-8")
        one.ir = canonical(one.loaded.text)
        one.identity = function_id(one.ir, one.function.symbol)

    def _weigh(self, one: Candidate) -> None:
        if self._known:
            self._session.load(one.function.text.encode(errors="surrogateescape"), keep_names=True)
            one.object_bytes = self._session.object_bytes()

    def _normalise(self, one: Candidate) -> None:
        one.text = normalise(one.ir)

    def _compare_counts(self, one: Candidate) -> None:
        with suppress(NotItsText):
            one.faithful = text_is_faithful(self._session, one.ir, one.text)

    def _fingerprint(self, one: Candidate) -> None:
        """The last step: from here on the function is one of the task's."""
        if one.identity not in self._measured:
            self.fingerprints.append(
                fingerprint_row(one.identity, one.text, text_faithful=one.faithful)
            )
            self.functions.append(self._row(one))
            self._measured.add(one.identity)
        self._ids[one.key] = one.identity

    def _row(self, one: Candidate) -> dict[str, Any]:
        assert one.loaded is not None
        triple = _TRIPLE.search(one.ir)
        return {
            "function_id": one.identity,
            **one.place,
            "language": one.unit.language,
            "license": clean(one.unit.license),
            "triple": triple.group(1) if triple else "",
            "split": split_of(one.unit.program),
            "instructions": one.loaded.instructions,
            "object_bytes": one.object_bytes,
            "ir": one.ir,
            "text": one.text,
            "normaliser": str(NORMALISER),
            "frontend_flags": clean(one.flags),
            "toolchain": self._toolchain.fingerprint,
        }


def _is_utf8(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
