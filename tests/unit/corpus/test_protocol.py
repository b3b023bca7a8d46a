"""Frames: what the memory of a child that reads and writes them depends on."""

import ctypes
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from corpus.llvm.sandbox.protocol import Outbox, read_exactly


@contextmanager
def pipe() -> Iterator[tuple[int, int]]:
    ours, theirs = os.pipe()
    try:
        yield ours, theirs
    finally:
        os.close(ours)
        os.close(theirs)


HEAP = """
import ctypes, os, sys, time
from corpus.llvm.sandbox.protocol import read_exactly

class Heap(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in "arena ordblks smblks hblks hblkhd usmblks "
                "fsmblks uordblks fordblks keepcost".split()]

mallinfo2 = ctypes.CDLL(None).mallinfo2
mallinfo2.restype = Heap
piece, length = int(sys.argv[1]), 60_000
ours, theirs = os.pipe()
if os.fork() == 0:
    for start in range(0, length, piece):
        os.write(theirs, b"x" * piece)
        time.sleep(0.002)
    os._exit(0)
os.waitpid(-1, 0) if piece == length else time.sleep(0.01)
mallinfo2()
assert read_exactly(ours, length) == b"x" * length
heap = mallinfo2()
print([getattr(heap, name) for name, _ in Heap._fields_])
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="a heap that tells nothing")
def test_in_how_many_pieces_a_frame_comes_does_not_show_in_the_heap() -> None:
    heaps = [
        subprocess.run(
            [sys.executable, "-c", HEAP, str(piece)], capture_output=True, text=True, check=True
        ).stdout
        for piece in (60_000, 1_000, 200)
    ]
    assert heaps[0].startswith("[")
    assert heaps[1:] == heaps[:1] * 2


def test_a_frame_that_is_cut_off_is_an_end() -> None:
    ours, theirs = os.pipe()
    os.write(theirs, b"half")
    os.close(theirs)
    with pytest.raises(EOFError):
        read_exactly(ours, 8)
    os.close(ours)


def test_frames_that_wait_are_sent_in_order_and_take_no_more_memory() -> None:
    with pipe() as (ours, theirs):
        outbox = Outbox(theirs)
        sent = []
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        for number in range(400):
            outbox.add(b"%04d" % number * 50)
            if number % 37 == 0:
                outbox.send()
                sent.append(os.read(ours, 1 << 16))
        held = tracemalloc.get_traced_memory()[0] - before - sum(map(len, sent))
        tracemalloc.stop()
        outbox.send()
        sent.append(os.read(ours, 1 << 16))
        assert b"".join(sent) == b"".join(b"%04d" % number * 50 for number in range(400))
        assert held < 4096


def test_what_does_not_fit_any_more_sends_what_waits() -> None:
    with pipe() as (ours, theirs):
        outbox = Outbox(theirs)
        outbox.add(b"a" * 40_000)
        outbox.add(b"b" * 40_000)
        assert os.read(ours, 1 << 16) == b"a" * 40_000
        outbox.send()
        assert os.read(ours, 1 << 16) == b"b" * 40_000
