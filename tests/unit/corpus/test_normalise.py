import pytest

from corpus.normalise import canonical, normalise

IR = """source_filename = "passlake"
target datalayout = "e-m:e"
target triple = "x86_64-pc-linux-gnu"

@.str = private unnamed_addr constant [11 x i8] c"a  noundef;\\00", align 1

define dso_local i32 @f(ptr noundef nonnull align 8 %0, i32 range(i32 0, 2) %1) #0 {
  %3 = load i32, ptr %0, align 4, !range !1
  %4 = call noundef i32 @noundef(ptr noundef @.str, i32 signext %3) #1, !srcloc !2
  call void @llvm.x(metadata !3, metadata ptr %0)
  br label %5, !llvm.loop !6

5:                                                ; preds = %2
  ret i32 %4
}

declare i32 @noundef(ptr noundef captures(none), i32 signext) local_unnamed_addr #1

declare void @llvm.x(metadata, metadata)

attributes #0 = { minsize nounwind optsize "target-cpu"="x86-64" }
attributes #1 = { nounwind }

!llvm.module.flags = !{!0}

!0 = !{i32 8, !"PIC Level", i32 2}
!1 = !{i32 0, i32 9}
!2 = !{i64 852}
!3 = !{!4, !3}
!4 = !{!"rax"}
!6 = distinct !{!6}
"""

TEXT = """@.str = private constant [11 x i8] c"a  noundef;\\00", align 1
define i32 @f(ptr align 8 %0, i32 %1) {
%3 = load i32, ptr %0, align 4
%4 = call i32 @noundef(ptr @.str, i32 signext %3)
call void @llvm.x(metadata !3, metadata ptr %0)
br label %5
5:
ret i32 %4
}
declare i32 @noundef(ptr, i32 signext)
declare void @llvm.x(metadata, metadata)
!3 = !{!4, !3}
!4 = !{!"rax"}
"""


def test_what_a_model_reads_has_no_attributes_metadata_or_needless_space() -> None:
    assert normalise(IR) == TEXT


def test_normalising_twice_changes_nothing() -> None:
    assert normalise(TEXT) == TEXT


def test_canonical_text_loses_its_comments_only() -> None:
    commented = IR.replace("\ndefine", "\n; Function Attrs: minsize\ndefine")
    without = IR.replace("5:" + " " * 48 + "; preds = %2", "5:")
    assert canonical("; ModuleID = 'x'\n" + commented) == without
    assert without != IR


@pytest.mark.parametrize("line", ['@s = constant [3 x i8] c"a;b"', '%"a;b" = type { i32 }'])
def test_a_semicolon_in_a_string_or_name_is_no_comment(line: str) -> None:
    assert canonical(f"{line} ; comment\n") == f"{line}\n"
