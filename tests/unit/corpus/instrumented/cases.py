"""Small functions, each with an input that is undefined and one that is not.

A body is that of `i64 @f(ptr %p, i64 %a, i64 %b)`, where %p leads 2048 bytes into 16,384 bytes of
zeros. Traps are named as in `Trap`, or as the harness numbers its own.
"""

from dataclasses import dataclass

from corpus.llvm.sandbox.undefined import Trap

LOAD, STORE, OFFSET = 1001, 1002, 1003


@dataclass(frozen=True)
class Case:
    """`body` ends with `trap` on the inputs `bad`, and returns on `good`."""

    name: str
    body: str
    trap: int
    bad: tuple[int, int]
    good: tuple[int, int]
    outside: str = ""


def _cut(bits: int) -> str:
    return f"%x = trunc i64 %a to i{bits}\n %y = trunc i64 %b to i{bits}\n"


_BYTE = _cut(8)


def _byte(operation: str) -> str:
    """A function that does one operation on two bytes."""
    return f"{_BYTE} %r = {operation} i8 %x, %y\n ret i64 0"


def _lanes(operation: str) -> str:
    """The same on vectors of two bytes, of which the second is harmless."""
    return f"""{_BYTE} %v0 = insertelement <2 x i8> <i8 1, i8 1>, i8 %x, i32 0
 %w0 = insertelement <2 x i8> <i8 1, i8 1>, i8 %y, i32 0
 %r = {operation} <2 x i8> %v0, %w0
 ret i64 0"""


_DOUBLE = "%d = bitcast i64 %a to double\n %e = bitcast i64 %b to double\n"
_ONE, _HUGE, _NAN, _INFINITE = (
    0x3FF0000000000000, 0x7FEFFFFFFFFFFFFF, 0x7FF8000000000000, 0x7FF0000000000000,
)  # fmt: skip
_MINUS_HALF, _MINUS_ONE = 0xBFE0000000000000, 0xBFF0000000000000
_2_TO_31, _LEAST_I32 = 0x41E0000000000000, 0xC1E0000000000000
_LEAST_I32_AND_HALF, _LEAST_I32_LESS_ONE = 0xC1E0000000100000, 0xC1E0000000200000

_ARITHMETIC = (
    Case("add nsw", _byte("add nsw"), Trap.SIGNED_WRAP, (100, 28), (100, 27)),
    Case("add nuw", _byte("add nuw"), Trap.UNSIGNED_WRAP, (200, 56), (200, 55)),
    Case("sub nsw", _byte("sub nsw"), Trap.SIGNED_WRAP, (0x80, 1), (0x81, 1)),
    Case("sub nuw", _byte("sub nuw"), Trap.UNSIGNED_WRAP, (1, 2), (2, 2)),
    Case("mul nsw", _byte("mul nsw"), Trap.SIGNED_WRAP, (16, 8), (16, 7)),
    Case("mul nuw", _byte("mul nuw"), Trap.UNSIGNED_WRAP, (16, 16), (16, 15)),
    Case("add of both", _byte("add nuw nsw"), Trap.SIGNED_WRAP, (127, 1), (126, 1)),
    Case("add of lanes", _lanes("add nsw"), Trap.SIGNED_WRAP, (100, 28), (100, 27)),
    Case("shift too far", _byte("shl"), Trap.SHIFT_AMOUNT, (1, 8), (1, 7)),
    Case("lshr too far", _byte("lshr"), Trap.SHIFT_AMOUNT, (1, 8), (1, 7)),
    Case("ashr too far", _byte("ashr"), Trap.SHIFT_AMOUNT, (1, 255), (1, 0)),
    Case("shift of lanes", _lanes("shl"), Trap.SHIFT_AMOUNT, (1, 8), (1, 7)),
    Case("shl nsw", _byte("shl nsw"), Trap.SIGNED_WRAP, (64, 1), (63, 1)),
    Case("shl nuw", _byte("shl nuw"), Trap.UNSIGNED_WRAP, (128, 1), (127, 1)),
    Case("lshr exact", _byte("lshr exact"), Trap.INEXACT, (5, 1), (4, 2)),
    Case("ashr exact", _byte("ashr exact"), Trap.INEXACT, (0x81, 1), (0x82, 1)),
    Case("udiv by zero", _byte("udiv"), Trap.DIVISION_BY_ZERO, (5, 0), (5, 255)),
    Case("urem by zero", _byte("urem"), Trap.DIVISION_BY_ZERO, (5, 0), (5, 5)),
    Case("sdiv by zero", _byte("sdiv"), Trap.DIVISION_BY_ZERO, (5, 0), (5, 255)),
    Case("sdiv overflow", _byte("sdiv"), Trap.DIVISION_OVERFLOW, (0x80, 255), (0x81, 255)),
    Case("srem overflow", _byte("srem"), Trap.DIVISION_OVERFLOW, (0x80, 255), (0x80, 254)),
    Case("division of lanes", _lanes("sdiv"), Trap.DIVISION_BY_ZERO, (5, 0), (5, 1)),
    Case("udiv exact", _byte("udiv exact"), Trap.INEXACT, (5, 2), (6, 2)),
    Case("sdiv exact", _byte("sdiv exact"), Trap.INEXACT, (0xFB, 2), (0xFA, 2)),
    Case("or disjoint", _byte("or disjoint"), Trap.NOT_DISJOINT, (3, 1), (2, 1)),
    Case("samesign", _byte("icmp samesign ult"), Trap.SIGNS_DIFFER, (0x80, 1), (0x80, 0x81)),
    Case(
        "trunc nsw", "%r = trunc nsw i64 %a to i8\n ret i64 0", Trap.TRUNCATION, (128, 0), (127, 0)
    ),
    Case(
        "trunc nuw", "%r = trunc nuw i64 %a to i8\n ret i64 0", Trap.TRUNCATION, (256, 0), (255, 0)
    ),
    Case("zext nneg", _BYTE + "%r = zext nneg i8 %x to i64\n ret i64 %r", Trap.NEGATIVE,
         (128, 0), (127, 0)),
    Case("uitofp nneg", _BYTE + "%r = uitofp nneg i8 %x to double\n ret i64 0", Trap.NEGATIVE,
         (128, 0), (127, 0)),
    Case("abs", _BYTE + "%r = call i8 @llvm.abs.i8(i8 %x, i1 true)\n ret i64 0",
         Trap.LEAST_ABSOLUTE, (128, 0), (129, 0), "declare i8 @llvm.abs.i8(i8, i1)"),
    Case("ctlz", _BYTE + "%r = call i8 @llvm.ctlz.i8(i8 %x, i1 true)\n ret i64 0",
         Trap.ZERO_COUNT, (0, 0), (1, 0), "declare i8 @llvm.ctlz.i8(i8, i1)"),
    Case("cttz", _BYTE + "%r = call i8 @llvm.cttz.i8(i8 %x, i1 true)\n ret i64 0",
         Trap.ZERO_COUNT, (0, 0), (1, 0), "declare i8 @llvm.cttz.i8(i8, i1)"),
    Case("extract", """%v = insertelement <4 x i64> zeroinitializer, i64 %b, i32 1
 %r = extractelement <4 x i64> %v, i64 %a\n ret i64 %r""", Trap.LANE, (4, 7), (3, 7)),
    Case("insert", """%v = insertelement <4 x i64> zeroinitializer, i64 %b, i64 %a
 %r = extractelement <4 x i64> %v, i64 0\n ret i64 %r""", Trap.LANE, (4, 7), (3, 7)),
)  # fmt: skip

_FLOATING = (
    Case("too large for i32", _DOUBLE + "%r = fptosi double %d to i32\n ret i64 0",
         Trap.CONVERSION, (_2_TO_31, 0), (_LEAST_I32, 0)),
    Case("too small for i32", _DOUBLE + "%r = fptosi double %d to i32\n ret i64 0",
         Trap.CONVERSION, (_LEAST_I32_LESS_ONE, 0), (_LEAST_I32_AND_HALF, 0)),
    Case("no number as i32", _DOUBLE + "%r = fptosi double %d to i32\n ret i64 0",
         Trap.CONVERSION, (_NAN, 0), (_ONE, 0)),
    Case("negative as unsigned", _DOUBLE + "%r = fptoui double %d to i64\n ret i64 0",
         Trap.CONVERSION, (_MINUS_ONE, 0), (_MINUS_HALF, 0)),
    Case("too large for i128", _DOUBLE + "%r = fptoui double %d to i128\n ret i64 0",
         Trap.CONVERSION, (_INFINITE, 0), (0x47EFFFFFFFFFFFFF, 0)),
    Case("half of infinity", """%x = trunc i64 %a to i16\n %h = bitcast i16 %x to half
 %r = fptosi half %h to i32\n ret i64 0""", Trap.CONVERSION, (0xFC00, 0), (0xFBFF, 0)),
    Case("nan made", _DOUBLE + "%r = fsub double %d, %e\n ret i64 0", Trap.NOT_A_NUMBER,
         (_INFINITE, _INFINITE), (_INFINITE, _ONE)),
    Case("square root", _DOUBLE + "%r = call double @llvm.sqrt.f64(double %d)\n ret i64 0",
         Trap.NOT_A_NUMBER, (_MINUS_ONE, 0), (_ONE, 0), "declare double @llvm.sqrt.f64(double)"),
    Case("nnan argument", _DOUBLE + "%r = fcmp nnan olt double %d, %e\n ret i64 0",
         Trap.NOT_A_NUMBER, (_NAN, _ONE), (_ONE, _ONE)),
    Case("ninf result", _DOUBLE + "%r = fmul ninf double %d, %e\n ret i64 0", Trap.INFINITE,
         (_HUGE, _HUGE), (_HUGE, _ONE)),
    Case("ninf argument", _DOUBLE + "%r = fneg ninf double %d\n ret i64 0", Trap.INFINITE,
         (_INFINITE, 0), (_HUGE, 0)),
    Case("lrint", _DOUBLE + "%r = call i32 @llvm.lrint.i32.f64(double %d)\n ret i64 0",
         Trap.CONVERSION, (_2_TO_31, 0), (_ONE, 0), "declare i32 @llvm.lrint.i32.f64(double)"),
)  # fmt: skip

_BEYOND = "%q = getelementptr i8, ptr %p, i64 %a\n"
_COPY = """%q = getelementptr i8, ptr %p, i64 %a
 call void @llvm.{name}.p0.p0.i64(ptr {align} %q, ptr %p, i64 %b, i1 false)
 ret i64 0"""
_COPIES = "\n".join(
    f"declare void @llvm.{name}.p0.p0.i64(ptr, ptr, i64, i1)" for name in ("memcpy", "memmove")
)
_FILL = "declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)"

_MEMORY = (
    Case("load beyond", _BEYOND + "%r = load i64, ptr %q, align 1\n ret i64 %r", LOAD,
         (14329, 0), (14328, 0)),
    Case("load before", _BEYOND + "%r = load i8, ptr %q, align 1\n ret i64 0", LOAD,
         (-2049, 0), (-2048, 0)),
    Case("load misaligned", _BEYOND + "%r = load i64, ptr %q, align 8\n ret i64 %r", LOAD,
         (4, 0), (8, 0)),
    Case("atomic load", _BEYOND + "%r = load atomic i64, ptr %q seq_cst, align 8\n ret i64 %r",
         LOAD, (14336, 0), (8, 0)),
    Case("store beyond", _BEYOND + "store i64 7, ptr %q, align 1\n ret i64 0", STORE,
         (14329, 0), (14328, 0)),
    Case("store misaligned", _BEYOND + "store i32 7, ptr %q, align 4\n ret i64 0", STORE,
         (2, 0), (4, 0)),
    Case("store to a constant", """%z = icmp eq i64 %a, 0\n %q = select i1 %z, ptr %p, ptr @k
 store i8 1, ptr %q\n ret i64 0""", STORE, (1, 0), (0, 0), "@k = constant i64 0"),
    Case("exchange", _BEYOND + """%r = cmpxchg ptr %q, i64 0, i64 1 seq_cst seq_cst
 ret i64 0""", STORE, (14336, 0), (8, 0)),
    Case("atomic add", _BEYOND + "%r = atomicrmw add ptr %q, i64 1 seq_cst\n ret i64 0", STORE,
         (14336, 0), (8, 0)),
    Case("inbounds", "%q = getelementptr inbounds i8, ptr %p, i64 %a\n ret i64 0", OFFSET,
         (14337, 0), (14336, 0)),
    Case("inbounds of two", """%q = getelementptr inbounds [4 x i32], ptr %p, i64 %a, i64 %b
 ret i64 0""", OFFSET, (900, 0), (895, 3)),
    Case("inbounds of null", "%q = getelementptr inbounds i8, ptr null, i64 %a\n ret i64 0",
         OFFSET, (1, 0), (0, 0)),
    Case("nuw", "%q = getelementptr nuw i8, ptr %p, i64 %a\n ret i64 0", Trap.OFFSET_WRAP,
         (-1, 0), (1 << 40, 0)),
    Case("inbounds nuw", "%q = getelementptr inbounds nuw i8, ptr %p, i64 %a\n ret i64 0",
         Trap.OFFSET_WRAP, (-1, 0), (1, 0)),
    Case("nusw", "%q = getelementptr nusw i64, ptr %p, i64 %a\n ret i64 0", Trap.OFFSET_WRAP,
         (-(1 << 63), 0), (-8, 0)),
    Case("local array", """%x = alloca [4 x i32], align 4\n store [4 x i32] zeroinitializer, ptr %x
 %q = getelementptr i32, ptr %x, i64 %a\n %r = load i32, ptr %q\n ret i64 0""", LOAD,
         (4, 0), (3, 0)),
    Case("variable array", """%x = alloca i32, i64 %b, align 4
 %q = getelementptr inbounds i32, ptr %x, i64 %a\n store i32 1, ptr %q\n ret i64 0""", STORE,
         (3, 3), (2, 3)),
    Case("restored stack", """%s = call ptr @llvm.stacksave.p0()\n %x = alloca i32
 store i32 1, ptr %x\n %z = icmp eq i64 %a, 0\n br i1 %z, label %end, label %restore
restore:
 call void @llvm.stackrestore.p0(ptr %s)\n br label %end
end:
 %r = load i32, ptr %x\n ret i64 0""", LOAD, (1, 0), (0, 0),
         "declare ptr @llvm.stacksave.p0()\ndeclare void @llvm.stackrestore.p0(ptr)"),
    Case("local of a callee", """%q = call ptr @g(i64 %a, ptr %p)\n %r = load i32, ptr %q
 ret i64 0""", LOAD, (1, 0), (0, 0), """define internal ptr @g(i64 %a, ptr %p) {
 %x = alloca i32\n store i32 1, ptr %x\n %z = icmp eq i64 %a, 0
 %q = select i1 %z, ptr %p, ptr %x\n ret ptr %q\n}"""),
    Case("memcpy overlaps", _COPY.format(name="memcpy", align=""), Trap.OVERLAP, (3, 4), (4, 4),
         _COPIES),
    Case("memcpy overlaps backwards", _COPY.format(name="memcpy", align=""), Trap.OVERLAP,
         (-3, 4), (0, 4), _COPIES),
    Case("memmove beyond", _COPY.format(name="memmove", align=""), STORE, (14333, 4), (3, 4),
         _COPIES),
    Case("memmove misaligned", _COPY.format(name="memmove", align="align 4"), STORE,
         (2, 4), (4, 4), _COPIES),
    Case("memset beyond", """call void @llvm.memset.p0.i64(ptr %p, i8 1, i64 %a, i1 false)
 ret i64 0""", STORE, (14337, 0), (14336, 0), _FILL),
    Case("nothing is copied to null", """%z = icmp eq i64 %a, 0
 %q = select i1 %z, ptr null, ptr %p
 call void @llvm.memset.p0.i64(ptr %q, i8 1, i64 %b, i1 false)\n ret i64 0""", STORE,
         (0, 1), (0, 0), _FILL),
    Case("range", _BYTE + """store i8 %x, ptr %p\n %r = load i8, ptr %p, !range !0
 ret i64 0""", Trap.VALUE_RANGE, (3, 0), (9, 0),
         "!0 = !{i8 0, i8 3, i8 8, i8 10}"),
    Case("nonnull load", """store i64 %a, ptr %p\n %r = load ptr, ptr %p, !nonnull !0
 ret i64 0""", Trap.NULL, (0, 0), (1, 0), "!0 = !{}"),
    Case("aligned load", """store i64 %a, ptr %p\n %r = load ptr, ptr %p, !align !0
 ret i64 0""", Trap.MISALIGNED, (4, 0), (16, 0), "!0 = !{i64 8}"),
)  # fmt: skip

_AHEAD = "%q = getelementptr i8, ptr %p, i64 %a\n"
_LOOK = "declare void @look_at(ptr)"
_CONTROL = (
    Case("assumption", "%z = icmp ne i64 %a, 0\n call void @llvm.assume(i1 %z)\n ret i64 0",
         Trap.ASSUMPTION, (0, 0), (1, 0), "declare void @llvm.assume(i1)"),
    Case("unreachable", """%z = icmp eq i64 %a, 0\n br i1 %z, label %gone, label %end
gone:\n unreachable\nend:\n ret i64 0""", Trap.UNREACHABLE, (0, 0), (1, 0)),
    Case("nonnull argument", """%q = inttoptr i64 %a to ptr
 call void @look_at(ptr nonnull %q)\n ret i64 0""", Trap.NULL, (0, 0), (1, 0), _LOOK),
    Case("nonnull parameter", """%q = inttoptr i64 %a to ptr\n call void @look_at(ptr %q)
 ret i64 0""", Trap.NULL, (0, 0), (1, 0), "declare void @look_at(ptr nonnull)"),
    Case("aligned argument", _AHEAD + "call void @look_at(ptr align 8 %q)\n ret i64 0",
         Trap.MISALIGNED, (4, 0), (8, 0), _LOOK),
    Case("dereferenceable argument", _AHEAD + """call void @look_at(ptr dereferenceable(8) %q)
 ret i64 0""", LOAD, (14329, 0), (14328, 0), _LOOK),
    Case("passed by value", _AHEAD + "call void @look_at(ptr byval([4 x i64]) %q)\n ret i64 0",
         LOAD, (14320, 0), (14304, 0), _LOOK),
    Case("nonnull result", """%z = icmp eq i64 %a, 0\n br i1 %z, label %end, label %ask
ask:\n %r = call nonnull ptr @give_null()\n br label %end\nend:\n ret i64 0""", Trap.NULL,
         (1, 0), (0, 0), "declare ptr @give_null()"),
    Case("own parameter", "call void @g(i64 %a, ptr null)\n ret i64 0", Trap.NULL, (0, 0), (1, 0),
         """define internal void @g(i64 %a, ptr %p) {\n %z = icmp eq i64 %a, 0
 br i1 %z, label %ask, label %end\nask:\n call void @h(ptr %p)\n br label %end
end:\n ret void\n}\ndefine internal void @h(ptr nonnull %p) {\n ret void\n}"""),
    Case("own result", """%z = icmp eq i64 %a, 0\n %q = select i1 %z, ptr null, ptr %p
 %r = call ptr @g(ptr %q)\n ret i64 0""", Trap.NULL, (0, 0), (1, 0),
         "define internal nonnull ptr @g(ptr %p) {\n ret ptr %p\n}"),
    Case("returned", "%r = call i64 @g(i64 %a)\n ret i64 %r", Trap.NOT_RETURNED, (1, 0), (0, 0),
         "define internal i64 @g(i64 returned %a) {\n %r = mul i64 %a, 2\n ret i64 %r\n}"),
)  # fmt: skip

_LOCAL = "%x = alloca i32\n %z = icmp eq i64 %a, 0\n br i1 %z, label %skip, label %write\n"
_WRITE = _LOCAL + "write:\n store i32 1, ptr %x\n br label %skip\nskip:\n"
_LIFE = "declare void @llvm.lifetime.start.p0(ptr)\ndeclare void @llvm.lifetime.end.p0(ptr)"
_CONTENTS = (
    Case("branch", _WRITE + """%v = load i32, ptr %x\n %c = icmp eq i32 %v, 1
 br i1 %c, label %one, label %two\none:\n ret i64 1\ntwo:\n ret i64 2""",
         Trap.UNINITIALISED, (0, 0), (1, 0)),
    Case("switch", _WRITE + """%v = load i32, ptr %x\n switch i32 %v, label %two [i32 1, label %one]
one:\n ret i64 1\ntwo:\n ret i64 2""", Trap.UNINITIALISED, (0, 0), (1, 0)),
    Case("address", _WRITE + """%v = load i32, ptr %x\n %w = sext i32 %v to i64
 %q = getelementptr i8, ptr %p, i64 %w\n %r = load i8, ptr %q\n ret i64 0""",
         Trap.UNINITIALISED, (0, 0), (1, 0)),
    Case("noundef argument", _WRITE + """%v = load i32, ptr %x\n %w = sext i32 %v to i64
 %q = inttoptr i64 %w to ptr\n call void @look_at(ptr noundef %q)\n ret i64 0""",
         Trap.UNINITIALISED, (0, 0), (1, 0), _LOOK),
    Case("frozen", _WRITE + """%v = load i32, ptr %x\n %w = freeze i32 %v
 %c = icmp eq i32 %w, 1\n br i1 %c, label %one, label %two\none:\n ret i64 1
two:\n ret i64 2""", Trap.UNINITIALISED, (0, 0), (1, 0)),
    Case("undef", """%z = icmp eq i64 %a, 0\n %v = select i1 %z, i1 undef, i1 true
 br i1 %v, label %one, label %two\none:\n ret i64 1\ntwo:\n ret i64 2""",
         Trap.UNINITIALISED, (0, 0), (1, 0)),
    Case("poison that nobody uses", """%z = icmp eq i64 %a, 0
 %v = select i1 %z, i1 poison, i1 true\n %w = select i1 %z, i1 true, i1 %v
 %y = icmp eq i64 %b, 0\n %u = select i1 %y, i1 %v, i1 %w
 br i1 %u, label %one, label %two\none:\n ret i64 1\ntwo:\n ret i64 2""",
         Trap.UNINITIALISED, (0, 0), (0, 1)),
    Case("copied", _WRITE + """%y = alloca i32
 call void @llvm.memcpy.p0.p0.i64(ptr %y, ptr %x, i64 4, i1 false)
 %v = load i32, ptr %y\n %c = icmp eq i32 %v, 1\n br i1 %c, label %one, label %two
one:\n ret i64 1\ntwo:\n ret i64 2""", Trap.UNINITIALISED, (0, 0), (1, 0), _COPIES),
    Case("written by a callee", """%x = alloca i32\n %z = icmp eq i64 %a, 0
 br i1 %z, label %skip, label %write\nwrite:\n call void @fill_in(ptr %x)\n br label %skip
skip:\n %v = load i32, ptr %x\n %c = icmp eq i32 %v, 5\n br i1 %c, label %one, label %two
one:\n ret i64 1\ntwo:\n ret i64 2""", Trap.UNINITIALISED, (0, 0), (1, 0),
         "declare void @fill_in(ptr)"),
    Case("one bit of a word", """%x = alloca i32\n %v = load i32, ptr %x\n %w = or i32 %v, 1
 store i32 %w, ptr %x\n %m = trunc i64 %a to i32\n %y = load i32, ptr %x\n %u = and i32 %y, %m
 %c = icmp eq i32 %u, 0\n br i1 %c, label %one, label %two\none:\n ret i64 1
two:\n ret i64 2""", Trap.UNINITIALISED, (2, 0), (1, 0)),
    Case("life that ended", """%x = alloca i32\n call void @llvm.lifetime.start.p0(ptr %x)
 store i32 1, ptr %x\n %z = icmp eq i64 %a, 0\n br i1 %z, label %keep, label %end
end:\n call void @llvm.lifetime.end.p0(ptr %x)\n br label %keep
keep:\n %v = load i32, ptr %x\n %c = icmp eq i32 %v, 1\n br i1 %c, label %one, label %two
one:\n ret i64 1\ntwo:\n ret i64 2""", Trap.UNINITIALISED, (1, 0), (0, 0), _LIFE),
    Case("life that began again", """%x = alloca i32\n store i32 1, ptr %x
 %z = icmp eq i64 %a, 0\n br i1 %z, label %keep, label %again
again:\n call void @llvm.lifetime.start.p0(ptr %x)\n br label %keep
keep:\n %v = load i32, ptr %x\n %c = icmp eq i32 %v, 1\n br i1 %c, label %one, label %two
one:\n ret i64 1\ntwo:\n ret i64 2""", Trap.UNINITIALISED, (1, 0), (0, 1), _LIFE),
)  # fmt: skip

CASES = (*_ARITHMETIC, *_FLOATING, *_MEMORY, *_CONTROL, *_CONTENTS)

REFUSED = {
    "inline assembly": 'call void asm sideeffect "nop", ""()\n ret i64 0',
    "computed goto": """indirectbr ptr blockaddress(@f, %x), [label %x]\nx:\n ret i64 0""",
    "variable arguments": "%r = va_arg ptr %p, i64\n ret i64 %r",
    "vectors of unknown size": "%r = load <vscale x 2 x i64>, ptr %p\n ret i64 0",
    "another address space": "%r = load i64, ptr addrspace(256) null\n ret i64 %r",
    "floating-point arithmetic that may be rearranged": _DOUBLE
    + "%r = fadd reassoc double %d, %e\n ret i64 0",
    "loads of what never changes": """%r = load i64, ptr %p, !invariant.load !{}
 ret i64 %r""",
    "vectors of pointers": """%q = getelementptr inbounds i8, ptr %p, <2 x i64> zeroinitializer
 ret i64 0""",
}
"""By the reason, a body that cannot be checked."""
