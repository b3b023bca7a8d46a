"""Names by order."""

import pytest

from corpus.names import Renamed, renamed
from corpus.normalise import normalise

TEXT = """%struct.pair = type { i32, ptr }
@table = internal constant [2 x i32] [i32 1, i32 2], align 4
@outside = external global i32, align 4
@".str a" = private constant [4 x i8] c"%5\\0A\\00", align 1
define i32 @f(ptr %0, i1 %1) {
%3 = getelementptr %struct.pair, ptr %0, i32 0, i32 1
br i1 %1, label %4, label %"odd label"
4:
%5 = call i32 (ptr, ...) @printf(ptr @".str a", i32 7)
br label %"odd label"
"odd label":
%6 = phi i32 [ %5, %4 ], [ 0, %2 ]
call void @llvm.donothing()
ret i32 %6
}
declare i32 @printf(ptr, ...)
declare void @llvm.donothing()
"""

OWN = """%t0 = type { i32, ptr }
@g0 = internal constant [2 x i32] [i32 1, i32 2], align 4
@outside = external global i32, align 4
@g1 = private constant [4 x i8] c"%5\\0A\\00", align 1
define i32 @g2(ptr %v0, i1 %v1) {
b0:
%v2 = getelementptr %t0, ptr %v0, i32 0, i32 1
br i1 %v1, label %b1, label %b2
b1:
%v3 = call i32 (ptr, ...) @printf(ptr @g1, i32 7)
br label %b2
b2:
%v4 = phi i32 [ %v3, %b1 ], [ 0, %b0 ]
call void @llvm.donothing()
ret i32 %v4
}
declare i32 @printf(ptr, ...)
declare void @llvm.donothing()
"""


def test_own_names_are_numbered_by_order_and_outside_ones_stay() -> None:
    assert renamed(TEXT, Renamed.OWN) == OWN
    assert normalise(TEXT, "canonical") == OWN


def test_only_intrinsics_keep_their_names_where_all_go() -> None:
    everything = renamed(TEXT, Renamed.ALL)
    assert "@llvm.donothing" in everything
    assert "printf" not in everything
    assert "outside" not in everything


@pytest.mark.parametrize("which", Renamed)
def test_renaming_twice_changes_nothing(which: Renamed) -> None:
    once = renamed(TEXT, which)
    assert renamed(once, which) == once
