"""What a sandbox's child does for its session: load, evaluate, apply, prepare."""

from time import perf_counter_ns, process_time_ns

from corpus.errors import BadModule, CorpusError
from corpus.llvm import ruler
from corpus.llvm.library import Library, Machines, PassListRejected, Pointer
from corpus.llvm.measurement import Measurement, Outcome
from corpus.llvm.sandbox import protocol
from corpus.llvm.sandbox.compare_frames import CompareRequest, pack_answers
from corpus.llvm.sandbox.function_run import FunctionRuns
from corpus.llvm.sandbox.items import Rejected
from corpus.llvm.sandbox.lockdown import RunningRefused
from corpus.llvm.sandbox.mutant_frames import MutantRequest, pack_mutants
from corpus.llvm.sandbox.mutants import mutants_of
from corpus.llvm.sandbox.program_batch import ProgramBatch
from corpus.llvm.sandbox.program_frames import HEAD_BYTES, limits_of
from corpus.llvm.sandbox.program_run import ProgramRuns
from corpus.llvm.sandbox.protocol import Kind, Loaded, Outbox, Spent, read_exactly, write_frame
from corpus.llvm.sandbox.runner import Runner
from corpus.llvm.sandbox.states import KnownToKill, State, States, Walk

MAX_PREPARED_BYTES = 128 << 20
"""Of a prepared module's text, which a worker cuts up: small bitcode may say much."""

_HOLD_NS = 5_000_000
"""Replies to evaluations are held back so long: waking the supervisor for each one would cost a
tenth of the evaluations."""


class Answers:
    """Answers the requests of one session."""

    def __init__(
        self, library: Library, machines: dict[str, Machines], requests: int, replies: int
    ) -> None:
        self._library = library
        self._requests = requests
        self._replies = replies
        self._held = Outbox(replies)
        self._machines_of = machines
        self._machines = Machines(0, 0)
        self._context: Pointer | None = None
        self._states: States | None = None
        self._loaded = b""
        self._facts = b""
        self._exported: dict[bytes, bool] = {}
        self._programs: ProgramRuns | None = None
        self._functions: FunctionRuns | None = None
        self._cpu_ns = 0
        """The CPU clock when the last cost was said; reading it is dear."""

    def serve(self) -> None:
        """Answer until the end is asked for. Raises EOFError when the supervisor is gone."""
        answers = {
            Kind.LOAD: self._load,
            Kind.EVALUATE: self._evaluate,
            Kind.APPLY: self._apply,
            Kind.PREPARE: self._prepare,
            Kind.KILLS: self._learn_kill,
            Kind.OBJECT: self._object,
            Kind.LOCK: self._say_lock,
            Kind.COMPARE: self._compare,
            Kind.MUTATE: self._mutate,
        }
        while True:
            kind, length = protocol.read_header(self._requests)
            if kind is Kind.END:
                return
            try:
                if kind in (Kind.PROGRAM, Kind.BATCH):
                    self._run_programs(kind, length)
                else:
                    answers[kind](read_exactly(self._requests, length))
            except RunningRefused as error:
                write_frame(self._replies, Kind.REFUSED, str(error).encode())
            except CorpusError as error:
                write_frame(self._replies, Kind.FAULT, str(error).encode())

    def _load(self, payload: bytes) -> None:
        """What is loaded already keeps what was learned about it."""
        if self._states is None or payload != self._loaded:
            self._forget()
            self._facts = protocol.pack_loaded(self._examine_load(payload[0], payload[1:]))
            self._loaded = payload
        write_frame(self._replies, Kind.LOADED, self._facts)

    def _examine_load(self, flags: int, given: bytes) -> Loaded:
        library = self._library
        module = self._parse(given, keep_names=bool(flags & protocol.KEEP_NAMES))
        triple = library.triple(module)
        if triple not in self._machines_of:
            self._machines_of[triple] = library.machines(triple)
        self._machines = self._machines_of[triple]
        self._exported = dict(ruler.exported_symbols(library, module))
        definitions = [
            library.name(function).decode(errors="surrogateescape")
            for function in library.functions(module)
            if library.is_definition(function)
        ]
        with_object = bool(flags & protocol.WITH_OBJECT)
        size = ruler.object_bytes(library, module, self._machines) if with_object else None
        assert self._context is not None
        sharing = not flags & protocol.ALONE
        states = States(library, self._context, module, self._machines.passes, sharing=sharing)
        self._states = states
        count = library.count(module)
        exported = [name.decode(errors="surrogateescape") for name in sorted(self._exported)]
        digest = states.digest_of(states.root)
        said = library.text(module) if flags & protocol.WITH_TEXT else b""
        return Loaded(
            count,
            size,
            digest,
            triple,
            tuple(definitions),
            tuple(exported),
            said.decode(errors="surrogateescape"),
        )

    def _parse(self, text: bytes, *, keep_names: bool) -> Pointer:
        module = self._read(text, keep_names=True)
        if not keep_names:
            bitcode = self._library.bitcode(module)
            self._library.dispose(module)
            self._forget()
            module = self._read(bitcode, keep_names=False)
        return module

    def _read(self, module: bytes, *, keep_names: bool) -> Pointer:
        self._context = self._library.context(keep_names=keep_names)
        return self._library.parse(self._context, module)

    def _forget(self) -> None:
        if self._states is not None:
            self._states.dispose()
            self._states = None
        if self._context is not None:
            self._library.forget(self._context)
            self._context = None

    def _run_programs(self, kind: Kind, length: int) -> None:
        head = read_exactly(self._requests, HEAD_BYTES)
        try:
            if self._programs is None:
                _, _, unlocked = limits_of(head)
                self._programs = ProgramRuns(
                    self._library, self._machines_of, self._requests, unlocked=unlocked
                )
        except RunningRefused:
            read_exactly(self._requests, length - HEAD_BYTES)
            raise
        programs = self._programs if kind is Kind.PROGRAM else ProgramBatch(self._programs)
        write_frame(self._replies, Kind.RAN, programs.serve(head, length))

    def _compare(self, payload: bytes) -> None:
        request = CompareRequest.unpack(payload)
        if self._functions is None:
            self._functions = FunctionRuns(
                self._library, self._machines_of, request.harness, unlocked=request.unlocked
            )
        answers = self._functions.compare(
            request.before, request.afters, seed=request.seed, inputs=request.inputs
        )
        write_frame(self._replies, Kind.COMPARED, pack_answers(answers))

    def _mutate(self, payload: bytes) -> None:
        request = MutantRequest.unpack(payload)
        text = request.module.encode(errors="surrogateescape")
        machine = self._machines_of[self._library.default_triple()].passes
        mutants = mutants_of(self._library, text, request.seeds, machine)
        write_frame(self._replies, Kind.MUTANTS, pack_mutants(mutants))

    def _say_lock(self, _: bytes) -> None:
        write_frame(self._replies, Kind.TEXT, Runner().lock.encode())

    def _object(self, _: bytes) -> None:
        assert self._states is not None
        size = ruler.object_bytes(self._library, self._states.root.module, self._machines)
        write_frame(self._replies, Kind.SIZE, protocol.pack_size(size))

    def _learn_kill(self, payload: bytes) -> None:
        assert self._states is not None
        step, measurement = protocol.unpack_kill(payload)
        self._states.kills[step] = measurement

    def _evaluate(self, payload: bytes) -> None:
        assert self._states is not None
        with_object = bool(payload[0] & protocol.WITH_OBJECT)
        at_once = bool(payload[0] & protocol.AT_ONCE)
        self._states.on_step = self._say_step if at_once else None
        hold_ns = 0 if at_once else _HOLD_NS
        self._cpu_ns = process_time_ns()
        held_since = perf_counter_ns()
        for pass_list in payload[1:].split(b"\n"):
            if at_once:  # whatever becomes of this list, it is to be its own doing
                self._states.forget()
            self._held.add(self._measure(self._states, pass_list, with_object=with_object))
            now = perf_counter_ns()
            if now - held_since >= hold_ns:
                self._held.send()
                held_since = now
        self._held.send()

    def _say_step(self, digest: int, item: bytes) -> None:
        write_frame(self._replies, Kind.STEP, protocol.pack_step(digest, item))

    def _measure(self, states: States, pass_list: bytes, *, with_object: bool) -> bytes:
        """The hot loop: walk what is known, run what is not, measure states not seen before."""
        started = perf_counter_ns()
        walk = Walk()
        news = True
        try:
            state = states.walk(pass_list, walk)
            known = state.found.get(with_object)
            news = walk.ran > 0 or known is None
            packed = known or self._examine(states, state, with_object=with_object)
        except Rejected as said:
            packed = protocol.pack_state(Measurement(Outcome.REJECTED, reason=str(said)))
        except KnownToKill as died:
            packed = died.measurement
        counts = (walk.asked, walk.ran, walk.by_prefix, walk.by_no_op, walk.by_state)
        if not news:
            return protocol.measured_frame(packed, Spent(0, 0, 0, 0, walk.saved_ns, *counts))
        rest_ns = perf_counter_ns() - started - walk.clone_ns - walk.passes_ns
        before_ns, self._cpu_ns = self._cpu_ns, process_time_ns()
        costs = (
            (self._cpu_ns - before_ns) // 1000,
            walk.clone_ns,
            walk.passes_ns,
            rest_ns,
            walk.saved_ns,
        )
        return protocol.measured_frame(packed, Spent(*costs, *counts))

    def _examine(self, states: States, state: State, *, with_object: bool) -> bytes:
        digest = states.digest_of(state)
        measurement = self._figures(states.module_of(state), digest, with_object=with_object)
        packed = state.found[with_object] = protocol.pack_state(measurement)
        return packed

    def _figures(self, module: Pointer, digest: int, *, with_object: bool) -> Measurement:
        library = self._library
        fault = library.fault(module)
        if fault is not None:
            return Measurement(Outcome.INVALID, reason=f"the verifier says: {fault}")
        exported = ruler.exported_symbols(library, module)
        if exported != self._exported:
            changed = sorted(set(exported) ^ set(self._exported))
            names = ", ".join(name.decode(errors="replace") for name in changed)
            return Measurement(Outcome.INVALID, reason=f"external symbols changed: {names}")
        try:
            size = ruler.object_bytes(library, module, self._machines) if with_object else None
        except BadModule as error:
            return Measurement(Outcome.INVALID, reason=str(error))
        return Measurement(Outcome.OK, library.count(module), size, digest)

    def _apply(self, pass_list: bytes) -> None:
        assert self._states is not None
        self._states.on_step = None
        try:
            state = self._states.walk(pass_list, Walk())
        except Rejected as said:
            raise PassListRejected(str(said)) from None
        except KnownToKill:
            raise BadModule("this pass list ended LLVM before") from None
        text = self._library.text(self._states.module_of(state))
        write_frame(self._replies, Kind.TEXT, text)

    def _prepare(self, payload: bytes) -> None:
        library = self._library
        self._forget()
        module = self._parse(payload, keep_names=True)
        assert self._context is not None
        library.strip_debug_info(module)
        library.set_size_attributes(self._context, module)
        said = library.text(module)
        library.dispose(module)
        self._forget()
        if len(said) > MAX_PREPARED_BYTES:
            raise BadModule(f"over {MAX_PREPARED_BYTES >> 20} MiB of text")
        write_frame(self._replies, Kind.TEXT, said)
