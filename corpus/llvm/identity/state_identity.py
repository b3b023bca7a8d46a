"""Telling states of a module apart without printing them, from the sandbox's side.

What `identity.c` reads of LLVM's own objects has no documented place. So before anything relies on
it, it has to tell apart modules that differ in one bit each, and to tell clones equal. Where it
does not, or is not there, there are no identities, and states are printed.
"""

import ctypes as c
from typing import Final

from corpus.llvm.library import Library, Pointer

_MODULE: Final = b"""
@variable = external global i32
declare void @callee(i32)
define i32 @function(i32 %0, ptr %1, float %2) {
  %4 = add i32 %0, 1
  %5 = load i32, ptr %1, align 4
  %6 = icmp ult i32 %4, %5
  %7 = getelementptr i8, ptr %1, i32 %4
  %8 = fadd float %2, 1.0
  %9 = trunc i32 %4 to i8
  store i8 %9, ptr %7
  call void @callee(i32 %5)
  br label %10, !note !0
10:
  ret i32 %5
}
!0 = distinct !{!0, !1}
!1 = !{!"word"}
"""
_CHANGES: Final = (
    (b"add i32", b"add nuw i32"),
    (b"add i32", b"add nsw i32"),
    (b"load i32", b"load volatile i32"),
    (b"align 4", b"align 8"),
    (b"align 4", b"align 4, !note !1"),
    (b"icmp ult", b"icmp slt"),
    (b"icmp ult", b"icmp samesign ult"),
    (b"getelementptr i8", b"getelementptr inbounds i8"),
    (b"getelementptr i8", b"getelementptr i16"),
    (b"fadd float", b"fadd nnan float"),
    (b"trunc i32", b"trunc nuw i32"),
    (b"store i8 %9", b"store i8 0"),
    (b"call void", b"tail call void"),
    (b"call void", b"call fastcc void"),
    (b"@callee(i32 %5)", b"@callee(i32 %4)"),
    (b"@callee(i32 %5)", b"@callee(i32 noundef %5)"),
    (b"@callee(i32 %5)", b"@callee(i32 %5) nounwind"),
    (b"%0, 1", b"%0, 2"),
    (b"@variable = external", b"@variable = external dso_local"),
    (b"@variable = external", b"@variable = external hidden"),
    (b"@variable = external global", b"@variable = external unnamed_addr global"),
    (b"@variable = external global i32", b"@variable = global i32 0"),
    (b"define i32", b"define internal i32"),
    (b"define i32 @function(i32 %0", b"define i32 @function(i32 signext %0"),
    (b"float %2) {", b"float %2) minsize {"),
    (b"distinct !{!0, !1}", b"distinct !{!0}"),
    (b"distinct !{!0, !1}", b"!{!1}"),
    (b'"word"', b'"another"'),
)


class StateIdentity:
    """Identities of modules of one context: 16 bytes, or None for what has none."""

    def __init__(self, path: str) -> None:
        """Load the shared object at `path`. Raises OSError and AttributeError."""
        self._identity = c.CDLL(path).passlake_identity
        self._identity.argtypes = [c.c_void_p, c.c_void_p]
        self._words = (c.c_uint64 * 2)()

    def of(self, module: Pointer) -> bytes | None:
        """Equal for two modules only if they print alike, bar comments and `inrange`."""
        return bytes(self._words) if self._identity(module, self._words) else None


def tried_out(library: Library, path: str) -> StateIdentity | None:
    """What tells states apart by the shared object at `path`, if it does so rightly; else None."""
    try:
        identity = StateIdentity(path)
    except (OSError, AttributeError):
        return None
    context = library.context(keep_names=True)
    texts = [_MODULE, *(_MODULE.replace(*change) for change in _CHANGES)]
    modules = [library.parse(context, text) for text in texts]
    clones = [library.clone(module) for module in modules]
    told = [identity.of(module) for module in modules]
    right = None not in told and len({*told}) == len(told) and told == [*map(identity.of, clones)]
    for module in (*clones, *modules):
        library.dispose(module)
    library.forget(context)
    return identity if right else None
