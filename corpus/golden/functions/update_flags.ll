; instructions: 63
; ModuleID = 'module'
source_filename = "passlake"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"

; Function Attrs: minsize nounwind optsize uwtable
define dso_local i32 @update_flags(ptr noundef %0, i32 noundef %1) #0 {
  %3 = alloca ptr, align 8
  %4 = alloca i32, align 4
  store ptr %0, ptr %3, align 8
  store i32 %1, ptr %4, align 4
  %5 = load i32, ptr %4, align 4
  %6 = icmp sgt i32 %5, 0
  %7 = zext i1 %6 to i32
  %8 = load ptr, ptr %3, align 8
  %9 = trunc i32 %7 to i16
  %10 = load i16, ptr %8, align 4
  %11 = and i16 %9, 1
  %12 = and i16 %10, -2
  %13 = or i16 %12, %11
  store i16 %13, ptr %8, align 4
  %14 = zext i16 %11 to i32
  %15 = load ptr, ptr %3, align 8
  %16 = load i16, ptr %15, align 4
  %17 = lshr i16 %16, 1
  %18 = and i16 %17, 7
  %19 = zext i16 %18 to i32
  %20 = add nsw i32 %19, 1
  %21 = load ptr, ptr %3, align 8
  %22 = trunc i32 %20 to i16
  %23 = load i16, ptr %21, align 4
  %24 = and i16 %22, 7
  %25 = shl i16 %24, 1
  %26 = and i16 %23, -15
  %27 = or i16 %26, %25
  store i16 %27, ptr %21, align 4
  %28 = zext i16 %24 to i32
  %29 = load ptr, ptr %3, align 8
  %30 = load i16, ptr %29, align 4
  %31 = shl i16 %30, 6
  %32 = ashr i16 %31, 10
  %33 = sext i16 %32 to i32
  %34 = load i32, ptr %4, align 4
  %35 = sub nsw i32 %33, %34
  %36 = load ptr, ptr %3, align 8
  %37 = trunc i32 %35 to i16
  %38 = load i16, ptr %36, align 4
  %39 = and i16 %37, 63
  %40 = shl i16 %39, 4
  %41 = and i16 %38, -1009
  %42 = or i16 %41, %40
  store i16 %42, ptr %36, align 4
  %43 = shl i16 %39, 10
  %44 = ashr i16 %43, 10
  %45 = sext i16 %44 to i32
  %46 = load ptr, ptr %3, align 8
  %47 = load i16, ptr %46, align 4
  %48 = and i16 %47, 1
  %49 = zext i16 %48 to i32
  %50 = icmp ne i32 %49, 0
  br i1 %50, label %51, label %57

51:                                               ; preds = %2
  %52 = load ptr, ptr %3, align 8
  %53 = load i16, ptr %52, align 4
  %54 = shl i16 %53, 6
  %55 = ashr i16 %54, 10
  %56 = sext i16 %55 to i32
  br label %58

57:                                               ; preds = %2
  br label %58

58:                                               ; preds = %57, %51
  %59 = phi i32 [ %56, %51 ], [ -1, %57 ]
  ret i32 %59
}

attributes #0 = { minsize nounwind optsize uwtable "min-legal-vector-width"="0" "no-trapping-math"="true" "stack-protector-buffer-size"="8" "target-cpu"="x86-64" "target-features"="+cmov,+cx8,+fxsr,+mmx,+sse,+sse2,+x87" "tune-cpu"="generic" }

!llvm.module.flags = !{!0, !1, !2, !3}

!0 = !{i32 1, !"wchar_size", i32 4}
!1 = !{i32 8, !"PIC Level", i32 2}
!2 = !{i32 7, !"PIE Level", i32 2}
!3 = !{i32 7, !"uwtable", i32 2}
