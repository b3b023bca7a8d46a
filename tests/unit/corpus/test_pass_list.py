import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.llvm.pass_list import WRAPPERS, BadPassList, Element, PassList

plain_names = st.from_regex(r"[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,4}){0,2}", fullmatch=True)
parameters = st.recursive(
    st.from_regex(r"[a-z0-9=;-]{1,8}", fullmatch=True),
    lambda inner: inner.map("<{}>".format),
    max_leaves=3,
)
pass_texts = st.builds("{}{}".format, plain_names, st.just("") | parameters.map("<{}>".format))
wrapper_texts = st.sampled_from(sorted(WRAPPERS)) | st.just("function<eager-inv>")
elements = st.recursive(
    pass_texts.map(Element),
    lambda inner: st.builds(
        Element, wrapper_texts, st.lists(inner, min_size=1, max_size=4).map(tuple)
    ),
    max_leaves=8,
)
pass_lists = st.lists(elements.map(str), max_size=6).map(lambda items: PassList(tuple(items)))


@given(pass_lists)
def test_what_is_printed_reads_back_as_the_same_list(pass_list: PassList) -> None:
    assert PassList.parse(str(pass_list)) == pass_list


@given(pass_lists)
def test_printing_what_was_read_gives_the_text_back(pass_list: PassList) -> None:
    text = str(pass_list)
    assert str(PassList.parse(text)) == text


@given(pass_lists)
def test_spaces_around_names_are_dropped(pass_list: PassList) -> None:
    spaced = str(pass_list).translate(str.maketrans({mark: f" {mark} \n" for mark in ",()"}))
    assert PassList.parse(spaced) == pass_list


@given(pass_lists)
def test_the_length_counts_the_passes_and_not_their_wrappers(pass_list: PassList) -> None:
    leaves = [leaf for item in pass_list.tree for leaf, _ in item.leaves()]
    assert len(pass_list) == pass_list.num_passes == len(leaves)


@given(st.text(alphabet="ab-<>(),; \t\0é9", max_size=30))
def test_any_text_is_a_list_that_round_trips_or_is_refused(text: str) -> None:
    try:
        pass_list = PassList.parse(text)
    except BadPassList as error:
        assert "character" in str(error)  # noqa: PT017 - both outcomes are right
        assert "\n" not in str(error)  # noqa: PT017 - both outcomes are right
    else:
        assert PassList.parse(str(pass_list)) == pass_list


def test_elements_are_the_top_level_items_verbatim() -> None:
    text = "function(sroa,loop-mssa(licm)),cgscc(inline<only-mandatory>),globaldce"
    assert PassList.parse(text).elements == (
        "function(sroa,loop-mssa(licm))",
        "cgscc(inline<only-mandatory>)",
        "globaldce",
    )
    assert PassList.parse(text).num_passes == 4


def test_leaves_name_the_innermost_wrapper() -> None:
    (item,) = PassList.parse("function<eager-inv>(sroa,loop(indvars))").tree
    assert list(item.leaves()) == [("sroa", "function"), ("indvars", "loop")]


def test_the_empty_text_is_the_list_without_passes() -> None:
    assert PassList.parse("") == PassList.parse(" \n") == PassList()
    assert not str(PassList())
    assert len(PassList()) == 0


@pytest.mark.parametrize(
    ("text", "position", "complaint"),
    [
        ("sroa,,gvn", 6, "a pass name is missing before ','"),
        ("sroa,", 6, "a name is missing"),
        (",sroa", 1, "a pass name is missing before ','"),
        ("function()", 10, "a pass name is missing before ')'"),
        ("function(sroa", 9, "the parenthesis is not closed"),
        ("sroa)", 5, "unexpected ')'"),
        ("function(sroa)gvn", 15, "unexpected 'g'"),
        ("sroa gvn", 6, "unexpected 'g'"),
        ("gvn<no-pre", 4, "'<' is not closed"),
        ("gvn<no-pre,gvn>", 11, "',' cannot be part of parameters"),
        ("gvn<no pre>", 7, "' ' cannot be part of parameters"),
        ("gvn>", 4, "unexpected '>'"),
        ("gvn(sroa)", 4, "'gvn' holds no other passes"),
        ("-sroa -gvn", 1, "a pass name is missing before '-'"),
        ("function(" * 40, 298, "more than 32 parentheses are open"),
    ],
)
def test_a_bad_text_is_refused_with_the_character_that_is_wrong(
    text: str, position: int, complaint: str
) -> None:
    with pytest.raises(BadPassList) as refusal:
        PassList.parse(text)
    message = str(refusal.value)
    assert message.startswith(f"bad pass list, character {position}: {complaint}: ")
    assert "\n" not in message


@pytest.mark.parametrize("element", ["sroa,gvn", "", " sroa", "function( sroa )"])
def test_an_element_is_one_item_without_spaces(element: str) -> None:
    with pytest.raises(BadPassList, match="one item without spaces"):
        PassList((element,))
