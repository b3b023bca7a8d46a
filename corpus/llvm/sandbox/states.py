"""What a session learns about its module: states, and which pass leads from which to which.

A *state* is a module as its printed text says it; a *step* runs one top-level item of a pass list
on a clone of a state. Cloning puts use lists into the order of the text, whatever the state's
history, so what a step leads to depends on the state and the item alone. A list is walked item by
item from the loaded module, and every step that was ever taken is known from then on: lists share
their beginnings, a pass that changes nothing is skipped, and a state that is reached in two ways
goes on as one and is measured once. Which lists came before, and in which order, changes what has
to be run and nothing of what is found.
"""

from collections import OrderedDict
from dataclasses import dataclass
from time import perf_counter_ns
from typing import TYPE_CHECKING

from corpus.llvm import ruler
from corpus.llvm.library import Library, Pointer
from corpus.llvm.sandbox.items import Items, Rejected, alone, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

KEPT_TEXT_BYTES = 16 << 20
"""Modules are kept while their printed texts sum up to less; a module takes several times as much
memory as its text."""

MOST_STATES = 100_000
"""States that are remembered, a few hundred bytes each, before all are forgotten."""

_BYTES_AN_INSTRUCTION = 64
"""Of printed text, for what a module grew by."""

_NO_HISTORY = b""

_NO_IDENTITY = b" inrange("
"""In a text: what identities do not see. No pass makes one."""


class KnownToKill(Exception):
    """An earlier child died of this step; carries the packed measurement that came of it."""

    def __init__(self, measurement: bytes) -> None:
        super().__init__()
        self.measurement = measurement


class State:
    """One text that the module can have; `parent` and `item` are how it was first reached."""

    __slots__ = ("after", "digest", "found", "item", "module", "parent", "size", "text")

    def __init__(self, parent: "State | None", item: bytes, size: int) -> None:
        self.parent = parent
        self.item = item
        self.size = size
        """Bytes of its text, roughly."""
        self.module: Pointer = 0
        self.text = b""
        """As printed, if it was and while the module is kept."""
        self.digest: int | None = None
        """The state hash, once somebody asked for it."""
        self.after: dict[bytes, tuple[State, int]] = {}
        """Item → where it leads, and the nanoseconds that its passes took."""
        self.found: dict[bool, bytes] = {}
        """With object bytes or without → the packed measurement."""


@dataclass(slots=True)
class Walk:
    """What walking one list cost, in wall nanoseconds, and what was not run again.

    Of `asked` items `ran` were run. The others were known: as a beginning that lists share
    (`by_prefix`), as an item that changes nothing there (`by_no_op`), or from another way to the
    same state (`by_state`); `saved_ns` is what their passes took when they were run.
    """

    asked: int = 0
    ran: int = 0
    by_prefix: int = 0
    by_no_op: int = 0
    by_state: int = 0
    clone_ns: int = 0
    passes_ns: int = 0
    saved_ns: int = 0


class States:
    """The states of one loaded module, which from now on belongs to this object.

    With `sharing` off every list is one step from the loaded module, and no step is remembered.
    """

    def __init__(
        self,
        library: Library,
        context: Pointer,
        module: Pointer,
        machine: Pointer,
        *,
        sharing: bool,
    ) -> None:
        self._library = library
        self._machine = machine
        self._sharing = sharing
        self._room = KEPT_TEXT_BYTES if sharing else 0
        library.reset_intrinsics(module)
        text = library.text(module)
        self._instructions = library.count(module)
        self.root = State(None, _NO_HISTORY, len(text))
        self.root.module, self.root.text = module, text
        self._identity = library.identity if _NO_IDENTITY not in text else lambda _: None
        self._by_shape: dict[int, list[State]] = {}
        self._by_identity: dict[bytes, State] = {}
        self._begin()
        self._kept: OrderedDict[State, None] = OrderedDict()
        self._kept_bytes = 0
        self._items = Items(library, context, machine)
        self.kills: dict[tuple[int, bytes], bytes] = {}
        """(state's digest, item) → the packed measurement of a list that died there."""
        self.on_step: Callable[[int, bytes], None] | None = None
        """Told of every step before it is taken; then what LLVM rejects is found before any."""

    def walk(self, pass_list: bytes, walk: Walk) -> State:
        """Where `pass_list` leads. Raises Rejected and KnownToKill."""
        if max(len(self._states), len(self._by_identity)) > MOST_STATES:
            self.forget()
        items = self._items.of(pass_list) if self._sharing else alone(pass_list)
        whole = alone(pass_list)
        try:
            return self._careful(items, walk)
        except Rejected:
            if items == whole:
                raise
            return self._careful(whole, walk)

    def module_of(self, state: State) -> Pointer:
        """The state's module, made again if it was given up. It is not to be changed."""
        if state.module:
            if state is not self.root:
                self._kept.move_to_end(state)
            return state.module
        way = []
        at = state
        while not at.module:
            way.append(at)
            assert at.parent is not None
            at = at.parent
        module = at.module
        for after in reversed(way):
            before, module = module, self._run(module, after.item, Walk())
            if before != at.module:
                self._library.dispose(before)
        self._keep(state, module)
        return module

    def digest_of(self, state: State) -> int:
        """The state hash."""
        if state.digest is None:
            state.text = self._library.text(self.module_of(state))
            state.digest = ruler.hash_of_text(state.text)
        return state.digest

    def forget(self) -> None:
        """Forget every state but the root, as if it had just been loaded."""
        self._give_up(0)
        # Nothing collects garbage in a child, and states refer to each other in circles.
        for state in self._states:
            state.after.clear()
            state.parent = None
        self._begin()

    def _begin(self) -> None:
        module = self.root.module
        self._states = [self.root]
        self._by_shape = {self._library.shape(module): [self.root]}
        identity = self._identity(module)
        self._by_identity = {} if identity is None else {identity: self.root}

    def dispose(self) -> None:
        """Give the memory of all modules back, the root's too."""
        self.forget()
        self._library.dispose(self.root.module)

    def _careful(self, items: tuple[bytes, ...], walk: Walk) -> State:
        """Follow the items; a list that LLVM rejects is rejected before its first pass kills."""
        if self.on_step is not None:
            self._items.try_out(items)
        try:
            return self._follow(items, walk)
        except KnownToKill:
            self._items.try_out(items)
            raise

    def _follow(self, items: tuple[bytes, ...], walk: Walk) -> State:
        state = self.root
        trodden = True
        walk.asked = len(items)
        for item in items:
            known = state.after.get(item)
            if known is None:
                after = self._step(state, item, walk)
                walk.ran += 1
            else:
                after, passes_ns = known
                walk.saved_ns += passes_ns
                if after is state:
                    walk.by_no_op += 1
                elif trodden:
                    walk.by_prefix += 1
                else:
                    walk.by_state += 1
            if after is not state:
                trodden = trodden and after.parent is state and after.item == item
                state = after
        return state

    def _step(self, state: State, item: bytes, walk: Walk) -> State:
        if self.kills:
            kills = self.kills.get((self.digest_of(state), item))
            if kills is not None:
                raise KnownToKill(kills)
        if self.on_step is not None:
            self.on_step(self.digest_of(state), item)
        before_ns = walk.passes_ns
        module = self._run(self.module_of(state), item, walk)
        after = self._state_of(module, state, item)
        found = perf_counter_ns()
        if after.module:
            self._library.dispose(module)
        else:
            self._keep(after, module)
        walk.clone_ns += perf_counter_ns() - found
        if self._sharing:
            state.after[item] = (after, walk.passes_ns - before_ns)
        return after

    def _state_of(self, module: Pointer, before: State, item: bytes) -> State:
        """The state that `module` is in, a new one unless it was seen."""
        identity = self._identity(module)
        if identity is None:
            return self._printed_state_of(module, before, item)
        state = self._by_identity.get(identity)
        if state is None:
            state = self._printed_state_of(module, before, item)
            self._by_identity[identity] = state
        return state

    def _printed_state_of(self, module: Pointer, before: State, item: bytes) -> State:
        """The same by the text alone.

        Only what has the shape of a state seen before is printed to know if it is the same.
        """
        library = self._library
        # Where lists do not share, every list's end is asked for its hash: that is its shape then.
        text = b"" if self._sharing else library.text(module)
        digest = None if self._sharing else ruler.hash_of_text(text)
        shape = library.shape(module) if digest is None else digest
        alike = self._by_shape.setdefault(shape, [])
        if alike and digest is None:
            text = library.text(module)
            if text == before.text:
                return before
            digest = ruler.hash_of_text(text)
        for state in alike:
            if self.digest_of(state) == digest:
                # A clone's comments on predecessors are what other clones' will be.
                state.text = text if state is before else state.text
                return state
        grown = max(0, self._library.count(module) - self._instructions)
        after = State(before, item, self.root.size + grown * _BYTES_AN_INSTRUCTION)
        after.text, after.digest = text, digest
        alike.append(after)
        self._states.append(after)
        return after

    def _run(self, before: Pointer, item: bytes, walk: Walk) -> Pointer:
        """A clone of `before` with `item` run on it. Raises Rejected."""
        library = self._library
        text = text_of(item)
        started = perf_counter_ns()
        module = library.clone(before)
        cloned = perf_counter_ns()
        error = library.run(module, text, self._machine, library.options)
        ran = perf_counter_ns()
        walk.clone_ns += cloned - started
        walk.passes_ns += ran - cloned
        if error:
            library.dispose(module)
            self._items.refuse(item)
            raise Rejected(library.message_of(error))
        library.reset_intrinsics(module)
        return module

    def _keep(self, state: State, module: Pointer) -> None:
        state.module = module
        self._give_up(self._room - state.size)
        self._kept[state] = None
        self._kept_bytes += state.size

    def _give_up(self, most_bytes: int) -> None:
        """Dispose of the modules of states not needed for longest until so little is kept."""
        while self._kept and self._kept_bytes > most_bytes:
            state, _ = self._kept.popitem(last=False)
            self._kept_bytes -= state.size
            self._library.dispose(state.module)
            state.module, state.text = 0, b""
