"""Which branches leave a loop."""

import ctypes as c
from collections.abc import Iterator, Sequence

from corpus.llvm.library import Handle, Pointer
from corpus.llvm.reading import Opcode, Reading

_MOST_BLOCKS = 400
"""Of a function that is looked at: each block's reach is walked."""


def exits_of_loops(reading: Reading, blocks: Sequence[Pointer]) -> Iterator[tuple[Pointer, int]]:
    """Conditional branches of which one arm leads back and the other does not: the arm that leaves.

    0 is the arm taken where the condition is true.
    """
    if len(blocks) > _MOST_BLOCKS:
        return
    bind = reading.library.bind
    last = bind("LLVMGetBasicBlockTerminator", Handle, Handle)
    num_next = bind("LLVMGetNumSuccessors", c.c_uint, Handle)
    next_ = bind("LLVMGetSuccessor", Handle, Handle, c.c_uint)
    after = {}
    for block in blocks:
        end = last(block)
        after[block] = [next_(end, i) for i in range(num_next(end))]
    for block in blocks:
        end = last(block)
        if reading.opcode(end) != Opcode.BR or len(after[block]) != 2:  # noqa: PLR2004 - two arms
            continue
        back = [_leads_to(after, arm, block) for arm in after[block]]
        if back[0] != back[1]:
            yield end, back.index(False)


def _leads_to(after: dict[Pointer, list[Pointer]], start: Pointer, wanted: Pointer) -> bool:
    seen, pending = {start}, [start]
    while pending:
        block = pending.pop()
        if block == wanted:
            return True
        new = [one for one in after[block] if one not in seen]
        seen.update(new)
        pending += new
    return False
