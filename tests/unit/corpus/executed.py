"""Functions that are executed before and after: what each is for, it says by its name."""

SUM = """
define i32 @f(ptr %p, i32 %n) {
entry:
  br label %head
head:
  %i = phi i32 [ 0, %entry ], [ %next, %body ]
  %s = phi i32 [ 0, %entry ], [ %more, %body ]
  %go = icmp slt i32 %i, %n
  br i1 %go, label %body, label %done
body:
  %w = sext i32 %i to i64
  %at = getelementptr inbounds i32, ptr %p, i64 %w
  %v = load i32, ptr %at, align 4
  %more = add i32 %s, %v
  %next = add nsw i32 %i, 1
  br label %head
done:
  ret i32 %s
}
"""
FILL = """
define void @f(ptr %p, i32 %n) {
entry:
  br label %head
head:
  %i = phi i32 [ 0, %entry ], [ %next, %body ]
  %go = icmp slt i32 %i, %n
  br i1 %go, label %body, label %done
body:
  %w = sext i32 %i to i64
  %at = getelementptr inbounds i32, ptr %p, i64 %w
  store i32 %i, ptr %at, align 4
  %next = add nsw i32 %i, 1
  br label %head
done:
  ret void
}
"""
FOLLOW = """
%node = type { ptr, i32 }
define i32 @f(ptr %list) {
entry:
  br label %head
head:
  %at = phi ptr [ %list, %entry ], [ %next, %body ]
  %s = phi i32 [ 0, %entry ], [ %more, %body ]
  %end = icmp eq ptr %at, null
  br i1 %end, label %done, label %body
body:
  %field = getelementptr inbounds %node, ptr %at, i32 0, i32 1
  %v = load i32, ptr %field, align 8
  %more = add i32 %s, %v
  %next = load ptr, ptr %at, align 8
  br label %head
done:
  ret i32 %s
}
"""
CALLS = """
@state = external global i32
declare i32 @next(i32, ptr)
define i32 @f(i32 %n) {
  %box = alloca i32, align 4
  store i32 %n, ptr %box, align 4
  store i32 7, ptr @state, align 4
  %a = call i32 @next(i32 1, ptr %box)
  %b = load i32, ptr %box, align 4
  %c = load i32, ptr @state, align 4
  %ab = add i32 %a, %b
  %abc = add i32 %ab, %c
  %d = call i32 @next(i32 %abc, ptr %box)
  ret i32 %d
}
"""
PRINTS = """
@hello = private constant [7 x i8] c"hello\\0A\\00"
@hullo = private constant [6 x i8] c"hello\\00"
declare i32 @printf(ptr, ...)
declare i32 @puts(ptr)
define void @f() {
  %1 = call i32 (ptr, ...) @printf(ptr @hello)
  ret void
}
"""
ASKS = """
declare i32 @ask(ptr)
define i32 @f(ptr %p) {
  %code = load i32, ptr %p, align 4
  %is = icmp eq i32 %code, 305419896
  br i1 %is, label %found, label %other
found:
  %said = call i32 @ask(ptr %p)
  ret i32 %said
other:
  ret i32 3
}
"""
POINTER_CALL = """
define i32 @f(ptr %p, i32 %x) {
  %slot = getelementptr inbounds { i64, ptr }, ptr %p, i64 0, i32 1
  %function = load ptr, ptr %slot, align 8
  %r = call i32 %function(i32 %x, ptr %p)
  ret i32 %r
}
"""
BY_VALUE = """
%pair = type { i64, [3 x i32] }
define void @f(ptr sret(%pair) align 8 noalias %out, ptr byval(%pair) align 8 %p) {
  %v = load i64, ptr %p, align 8
  %at = getelementptr inbounds %pair, ptr %p, i64 0, i32 1, i64 2
  store i32 5, ptr %at, align 4
  store i64 %v, ptr %out, align 8
  ret void
}
"""
OWNS = """
declare noalias ptr @malloc(i64)
declare void @free(ptr)
define i32 @f(i32 %x) {
  %p = call ptr @malloc(i64 8)
  store i32 %x, ptr %p, align 4
  %v = load i32, ptr %p, align 4
  call void @free(ptr %p)
  ret i32 %v
}
"""
FLOATS = """
declare double @sqrt(double)
define double @f(double %x, float %y) {
  %w = fpext float %y to double
  %s = fadd double %x, %w
  %r = call double @sqrt(double %s)
  ret double %r
}
"""
VECTORS = """
define <4 x i32> @f(<4 x i32> %a, i128 %b, half %c, { i8, i64 } %d) {
  %low = trunc i128 %b to i32
  %e = extractvalue { i8, i64 } %d, 1
  %f = trunc i64 %e to i32
  %g = add i32 %low, %f
  %v = insertelement <4 x i32> %a, i32 %g, i64 2
  ret <4 x i32> %v
}
"""
ENDS = """
declare void @exit(i32) noreturn
define void @f(i32 %x) {
  call void @exit(i32 %x)
  unreachable
}
"""


PATTERN = """
declare void @memset_pattern16(ptr, ptr, i64)
define void @f(ptr %p) {
  call void @memset_pattern16(ptr %p, ptr %p, i64 16)
  ret void
}
"""
OWN = "@v = internal global i32 0\ndefine void @f() {\n  store i32 1, ptr @v\n  ret void\n}\n"
NOP = 'define void @f() {\n  call void asm sideeffect "nop", ""()\n  ret void\n}\n'
