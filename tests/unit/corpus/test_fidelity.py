"""Texts are modules to LLVM, and decide their counts once attributes are back, or say that not."""

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from corpus.fidelity import FIDELITY_LISTS, NotItsText, text_is_faithful, with_attributes
from corpus.golden import GoldenFunction, golden_functions
from corpus.llvm.sandbox.supervisor import Sandbox, Session
from corpus.llvm.toolchain import find_toolchain
from corpus.normalise import canonical, normalise
from corpus.planted import CHANGES

GOLDEN = golden_functions()
BY_NAME = {function.name: function for function in GOLDEN}

READ_ALL = """
import sys
import llvmlite.binding as llvm
for text in sys.stdin.read().split("\\0"):
    llvm.parse_assembly(text).verify()
"""


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with Sandbox(find_toolchain()) as sandbox, sandbox.session() as opened:
        yield opened


def test_another_build_of_llvm_reads_every_text_with_names_kept_and_canonical() -> None:
    """In a process of its own, as LLVM may end the one that it reads in."""
    texts = [normalise(one.ir, names) for one in GOLDEN for names in ("kept", "canonical")]
    subprocess.run([sys.executable, "-c", READ_ALL], input="\0".join(texts), text=True, check=True)


def test_copies_that_are_planted_are_modules_too(session: Session) -> None:
    for number, function in enumerate(GOLDEN):
        for change in CHANGES.values():
            copy = change(normalise(function.ir), number)
            loaded = session.load(copy.encode(), keep_names=True)
            assert loaded.instructions == function.instructions


@pytest.mark.parametrize("function", GOLDEN, ids=lambda function: function.name)
def test_attributes_put_back_give_the_ir_but_for_its_metadata(function: GoldenFunction) -> None:
    restored = with_attributes(normalise(function.ir), function.ir)
    assert restored == re.sub(r", !llvm\.loop !\d+", "", canonical(function.ir))


def test_golden_texts_are_faithful_with_names_by_llvm_or_by_us(session: Session) -> None:
    looping = [function for function in GOLDEN if "!llvm.loop" in function.ir]
    assert len(looping) > 5
    for function in (*looping[:4], *GOLDEN[:4]):
        assert text_is_faithful(session, function.ir, normalise(function.ir))


NEEDS_METADATA = """define i32 @f(i32 %n) #0 {
  br label %1

1:
  %i = phi i32 [ 1, %0 ], [ %next, %1 ]
  %next = mul i32 %i, %n
  %again = icmp ne i32 %next, 77
  br i1 %again, label %1, label %2, !llvm.loop !0

2:
  ret i32 0
}

attributes #0 = { minsize nounwind optsize }

!0 = distinct !{!0, !1}
!1 = !{!"llvm.loop.mustprogress"}
"""


def test_a_loop_that_only_its_metadata_lets_go_makes_a_text_unfaithful(session: Session) -> None:
    """That the loop ends is said in the metadata alone, so only with it may LLVM delete it."""
    assert not text_is_faithful(session, NEEDS_METADATA, normalise(NEEDS_METADATA))
    said = NEEDS_METADATA.replace("nounwind", "mustprogress nounwind")
    assert text_is_faithful(session, said, normalise(said))


def test_a_text_that_llvm_does_not_read_is_not_faithful(session: Session) -> None:
    broken = "define void @f() {\nret void %oh\n}\n"
    assert not text_is_faithful(session, broken, broken)


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        ("ret i32 0", "ret i32 1", "has '1'|lacks '0'"),
        ("ret i32 0", "ret i32 0 0", "has '0'"),
        ("ret i32 0\n}", "ret i32 0\n}\n}", "goes on"),
        ("store volatile i32 0, ptr null", "store i32 0, ptr null", "lacks 'volatile'"),
    ],
)
def test_a_text_that_differs_in_more_than_attributes_is_refused(
    ours: str, theirs: str, said: str
) -> None:
    frame = "define i32 @f() {{\n{}\n"
    with pytest.raises(NotItsText, match=said):
        with_attributes(frame.format(theirs), frame.format(ours))


def test_lists_of_the_check_are_accepted_by_llvm(session: Session) -> None:
    session.load(BY_NAME["clamp"].ir.encode())
    assert [one.outcome for one in session.evaluate(FIDELITY_LISTS)] == ["ok"] * len(FIDELITY_LISTS)
