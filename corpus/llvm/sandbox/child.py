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

from corpus.llvm import ruler
from corpus.llvm.identity.state_identity import tried_out
from corpus.llvm.library import Library, Machines
from corpus.llvm.sandbox.answers import Answers
from corpus.llvm.sandbox.runner import RunnerKilled
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


def main(library_path: str, identity_path: str) -> None:
    """Serve sessions until the supervisor closes standard input.

    `identity_path`: the shared object that tells states apart, or nothing.
    """
    die_with_parent()
    aslr_off = turn_randomisation_off()
    control = socket.socket(fileno=0)
    library = Library(library_path)
    machines = warm_up(library)
    identity = tried_out(library, identity_path)
    if identity is not None:
        library.identity = identity.of
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
    library.printer.try_out(again)
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
        library.printer.renew()
        Answers(library, machines, requests, replies).serve()
    except (EOFError, BrokenPipeError):
        pass
    except MemoryError:
        status = OUT_OF_MEMORY_STATUS
    except RunnerKilled:
        # The machine's fault, and the supervisor hears of it as of a kill of this process.
        os.kill(os.getpid(), signal.SIGKILL)
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


if __name__ == "__main__":
    main(*sys.argv[1:])
