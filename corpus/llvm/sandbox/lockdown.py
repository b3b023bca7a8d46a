"""Taking a process's rights away before it runs foreign machine code.

After `Lock.close_in` a process can compute, get and give back memory, write to descriptor 1, handle
and mask its own signals, end itself, and nothing else: no file, socket, process, thread or clock of
anybody's. Two mechanisms of Linux hold this, each enough by itself for what it covers: a seccomp
filter, which allows the system calls named below and ends the process at others (Documentation/
userspace-api/seccomp_filter.rst), and an empty Landlock ruleset where the kernel has Landlock
(Documentation/userspace-api/landlock.rst). Limits of the kernel bound memory, processor time and
output; capabilities are dropped, descriptors closed, and the parent's death is the process's own.

Calls are checked by number and by value of arguments in registers; nothing is read through a
pointer, so nothing can change between check and use. Numbers are those of the 64-bit entry: another
architecture's entry (int 0x80) and x32's numbers end the process.
"""

import ctypes
import math
import os
import platform
import resource
import signal
import struct
import time
from dataclasses import dataclass

from corpus.errors import CorpusError

OUTPUT = 1
"""The only descriptor that a locked process has."""

NO_NEW_PRIVS, SECCOMP = "no new privileges", "seccomp"

_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 22, 38
_FILTER_MODE = 2  # SECCOMP_MODE_FILTER
_KILL, _ERRNO, _ALLOW = 0x80000000, 0x00050000, 0x7FFF0000  # SECCOMP_RET_*
_EPERM = 1
_X32 = 0x40000000

_LOAD, _EQUAL, _ANY_BIT, _AT_LEAST, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
"""Of classic BPF: ld [k]; jeq, jset and jge k; ret k."""

_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
"""Offsets in struct seccomp_data; of an argument the low half, on little-endian machines."""

_PROT_EXEC, _MAP_ANONYMOUS = 0x4, 0x20
_MADV_DONTNEED, _MADV_FREE = 4, 8

_SELF = -1
"""Stands for the locked process's own id in a check."""


@dataclass(frozen=True, slots=True)
class _Check:
    """An argument `equals` one of these, is not `but`, has the bits `with_` and none `without`."""

    argument: int
    equals: tuple[int, ...] = ()
    but: int | None = None
    with_: int = 0
    without: int = 0
    otherwise: int = _KILL


_UNCONDITIONAL = (
    *("brk", "munmap", "mremap"),  # memory is bounded by a limit; none of these makes code
    *("rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack"),
    *("futex", "sched_yield", "getpid", "gettid", "restart_syscall"),
    *(
        "clock_gettime",
        "gettimeofday",
        "setitimer",
    ),  # the vDSO answers mostly; a timer interrupts only its owner
    *("exit", "exit_group"),
)

_CHECKED: dict[str, tuple[_Check, ...]] = {
    # Into another descriptor, as for messages, fails as into one that is closed.
    "write": (_Check(0, equals=(OUTPUT,), otherwise=_ERRNO | _EPERM),),
    "writev": (_Check(0, equals=(OUTPUT,), otherwise=_ERRNO | _EPERM),),
    "mmap": (_Check(2, without=_PROT_EXEC), _Check(3, with_=_MAP_ANONYMOUS)),
    "mprotect": (_Check(2, without=_PROT_EXEC),),
    # Where the output stands: not "to here", since nobody's position is to be moved.
    "lseek": tuple(
        _Check(which, equals=(value,), otherwise=_ERRNO | _EPERM)
        for which, value in enumerate((OUTPUT, 0, os.SEEK_CUR))
    ),
    # Other advice may need the rights that were dropped, and some of it acts on the machine.
    "madvise": (_Check(2, equals=(_MADV_DONTNEED, _MADV_FREE)),),
    # No SIGKILL, so that one that its parent did not send came from the machine.
    "kill": (_Check(0, equals=(_SELF,)), _Check(1, but=signal.SIGKILL)),
    "tgkill": (_Check(0, equals=(_SELF,)), _Check(2, but=signal.SIGKILL)),
}

_REFUSED = (
    # What the C library asks by the way, and can do without: the answer is "not permitted".
    *("read", "close", "fstat", "newfstatat", "ioctl", "fcntl", "openat", "getrandom"),
    *("prlimit64", "getrusage", "sched_getaffinity", "sysinfo", "uname"),
    *("clock_nanosleep", "nanosleep"),
)

_NUMBERS: dict[str, tuple[int, dict[str, int]]] = {
    # Architecture (AUDIT_ARCH_*) and numbers, of arch/x86/entry/syscalls/syscall_64.tbl and
    # include/uapi/asm-generic/unistd.h.
    "x86_64": (
        0xC000003E,
        {
            "read": 0, "write": 1, "close": 3, "fstat": 5, "lseek": 8, "mmap": 9, "mprotect": 10,
            "munmap": 11, "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15,
            "ioctl": 16, "writev": 20, "sched_yield": 24, "mremap": 25, "madvise": 28,
            "nanosleep": 35, "setitimer": 38, "getpid": 39, "exit": 60, "kill": 62, "uname": 63,
            "fcntl": 72, "gettimeofday": 96, "getrusage": 98, "sysinfo": 99, "sigaltstack": 131,
            "gettid": 186, "futex": 202, "sched_getaffinity": 204, "restart_syscall": 219,
            "clock_gettime": 228, "clock_nanosleep": 230, "exit_group": 231, "tgkill": 234,
            "openat": 257, "newfstatat": 262, "prlimit64": 302, "getrandom": 318,
        },
    ),
    "aarch64": (
        0xC00000B7,
        {
            "fcntl": 25, "ioctl": 29, "openat": 56, "close": 57, "lseek": 62, "read": 63,
            "write": 64, "writev": 66, "newfstatat": 79, "fstat": 80, "exit": 93, "exit_group": 94,
            "futex": 98, "nanosleep": 101, "setitimer": 103, "clock_gettime": 113,
            "clock_nanosleep": 115, "sched_getaffinity": 123, "sched_yield": 124,
            "restart_syscall": 128, "kill": 129, "tgkill": 131, "sigaltstack": 132,
            "rt_sigaction": 134, "rt_sigprocmask": 135, "rt_sigreturn": 139, "uname": 160,
            "getrusage": 165, "gettimeofday": 169, "getpid": 172, "gettid": 178, "sysinfo": 179,
            "brk": 214, "munmap": 215, "mremap": 216, "mmap": 222, "mprotect": 226, "madvise": 233,
            "prlimit64": 261, "getrandom": 278,
        },
    ),
}  # fmt: skip

_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAPABILITY_VERSION = 0x20080522  # _LINUX_CAPABILITY_VERSION_3
_LANDLOCK_CREATE, _LANDLOCK_RESTRICT = 444, 446  # on every architecture
_LANDLOCK_ASK_VERSION = 1

_FILESYSTEM_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}
"""Version of Landlock → how many rights to files it knows (LANDLOCK_ACCESS_FS_*)."""

_NETWORK_FROM, _NETWORK_RIGHTS = 4, 0b11  # bind and connect TCP
_SCOPES_FROM, _SCOPES = 6, 0b11  # abstract sockets and signals

_STACK_BYTES = 8 << 20

_LEFT_BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT)
"""Signals that Python ignores or handles; a program finds them as they are by default."""


class RunningRefused(CorpusError, OSError):
    """Foreign code cannot be locked in here, so it is not run; the message says the way out."""


class _Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


@dataclass(frozen=True, slots=True)
class Rights:
    """What a locked process keeps.

    `memory_bytes`: address space beyond what it has when it is locked; `cpu_s`: processor seconds
    from then on, whole ones, after which the kernel ends it should its parent not.
    """

    memory_bytes: int = 256 << 20
    cpu_s: int = 60


class Lock:
    """Prepared once in the parent; closed in each child that is about to run foreign code."""

    def __init__(self, rights: Rights) -> None:
        """Prepare the filter and the ruleset."""
        self.filtering = True
        """Whether the filter is installed: without it only the other means hold."""
        self._rights = rights
        self._libc = ctypes.CDLL(None, use_errno=True)
        machine = platform.machine()
        self._program, self._places = b"", list[int]()
        if machine in _NUMBERS:
            self._program, self._places = seccomp_filter(*_NUMBERS[machine])
        self._statm = -1
        self._capset = _CAPSET.get(machine)
        self.landlock = self._call(_LANDLOCK_CREATE, 0, 0, _LANDLOCK_ASK_VERSION, allowed=True)
        """Version of Landlock, 0 where there is none."""
        self._ruleset = self._make_ruleset() if self.landlock > 0 else -1

    def _make_ruleset(self) -> int:
        known = max(
            rights for since, rights in _FILESYSTEM_RIGHTS.items() if since <= self.landlock
        )
        words = [(1 << known) - 1]
        if self.landlock >= _NETWORK_FROM:
            words.append(_NETWORK_RIGHTS)
        if self.landlock >= _SCOPES_FROM:
            words.append(_SCOPES)
        attributes = struct.pack(f"={len(words)}Q", *words)
        return self._call(_LANDLOCK_CREATE, attributes, len(attributes), 0)

    def begin(self, parent: int) -> None:
        """First thing in the child of `parent`: from here on it opens no file, and dies with it.

        What is prepared comes from strangers, too, and an assembler can be told to read files.
        Raises RunningRefused where the kernel refuses a ruleset that it offered.
        """
        self._libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(0)
        self._statm = os.open("/proc/self/statm", os.O_RDONLY)
        self._libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if self._ruleset >= 0:
            self._call(_LANDLOCK_RESTRICT, self._ruleset, 0)

    def close_in(self, output: int, output_bytes: int) -> None:
        """Lock this process for good; `output` becomes its descriptor 1, all others are closed.

        It may write until that file has `output_bytes`. Raises RunningRefused where the kernel
        refuses the filter.
        """
        os.dup2(output, OUTPUT)
        for number in _LEFT_BY_PYTHON:
            signal.signal(number, signal.SIG_DFL)
        self._limit(output_bytes)
        os.close(0)
        os.closerange(OUTPUT + 1, 1 << 16)
        self._drop_capabilities()
        if self.filtering:
            self._filter()

    def _limit(self, output_bytes: int) -> None:
        rights = self._rights
        pages = int(os.pread(self._statm, 100, 0).split()[0])
        memory_bytes = pages * resource.getpagesize() + rights.memory_bytes
        for what, most in (
            (resource.RLIMIT_AS, memory_bytes),
            (resource.RLIMIT_STACK, _STACK_BYTES),
            (resource.RLIMIT_CPU, math.ceil(time.process_time()) + rights.cpu_s),
            (resource.RLIMIT_FSIZE, output_bytes),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_NPROC, 0),
            (resource.RLIMIT_NOFILE, OUTPUT + 1),
        ):
            allowed = resource.getrlimit(what)[1]
            least = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
            resource.setrlimit(what, (least, least))

    def _drop_capabilities(self) -> None:
        if self._capset is not None:
            self._call(self._capset, struct.pack("=Ii", _CAPABILITY_VERSION, 0), bytes(24))

    def _filter(self) -> None:
        if not self._program:
            raise RunningRefused(f"no seccomp filter for {platform.machine()}")
        own = struct.pack("=I", os.getpid())
        code = bytearray(self._program)
        for place in self._places:
            code[place : place + len(own)] = own
        held = (ctypes.c_char * len(code)).from_buffer(code)
        program = _Program(len(code) // 8, ctypes.addressof(held))
        if self._libc.prctl(_PR_SET_SECCOMP, _FILTER_MODE, ctypes.byref(program), 0, 0) != 0:
            raise RunningRefused(f"seccomp: {os.strerror(ctypes.get_errno())}")

    def _call(self, number: int, *arguments: int | bytes, allowed: bool = False) -> int:
        wide = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
        result: int = self._libc.syscall(ctypes.c_long(number), *wide)
        if result < 0 and not allowed:
            raise RunningRefused(f"system call {number}: {os.strerror(ctypes.get_errno())}")
        return result


def seccomp_filter(architecture: int, numbers: dict[str, int]) -> tuple[bytes, list[int]]:
    """The filter in classic BPF, and where in it the locked process's id is to be put."""
    program: list[tuple[int, int, int, int]] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, _KILL),
    ]
    for name, checks in _CHECKED.items():
        body = [line for check in checks for line in _checked(check)]
        program += [(_EQUAL, 0, len(body) + 1, numbers[name]), *body, (_RETURN, 0, 0, _ALLOW)]
    for names, verdict in ((_UNCONDITIONAL, _ALLOW), (_REFUSED, _ERRNO | _EPERM)):
        for name in names:
            program += [(_EQUAL, 0, 1, numbers[name]), (_RETURN, 0, 0, verdict)]
    program.append((_RETURN, 0, 0, _KILL))
    line = struct.Struct("=HBBI")
    places = [index * line.size + 4 for index, (*_, value) in enumerate(program) if value == _SELF]
    return b"".join(line.pack(*one[:3], one[3] & 0xFFFFFFFF) for one in program), places


def _checked(check: _Check) -> list[tuple[int, int, int, int]]:
    """Lines that go on behind themselves where the argument is right."""
    load = (_LOAD, 0, 0, _ARGUMENTS + 8 * check.argument)
    kill = (_RETURN, 0, 0, check.otherwise)
    lines: list[tuple[int, int, int, int]] = [load]
    if check.equals:
        most = len(check.equals)
        lines += [(_EQUAL, most - index, 0, value) for index, value in enumerate(check.equals)]
        lines.append(kill)
    if check.but is not None:
        lines += [(_EQUAL, 0, 1, check.but), kill]
    if check.with_:
        lines += [(_ANY_BIT, 1, 0, check.with_), kill]
    if check.without:
        lines += [(_ANY_BIT, 0, 1, check.without), kill]
    return lines
