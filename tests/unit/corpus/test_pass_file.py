from pathlib import Path

import pytest

from corpus.llvm.pass_file import BadPassFile, UsableEntry, read_pass_file

SMALL = """
llvm = 22
[left_out]
"Loop analyses" = "changes nothing"
[kinds]
utility = "prints"
[module.usable]
globaldce = {}
[function.usable]
gvn = { plain = false, variants = ["no-pre", "no-load-pre"] }
[loop.usable]
licm = { level = "loop-mssa", variants = ["no-allowspeculation"] }
[loop.barred.utility]
"print<ddg>" = "prints an analysis"
[legacy]
-licm = "function(loop-mssa(licm))"
[absent]
-die = "removed"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "passes.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_variant_is_a_text_in_the_wrapper_of_its_level(tmp_path: Path) -> None:
    file = read_pass_file(written(tmp_path, SMALL))
    assert [text for entry in file.usable for text in entry.texts()] == [
        "globaldce",
        "function(gvn<no-pre>)",
        "function(gvn<no-load-pre>)",
        "function(loop-mssa(licm))",
        "function(loop-mssa(licm<no-allowspeculation>))",
    ]
    assert file.usable[-1] == UsableEntry("loop", "licm", "loop-mssa", ("", "no-allowspeculation"))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("llvm = 22", "llvm = ", "is no TOML"),
        ("llvm = 22", "", "`llvm` must be the major version"),
        ("[loop.usable]", "[loops.usable]", "has an unknown table [loops]"),
        ("[module.usable]", "[module]", "has an unknown table [module.globaldce]"),
        ("globaldce = {}", "globaldce = true", "[module.usable] globaldce: must be a table"),
        ("globaldce = {}", "globaldce = { variant = [] }", "globaldce: unknown key 'variant'"),
        ('"loop-mssa"', '"mssa"', "[loop.usable] licm: level 'mssa' is none of module, cgscc"),
        ("plain = false", "plain = 0", "gvn: plain must be true or false"),
        ('["no-pre", "no-load-pre"]', '[""]', "gvn: variants must be a list of non-empty texts"),
        ('["no-pre", "no-load-pre"]', "[]", "gvn: plain = false leaves no way to run it"),
        ('"no-load-pre"', '"no-pre"', "function(gvn<no-pre>) is in the space 2 times"),
        ('"no-load-pre"', '"no,pre"', "bad pass list, character 16: ',' cannot be part"),
        ("barred.utility]", "barred.useless]", "kind 'useless' is not explained in [kinds]"),
        ('"prints an analysis"', '" "', "[loop.barred.utility] print<ddg>: must be a text"),
        ("[loop.barred.utility]", "[loop.barred.utility]\nlicm = 'x'", "licm is usable and barred"),
        ("[function.usable]", "[function.usable]\nglobaldce = {}", "globaldce is usable in 2 sec"),
        ("(loop-mssa(licm))", "(licm)", "[legacy] -licm: function(licm) is neither a usable text"),
        ("(loop-mssa(licm))", "(licm,gvn)", "'function(licm,gvn)' must hold one pass"),
        ("[absent]", "-ilcm = 'function(loop-mssa(licm))'\n[absent]", "[legacy] maps 2 flags to"),
        ("-die", "-licm", "-licm is in [legacy] and in [absent]"),
    ],
)
def test_a_malformed_file_is_refused_with_the_entry_that_is_wrong(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    path = written(tmp_path, SMALL.replace(old, new))
    with pytest.raises(BadPassFile) as refusal:
        read_pass_file(path)
    message = str(refusal.value)
    assert message.startswith(f"{path}: ")
    assert complaint in message
    assert "\n" not in message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadPassFile, match=r"passes\.toml: cannot be read"):
        read_pass_file(tmp_path / "passes.toml")
