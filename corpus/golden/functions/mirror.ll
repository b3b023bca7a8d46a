; instructions: 13
; ModuleID = 'module'
source_filename = "passlake"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"

%struct.point = type { i32, i32 }

; Function Attrs: minsize nounwind optsize uwtable
define dso_local i64 @mirror(i64 %0) #0 {
  %2 = alloca %struct.point, align 4
  %3 = alloca %struct.point, align 4
  store i64 %0, ptr %3, align 4
  %4 = getelementptr inbounds nuw %struct.point, ptr %2, i32 0, i32 0
  %5 = getelementptr inbounds nuw %struct.point, ptr %3, i32 0, i32 1
  %6 = load i32, ptr %5, align 4
  store i32 %6, ptr %4, align 4
  %7 = getelementptr inbounds nuw %struct.point, ptr %2, i32 0, i32 1
  %8 = getelementptr inbounds nuw %struct.point, ptr %3, i32 0, i32 0
  %9 = load i32, ptr %8, align 4
  store i32 %9, ptr %7, align 4
  %10 = load i64, ptr %2, align 4
  ret i64 %10
}

attributes #0 = { minsize nounwind optsize uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" "target-cpu"="x86-64" "target-features"="+cmov,+cx8,+fxsr,+mmx,+sse,+sse2,+x87" "tune-cpu"="generic" }

!llvm.module.flags = !{!0, !1, !2, !3}

!0 = !{i32 1, !"wchar_size", i32 4}
!1 = !{i32 8, !"PIC Level", i32 2}
!2 = !{i32 7, !"PIE Level", i32 2}
!3 = !{i32 7, !"uwtable", i32 2}
