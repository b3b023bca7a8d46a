from corpus.golden import golden_functions
from corpus.instruction_text import Instruction, bodies

EVERYTHING = """
@table = constant [2 x i32] zeroinitializer

define i32 @f(ptr %p, i32 %n) personality ptr @p {
  %at = alloca i32, align 4
  switch i32 %n, label %"an odd name" [
    i32 0, label %done
    i32 -1, label %done
  ], !prof !0
"an odd name":                                    ; preds = %0
  %sum = tail call i32 @g(i32 %n), !range !1
  invoke void @h()
          to label %done unwind label %pad

pad:                                              ; preds = %"an odd name"
  %caught = landingpad { ptr, i32 }
          cleanup
          catch ptr null
  resume { ptr, i32 } %caught

done:                                             ; preds = %0, %0, %"an odd name"
    #dbg_value(i32 %n, !2, !DIExpression(), !3)
  ret i32 %n
}

define void @nothing() {
  ret void
}

declare i32 @g(i32)
"""


def test_what_is_printed_on_many_lines_is_one_instruction() -> None:
    first, second = bodies(EVERYTHING)
    assert [block.label for block in first.blocks] == ["", '"an odd name"', "pad", "done"]
    assert [one.opcode for block in first.blocks for one in block.instructions] == [
        "alloca",
        "switch",
        "call",
        "invoke",
        "landingpad",
        "resume",
        "ret",
    ]
    assert second.blocks[0].instructions == (Instruction("", "ret", "void"),)


def test_a_terminator_names_the_ends_of_all_its_edges() -> None:
    blocks = next(bodies(EVERYTHING)).blocks
    ends = [block.instructions[-1].targets for block in blocks]
    assert ends == [['"an odd name"', "done", "done"], ["done", "pad"], [], []]


def test_results_are_kept_and_attachments_dropped() -> None:
    call = next(bodies(EVERYTHING)).blocks[1].instructions[0]
    assert call == Instruction("%sum", "call", "i32 @g(i32 %n)")


def test_as_many_instructions_are_read_as_llvm_counts() -> None:
    for function in golden_functions():
        read = sum(len(block.instructions) for one in bodies(function.ir) for block in one.blocks)
        assert read == function.instructions, function.name
