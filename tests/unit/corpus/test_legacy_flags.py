import pytest

from corpus.llvm.legacy_flags import from_legacy_flags
from corpus.llvm.passes import NotInPassSpace, PassSpace

space = PassSpace.load()


def test_flags_become_passes_in_their_wrappers_and_order() -> None:
    line = "-sroa -early-cse-memssa -licm -loop-unswitch -functionattrs -instcombine -Oz"
    found = from_legacy_flags(line, space)
    assert found.pass_list.elements == (
        "function(sroa)",
        "function(early-cse<memssa>)",
        "function(loop-mssa(licm))",
        "function(loop-mssa(simple-loop-unswitch<nontrivial>))",
        "cgscc(function-attrs)",
        "function(instcombine<no-verify-fixpoint>)",
        "default<Oz>",
    )
    assert (found.absent, found.barred) == ((), ())


def test_what_is_gone_and_what_is_barred_is_left_out_and_reported() -> None:
    found = from_legacy_flags("-prune-eh -gvn -newgvn -die -prune-eh", space)
    assert str(found.pass_list) == "function(gvn)"
    assert found.absent == ("-prune-eh", "-die", "-prune-eh")
    assert found.barred == ("-newgvn",)


def test_an_imported_list_is_made_of_passes_of_the_space() -> None:
    line = " ".join(space.legacy)
    found = from_legacy_flags(line, space)
    assert space.decode(space.encode(found.pass_list)) == found.pass_list
    assert len(found.pass_list) + len(found.absent) + len(found.barred) == len(space.legacy) == 124


def test_an_unknown_flag_is_refused() -> None:
    with pytest.raises(NotInPassSpace, match="'-slip' is no pass of LLVM 10"):
        from_legacy_flags("-slp-vectorizer -slip", space)
