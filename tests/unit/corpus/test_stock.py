import pytest

from corpus.llvm.measurement import Outcome
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.stock import PipelineNotPrinted, cut, prefixes
from corpus.llvm.toolchain import find_toolchain


def test_a_pipeline_is_cut_behind_each_pass_and_its_wrappers_closed() -> None:
    assert cut("a,b<x,y;z>(c,d(e,f)),g") == (
        "a",
        "a,b<x,y;z>(c)",
        "a,b<x,y;z>(c,d(e))",
        "a,b<x,y;z>(c,d(e,f))",
        "a,b<x,y;z>(c,d(e,f)),g",
    )


def test_llvm_accepts_every_beginning_of_its_own_pipeline() -> None:
    toolchain = find_toolchain()
    found = prefixes(toolchain)
    assert len(found) > 100
    with Sandbox(toolchain) as sandbox, sandbox.session() as session:
        session.load(b"define i32 @f(i32 %x) {\n  ret i32 %x\n}")
        assert {one.outcome for one in session.evaluate(found)} == {Outcome.OK}


def test_a_pipeline_that_opt_does_not_know_is_an_error_with_its_message() -> None:
    with pytest.raises(PipelineNotPrinted, match="nothing-of-the-kind"):
        prefixes(find_toolchain(), "nothing-of-the-kind")
