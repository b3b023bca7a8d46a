"""The filter, read as the kernel reads it: classic BPF over struct seccomp_data."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.llvm.sandbox import lockdown
from corpus.llvm.sandbox.lockdown import seccomp_filter

KILL, ERRNO_EPERM, ALLOW = 0x80000000, 0x00050001, 0x7FFF0000
PID = 4321
MACHINES = sorted(lockdown._NUMBERS)
WORD = st.integers(0, 2**64 - 1)
SIGKILL = 9
PROT_EXEC, ANONYMOUS = 4, 0x20


def verdict(machine: str, number: int, *arguments: int, architecture: int | None = None) -> int:
    """What the filter of `machine` says to a system call of the process PID."""
    own, numbers = lockdown._NUMBERS[machine]
    code, places = seccomp_filter(own, numbers)
    program = [list(line) for line in struct.iter_unpack("=HBBI", code)]
    for place in places:
        program[place // 8][3] = PID
    padded = [*arguments, *[0] * 6][:6]
    data = struct.pack("<iIQ6Q", number, own if architecture is None else architecture, 0, *padded)
    return interpreted(program, data)


def interpreted(program: list[list[int]], data: bytes) -> int:
    loaded = at = 0
    for _ in range(len(program)):
        operation, if_true, if_false, value = program[at]
        at += 1
        if operation == 0x06:  # return
            return value
        if operation == 0x20:  # load
            (loaded,) = struct.unpack_from("<I", data, value)
            continue
        holds = {0x15: loaded == value, 0x45: bool(loaded & value), 0x35: loaded >= value}
        at += if_true if holds[operation] else if_false
    raise AssertionError("no end")


def number(machine: str, name: str) -> int:
    return lockdown._NUMBERS[machine][1][name]


@pytest.mark.parametrize("machine", MACHINES)
def test_every_system_call_that_is_not_named_ends_the_process(machine: str) -> None:
    named = set(lockdown._NUMBERS[machine][1].values())
    others = set(range(-1, 700)) - named
    assert {verdict(machine, one) for one in others} == {KILL}


@pytest.mark.parametrize("machine", MACHINES)
def test_another_architectures_entry_ends_the_process_whatever_it_asks(machine: str) -> None:
    asked = {
        verdict(machine, one, 1, 1, 1, architecture=foreign)
        for foreign in (0x40000003, 0x40000028, 0)  # AUDIT_ARCH_I386, AUDIT_ARCH_ARM
        for one in range(500)
    }
    assert asked == {KILL}


@pytest.mark.parametrize("machine", MACHINES)
def test_the_numbers_of_x32_end_the_process(machine: str) -> None:
    assert {verdict(machine, 0x40000000 | one, 1) for one in range(600)} == {KILL}


@pytest.mark.parametrize("machine", MACHINES)
def test_each_named_call_has_one_rule(machine: str) -> None:
    names = [*lockdown._UNCONDITIONAL, *lockdown._CHECKED, *lockdown._REFUSED]
    assert len(names) == len(set(names))
    assert set(names) == lockdown._NUMBERS[machine][1].keys()
    numbers = lockdown._NUMBERS[machine][1]
    assert len(set(numbers.values())) == len(numbers)


@pytest.mark.parametrize("machine", MACHINES)
@given(descriptor=st.integers(0, 2**32 - 1), rest=WORD)
def test_only_the_output_can_be_written_to(machine: str, descriptor: int, rest: int) -> None:
    said = {
        verdict(machine, number(machine, name), descriptor, rest) for name in ("write", "writev")
    }
    assert said == ({ALLOW} if descriptor == 1 else {ERRNO_EPERM})


@pytest.mark.parametrize("machine", MACHINES)
@given(protection=WORD, flags=WORD)
def test_no_memory_becomes_code_or_a_file(machine: str, protection: int, flags: int) -> None:
    harmless = not protection & PROT_EXEC and bool(flags & ANONYMOUS)
    mapped = verdict(machine, number(machine, "mmap"), 0, 4096, protection, flags)
    assert mapped == (ALLOW if harmless else KILL)
    changed = verdict(machine, number(machine, "mprotect"), 0, 4096, protection)
    assert changed == (KILL if protection & PROT_EXEC else ALLOW)


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("name", ["kill", "tgkill"])
@given(process=st.integers(0, 2**32 - 1) | st.just(PID), signal=st.integers(0, 64))
def test_signals_go_to_nobody_else_and_never_kill(
    machine: str, name: str, process: int, signal: int
) -> None:
    arguments = (process, signal) if name == "kill" else (process, process, signal)
    said = verdict(machine, number(machine, name), *arguments)
    assert said == (ALLOW if process == PID and signal != SIGKILL else KILL)


@pytest.mark.parametrize("machine", MACHINES)
@given(advice=st.integers(0, 2**32 - 1))
def test_memory_is_given_back_and_nothing_else_is_advised(machine: str, advice: int) -> None:
    assert verdict(machine, number(machine, "madvise"), 0, 0, advice) == (
        ALLOW if advice in (4, 8) else KILL
    )


@pytest.mark.parametrize("name", ["openat", "read", "close", "getrandom", "prlimit64"])
def test_what_the_c_library_asks_by_the_way_is_refused_and_ends_nothing(name: str) -> None:
    assert {verdict(one, number(one, name), 1, 1, 1) for one in MACHINES} == {ERRNO_EPERM}
