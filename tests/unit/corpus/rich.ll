$shared = comdat any
@table = internal constant [3 x ptr] [ptr @table, ptr getelementptr inbounds (i8, ptr @text, i64 2), ptr null], align 8
@text = private unnamed_addr constant [4 x i8] c"abc\00", section "words", align 1, !note !2
@shared = linkonce_odr global i32 7, comdat
@thread = external thread_local global i32
declare void @llvm.assume(i1)
declare i32 @may_throw(ptr, ...)
declare i32 @personality(...)
define linkonce_odr i32 @f(i32 %0, ptr noalias %1, <4 x i32> %2) nounwind comdat($shared) gc "statepoint-example" personality ptr @personality {
  %4 = alloca { i32, ptr }, i32 2, align 8
  %5 = getelementptr inbounds { i32, ptr }, ptr %4, i64 0, i32 1
  store ptr getelementptr (i8, ptr @table, i64 8), ptr %5, align 8, !noted !3
  %6 = shufflevector <4 x i32> %2, <4 x i32> poison, <4 x i32> <i32 0, i32 1, i32 3, i32 2>
  %7 = extractelement <4 x i32> %6, i32 1
  %8 = load { i32, ptr }, ptr %4, align 8
  %9 = extractvalue { i32, ptr } %8, 0
  %10 = insertvalue { i32, ptr } %8, i32 %7, 0
  store { i32, ptr } %10, ptr %4, align 8
  %11 = cmpxchg weak ptr %1, i32 %9, i32 5 syncscope("singlethread") acq_rel monotonic, align 4
  %12 = atomicrmw add ptr %1, i32 1 seq_cst, align 4
  %13 = icmp sgt i32 %12, 0
  call void @llvm.assume(i1 true) [ "align"(ptr %1, i64 16) ]
  switch i32 %0, label %18 [
    i32 1, label %14
    i32 9, label %18
  ]
14:
  %15 = invoke i32 (ptr, ...) @may_throw(ptr %1, i32 %7) to label %20 unwind label %16
16:
  %17 = landingpad { ptr, i32 } cleanup catch ptr null
  resume { ptr, i32 } %17
18:
  %19 = select i1 %13, i32 %12, i32 40
  br label %20, !llvm.loop !5
20:
  %21 = phi i32 [ %15, %14 ], [ %19, %18 ]
  ret i32 %21
}
!named = !{!2}
!2 = !{i32 1, !"note", null}
!3 = !{!4, !4, i64 0}
!4 = !{!"pointer"}
!5 = distinct !{!5, !6}
!6 = !{!"llvm.loop.mustprogress"}
