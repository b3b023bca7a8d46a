"""The sandbox's processes: a template that has loaded LLVM, and the children it forks.

The template is started by exec, is single-threaded, turns address-space randomisation off and
starts itself once more so that it takes hold. For each session it receives three descriptors over
its standard input (requests, replies, messages of LLVM) and forks a child; the child inherits an
LLVM that has done nothing but start, so that no search sees the heap that another one left, and the
same requests get the same replies. The template imports no third-party package and stays small:
what it allocates, every child inherits.

Both die with their parent (Linux's parent-death signal; elsewhere when their input closes).
"""

import ctypes
import gc
import os
import resource
import signal
import socket
import struct
import sys
import traceback
from time import perf_counter_ns, process_time_ns

from corpus.errors import CorpusError
from corpus.llvm import ruler
from corpus.llvm.library import Library, Machines, Pointer
from corpus.llvm.measurement import Measurement, Outcome
from corpus.llvm.sandbox import protocol
from corpus.llvm.sandbox.protocol import Kind, Loaded, Spent, read_frame, write_frame
from corpus.llvm.toolchain import ADDR_NO_RANDOMIZE

SESSION = struct.Struct("<QQ")
"""Request for a child: address space in bytes, size limit of its message file in bytes."""

FORKED = struct.Struct("<i")
"""Answer once the child runs: its process id."""

ENDED = struct.Struct("<iqd")
"""Answer once it is gone: its wait status, greatest resident size in bytes, and CPU seconds."""

OUT_OF_MEMORY_STATUS = 97
"""Exit status of a child whose Python code ran out of memory."""

OWN_FAULT_STATUS = 96
"""Exit status of a child that failed for a reason that is this program's own."""

_HOLD_NS = 5_000_000
"""Replies to evaluations are held back so long: waking the supervisor for each one would cost a
tenth of the evaluations."""

_PR_SET_PDEATHSIG = 1
_RANDOMISED_AGAIN = "PASSLAKE_SANDBOX_EXECUTED"
_WARM_UP = b"""
@table = private constant [4 x i32] [i32 3, i32 1, i32 4, i32 1]
define i32 @warm(ptr %p, i32 %n) minsize optsize {
entry:
  %at = alloca i32
  store i32 0, ptr %at
  br label %loop
loop:
  %sum = phi i32 [ 0, %entry ], [ %more, %loop ]
  %i = load i32, ptr %at
  %wide = sext i32 %i to i64
  %cell = getelementptr i32, ptr %p, i64 %wide
  %value = load i32, ptr %cell
  %low = and i64 %wide, 3
  %weight = getelementptr [4 x i32], ptr @table, i64 0, i64 %low
  %factor = load i32, ptr %weight
  %product = mul i32 %value, %factor
  %more = add i32 %sum, %product
  %next = add i32 %i, 1
  store i32 %next, ptr %at
  %again = icmp slt i32 %next, %n
  br i1 %again, label %loop, label %done
done:
  ret i32 %more
}
"""


def main(library_path: str) -> None:
    """Serve sessions until the supervisor closes standard input."""
    die_with_parent()
    aslr_off = turn_randomisation_off()
    control = socket.socket(fileno=0)
    library = Library(library_path)
    machines = warm_up(library)
    # Nothing is collected: what the collector frees, and when, would be history that children see.
    gc.disable()
    gc.freeze()
    control.sendall(b"1\n" if aslr_off else b"0\n")
    while True:
        request, descriptors, _, _ = socket.recv_fds(control, SESSION.size, 3)
        if not request:
            return
        memory_bytes, message_bytes = SESSION.unpack(request)
        child = os.fork()
        if child == 0:
            run_child(library, machines, descriptors, memory_bytes, message_bytes)
        os.setpgid(child, child)
        for descriptor in descriptors:
            os.close(descriptor)
        control.sendall(FORKED.pack(child))
        _, status, usage = os.wait4(child, 0)
        cpu_s = usage.ru_utime + usage.ru_stime
        control.sendall(ENDED.pack(status, usage.ru_maxrss * 1024, cpu_s))


def die_with_parent() -> None:
    """Ask the kernel to end this process with its parent, where it can be asked."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def turn_randomisation_off() -> bool:
    """Start this program again without address-space randomisation; whether that is so now."""
    personality = getattr(ctypes.CDLL(None), "personality", None)
    if personality is None:
        return False
    personality.argtypes = [ctypes.c_ulong]
    now = personality(0xFFFFFFFF)
    if now & ADDR_NO_RANDOMIZE:
        return True
    if _RANDOMISED_AGAIN in os.environ or personality(now | ADDR_NO_RANDOMIZE) < 0:
        return False
    again = os.environ | {_RANDOMISED_AGAIN: "1"}
    return os.execve(sys.executable, sys.orig_argv, again)  # noqa: S606 - no shell is wanted


def warm_up(library: Library) -> dict[str, Machines]:
    """Do once, before any fork, what every session does: load, print, optimise, emit.

    What LLVM builds at first use, and the memory it asks for, is then there in every child (1.5 ms
    of each session, measured). Returns the machines of this LLVM's own triple.
    """
    triple = library.default_triple()
    machines = {triple: library.machines(triple)}
    read = library.context(keep_names=True)
    module = library.parse(read, _WARM_UP)
    bitcode = library.bitcode(module)
    context = library.context()
    again = library.parse(context, bitcode)
    ruler.state_hash(library, again)
    ruler.object_bytes(library, again, machines[triple])
    for pipeline in (b"default<Oz>", b"default<O3>"):
        library.run_passes(again, pipeline, machines[triple].passes)
    for one, owner in ((module, read), (again, context)):
        library.dispose(one)
        library.forget(owner)
    return machines


def run_child(
    library: Library,
    machines: dict[str, Machines],
    descriptors: list[int],
    memory_bytes: int,
    message_bytes: int,
) -> None:
    """The forked child's life: limits, requests, exit. Never returns."""
    status = 0
    try:
        os.setpgid(0, 0)
        die_with_parent()
        requests, replies, messages = descriptors
        os.dup2(messages, 2)
        os.dup2(messages, 1)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        limit(resource.RLIMIT_CORE, 0)
        limit(resource.RLIMIT_FSIZE, message_bytes)
        limit(resource.RLIMIT_AS, memory_bytes)
        Child(library, machines, requests, replies).serve()
    except (EOFError, BrokenPipeError):
        pass
    except MemoryError:
        status = OUT_OF_MEMORY_STATUS
    except BaseException:  # noqa: BLE001 - printed for the supervisor, who reports it
        traceback.print_exc()
        status = OWN_FAULT_STATUS
    finally:
        # Not sys.exit: no destructor of LLVM may run, nor anything that the template registered.
        os._exit(status)


def limit(what: int, most: int) -> None:
    """Limit a resource to `most`, or to less where the system already does."""
    allowed = resource.getrlimit(what)[1]
    least = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
    resource.setrlimit(what, (least, least))


class Child:
    """Answers the requests of one session."""

    def __init__(
        self, library: Library, machines: dict[str, Machines], requests: int, replies: int
    ) -> None:
        self._library = library
        self._requests = requests
        self._replies = replies
        self._context: Pointer | None = None
        self._module: Pointer = 0
        self._machines = Machines(0, 0)
        self._machines_of = machines
        self._exported: dict[bytes, bool] = {}
        self._seen: dict[tuple[int, bool], bytes] = {}

    def serve(self) -> None:
        """Answer until the end is asked for. Raises EOFError when the supervisor is gone."""
        answers = {
            Kind.LOAD: self._load,
            Kind.EVALUATE: self._evaluate,
            Kind.APPLY: self._apply,
            Kind.PREPARE: self._prepare,
        }
        while True:
            kind, payload = read_frame(self._requests)
            if kind is Kind.END:
                return
            try:
                answers[kind](payload)
            except CorpusError as error:
                write_frame(self._replies, Kind.FAULT, str(error).encode())

    def _parse(self, module: bytes, *, keep_names: bool) -> None:
        self._forget()
        self._seen.clear()
        self._context, self._module = self._read(module, keep_names=True)
        if not keep_names:
            bitcode = self._library.bitcode(self._module)
            self._forget()
            self._context, self._module = self._read(bitcode, keep_names=False)

    def _read(self, module: bytes, *, keep_names: bool) -> tuple[Pointer, Pointer]:
        context = self._library.context(keep_names=keep_names)
        return context, self._library.parse(context, module)

    def _forget(self) -> None:
        if self._context is not None:
            self._library.dispose(self._module)
            self._library.forget(self._context)
            self._context, self._module = None, 0

    def _load(self, payload: bytes) -> None:
        library = self._library
        with_object = bool(payload[0] & protocol.WITH_OBJECT)
        self._parse(payload[1:], keep_names=bool(payload[0] & protocol.KEEP_NAMES))
        triple = library.triple(self._module)
        if triple not in self._machines_of:
            self._machines_of[triple] = library.machines(triple)
        self._machines = self._machines_of[triple]
        self._exported = dict(ruler.exported_symbols(library, self._module))
        definitions = [
            library.name(function).decode(errors="surrogateescape")
            for function in library.functions(self._module)
            if library.is_definition(function)
        ]
        size = ruler.object_bytes(library, self._module, self._machines) if with_object else None
        digest = ruler.state_hash(library, self._module)
        count = library.count(self._module)
        exported = [name.decode(errors="surrogateescape") for name in sorted(self._exported)]
        loaded = Loaded(count, size, digest, triple, tuple(definitions), tuple(exported))
        write_frame(self._replies, Kind.LOADED, protocol.pack_loaded(loaded))

    def _evaluate(self, payload: bytes) -> None:
        with_object = bool(payload[0] & protocol.WITH_OBJECT)
        hold_ns = 0 if payload[0] & protocol.AT_ONCE else _HOLD_NS
        held = bytearray()
        held_since = perf_counter_ns()
        for pass_list in payload[1:].split(b"\n"):
            held += self._measure(pass_list, with_object=with_object)
            now = perf_counter_ns()
            if now - held_since >= hold_ns:
                protocol.write(self._replies, held)
                held.clear()
                held_since = now
        protocol.write(self._replies, held)

    def _measure(self, pass_list: bytes, *, with_object: bool) -> bytes:
        """The hot loop: clone, run, print and hash; the rest only for states not seen before."""
        library = self._library
        cpu_started = process_time_ns()
        started = perf_counter_ns()
        module = library.clone(self._module)
        cloned = perf_counter_ns()
        error = library.run(module, pass_list, self._machines.passes, library.options)
        ran = perf_counter_ns()
        if error:
            rejected = Measurement(Outcome.REJECTED, reason=library.message_of(error))
            state = protocol.pack_state(rejected)
        else:
            key = (ruler.state_hash(library, module), with_object)
            known = self._seen.get(key)
            state = known or protocol.pack_state(self._examine(module, *key))
            self._seen[key] = state
        measured = perf_counter_ns()
        library.dispose(module)
        ended = perf_counter_ns()
        spent = Spent(
            (process_time_ns() - cpu_started) // 1000,
            cloned - started + ended - measured,
            ran - cloned,
            measured - ran,
        )
        return protocol.measured_frame(state, spent)

    def _examine(self, module: Pointer, digest: int, with_object: bool) -> Measurement:  # noqa: FBT001 - the memo's key
        library = self._library
        fault = library.fault(module)
        if fault is not None:
            return Measurement(Outcome.INVALID, reason=f"the verifier says: {fault}")
        exported = ruler.exported_symbols(library, module)
        if exported != self._exported:
            changed = sorted(set(exported) ^ set(self._exported))
            names = ", ".join(name.decode(errors="replace") for name in changed)
            return Measurement(Outcome.INVALID, reason=f"external symbols changed: {names}")
        size = ruler.object_bytes(library, module, self._machines) if with_object else None
        return Measurement(Outcome.OK, library.count(module), size, digest)

    def _apply(self, pass_list: bytes) -> None:
        library = self._library
        module = library.clone(self._module)
        if pass_list:
            library.run_passes(module, pass_list, self._machines.passes)
        text = library.text(module)
        library.dispose(module)
        write_frame(self._replies, Kind.TEXT, text)

    def _prepare(self, payload: bytes) -> None:
        library = self._library
        self._parse(payload, keep_names=True)
        assert self._context is not None
        library.strip_debug_info(self._module)
        library.set_size_attributes(self._context, self._module)
        write_frame(self._replies, Kind.TEXT, library.text(self._module))


if __name__ == "__main__":
    main(sys.argv[1])
