"""Licences: which expressions a set of them satisfies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse import spdx
from warehouse.errors import BadLicense

MINE = {"MIT", "Zlib", "GPL-2.0-or-later"}


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("mit", True),
        ("GPL-3.0-only", False),
        ("GPL-3.0-only OR MIT", True),
        ("MIT AND GPL-3.0-only", False),
        ("MIT AND Zlib", True),
        ("GPL-3.0-only OR MIT AND Zlib", True),
        ("(GPL-3.0-only OR MIT) AND Apache-2.0", False),
        ("(Apache-2.0 OR Zlib) AND (MIT)", True),
        ("Zlib+", True),
        ("GPL-2.0-or-later WITH GCC-exception-2.0", True),
        ("Apache-2.0 WITH LLVM-exception", False),
        ("NOASSERTION", False),
        ("", False),
        ("MIT AND", False),
        ("(MIT", False),
        ("MIT)", False),
        ("MIT Zlib", False),
        ("MIT; rm", False),
    ],
)
def test_an_expression_is_satisfied_as_its_words_say(expression: str, allowed: bool) -> None:  # noqa: FBT001
    assert spdx.allows(expression, MINE) is allowed


def test_an_exception_may_be_named_with_its_licence() -> None:
    with_exception = "Apache-2.0 WITH LLVM-exception"
    assert spdx.allows(with_exception, spdx.wanted([with_exception]))
    assert not spdx.allows("Apache-2.0", spdx.wanted([with_exception]))


def test_permissive_stands_for_licences_that_ask_for_their_notice_at_most() -> None:
    wanted = spdx.wanted(["permissive", "MPL-2.0"])
    assert spdx.allows("BSD-3-Clause AND MPL-2.0", wanted)
    assert not any(spdx.allows(f"{name}-3.0-only", wanted) for name in ("GPL", "LGPL", "AGPL"))


@pytest.mark.parametrize("name", ["", "MIT OR Zlib", "MIT,Zlib", "a b"])
def test_what_is_no_licences_name_is_refused(name: str) -> None:
    with pytest.raises(BadLicense, match="give the SPDX name of one licence"):
        spdx.wanted([name])


NAMES = st.sampled_from(["MIT", "Zlib", "ISC", "X11"])
EXPRESSIONS = st.recursive(
    NAMES, lambda inner: st.tuples(inner, st.sampled_from(["AND", "OR"]), inner)
)


def written(tree: object) -> str:
    return tree if isinstance(tree, str) else f"({' '.join(map(written, tree))})"  # type: ignore[call-overload]


def meant(tree: object, mine: set[str]) -> bool:
    match tree:
        case (left, "AND", right):
            return meant(left, mine) and meant(right, mine)
        case (left, "OR", right):
            return meant(left, mine) or meant(right, mine)
        case _:
            return tree in mine


@given(EXPRESSIONS, st.sets(NAMES))
def test_any_expression_means_what_its_tree_means(tree: object, mine: set[str]) -> None:
    assert spdx.allows(written(tree), mine) is meant(tree, mine)


@given(st.text(), st.sets(NAMES))
def test_any_text_is_answered(text: str, mine: set[str]) -> None:
    assert spdx.allows(text, mine) in {True, False}
