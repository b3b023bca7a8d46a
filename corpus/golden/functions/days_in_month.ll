; instructions: 20
; ModuleID = 'module'
source_filename = "passlake"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"

; Function Attrs: minsize nounwind optsize uwtable
define dso_local i32 @days_in_month(i32 noundef %0, i32 noundef %1) #0 {
  %3 = alloca i32, align 4
  %4 = alloca i32, align 4
  %5 = alloca i32, align 4
  store i32 %0, ptr %4, align 4
  store i32 %1, ptr %5, align 4
  %6 = load i32, ptr %4, align 4
  switch i32 %6, label %14 [
    i32 2, label %7
    i32 4, label %13
    i32 6, label %13
    i32 9, label %13
    i32 11, label %13
  ]

7:                                                ; preds = %2
  %8 = load i32, ptr %5, align 4
  %9 = call i32 @is_leap(i32 noundef %8)
  %10 = icmp ne i32 %9, 0
  %11 = zext i1 %10 to i64
  %12 = select i1 %10, i32 29, i32 28
  store i32 %12, ptr %3, align 4
  br label %15

13:                                               ; preds = %2, %2, %2, %2
  store i32 30, ptr %3, align 4
  br label %15

14:                                               ; preds = %2
  store i32 31, ptr %3, align 4
  br label %15

15:                                               ; preds = %14, %13, %7
  %16 = load i32, ptr %3, align 4
  ret i32 %16
}

; Function Attrs: minsize nounwind optsize uwtable
declare dso_local i32 @is_leap(i32 noundef) #0

attributes #0 = { minsize nounwind optsize uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" "target-cpu"="x86-64" "target-features"="+cmov,+cx8,+fxsr,+mmx,+sse,+sse2,+x87" "tune-cpu"="generic" }

!llvm.module.flags = !{!0, !1, !2, !3}

!0 = !{i32 1, !"wchar_size", i32 4}
!1 = !{i32 8, !"PIC Level", i32 2}
!2 = !{i32 7, !"PIE Level", i32 2}
!3 = !{i32 7, !"uwtable", i32 2}
