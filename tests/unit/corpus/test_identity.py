"""States told apart without printing: as the printed text tells them, or not at all."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from autotune.search.base import Problem
from autotune.search.random_search import RandomSearch
from corpus.golden import golden_functions
from corpus.llvm.identity import build, state_identity
from corpus.llvm.identity.build import identity_object
from corpus.llvm.passes import PassSpace
from corpus.llvm.sandbox import template
from corpus.llvm.sandbox.supervisor import Limits, Sandbox
from corpus.llvm.toolchain import find_toolchain

TOOLCHAIN = find_toolchain()
SPACE = PassSpace.load()

Answer = dict[str, list[Any]]

RICH = Path(__file__).with_name("rich.ll").read_text()

CHANGES = [
    ("i64 2), ptr null", "i64 3), ptr null"),
    ("inbounds (i8, ptr @text", "(i8, ptr @text"),
    ("(i8, ptr @text", "(i16, ptr @text"),
    ("[ptr @table, ptr get", "[ptr @text, ptr get"),
    ("ptr null], align 8", "ptr null], align 16"),
    ("internal constant", "internal global"),
    ("private unnamed_addr", "private"),
    ('c"abc', 'c"abd'),
    ('section "words"', 'section "others"'),
    ("align 1, !note !2", "align 1"),
    ("global i32 7, comdat", "global i32 7"),
    ("comdat any", "comdat largest"),
    ("external thread_local", "external"),
    ("thread_local", "thread_local(initialexec)"),
    ("noalias", "nonnull"),
    ("nounwind comdat", "mustprogress comdat"),
    ('gc "statepoint-example"', 'gc "shadow-stack"'),
    ("personality ptr @personality", "personality ptr null"),
    ("define linkonce_odr", "define weak_odr"),
    ("i32 @f(", "i32 @g("),
    ("alloca { i32, ptr }, i32 2", "alloca { i32, ptr }, i32 3"),
    ("alloca { i32, ptr }", "alloca [2 x { i32, ptr }]"),
    ("i64 0, i32 1", "i64 1, i32 1"),
    ("align 8, !noted !3", "align 8"),
    ("!{!4, !4, i64 0}", "!{!4, !4, i64 8}"),
    ("!noted !3", "!other !3"),
    ("i32 3, i32 2>", "i32 2, i32 3>"),
    ("%8, 0\n", "%8, 0, !note !2\n"),
    ("insertvalue { i32, ptr } %8, i32 %7, 0", "insertvalue { i32, ptr } poison, i32 %7, 0"),
    ("weak ptr", "ptr"),
    ('syncscope("singlethread") ', ""),
    ("acq_rel monotonic", "acq_rel acquire"),
    ("atomicrmw add", "atomicrmw sub"),
    ("i32 1 seq_cst", "i32 1 release"),
    ("i64 16) ]", "i64 32) ]"),
    ('"align"', '"dereferenceable"'),
    ("i32 1, label %14", "i32 2, label %14"),
    ("i32 9, label %18", "i32 9, label %14"),
    ("cleanup catch", "catch"),
    ("catch ptr null", "filter [0 x ptr] zeroinitializer"),
    ("i32 40", "i32 41"),
    ("[ %15, %14 ]", "[ 4, %14 ]"),
    (", !llvm.loop !5", ""),
    ("!{!5, !6}", "!{!5}"),
    ("!named = !{!2}", "!named = !{!2, !2}"),
    ("!named", "!other"),
    ('i32 1, !"note", null', 'i32 1, null, !"note"'),
]

NOT_COVERED = {
    "local names": "define i32 @f(i32 %x) {\n  ret i32 %x\n}",
    "a label": "define void @f() {\nentry:\n  ret void\n}",
    "an alias": "@a = global i32 0\n@b = alias i32, ptr @a",
    "a block's address": "@a = global ptr blockaddress(@f, %1)\n"
    "define void @f() {\n  br label %1\n1:\n  ret void\n}",
    "debug information": "define void @f() !dbg !4 {\n  ret void, !dbg !5\n}\n"
    "!llvm.module.flags = !{!0}\n!llvm.dbg.cu = !{!1}\n"
    '!0 = !{i32 2, !"Debug Info Version", i32 3}\n'
    "!1 = distinct !DICompileUnit(language: DW_LANG_C, file: !2)\n"
    '!2 = !DIFile(filename: "a.c", directory: "")\n'
    "!3 = !DISubroutineType(types: null)\n"
    '!4 = distinct !DISubprogram(name: "f", file: !2, type: !3, unit: !1, '
    "spFlags: DISPFlagDefinition)\n"
    "!5 = !DILocation(line: 1, scope: !4)\n",
    "too many instructions": "define i32 @f(i32 %0) {\n"
    + "".join(f"  %{n + 2} = add i32 %{n and n + 1}, 1\n" for n in range(41_000))
    + "  ret i32 %0\n}",
}


def ask(
    texts: Sequence[str] = (),
    walks: Sequence[tuple[str, list[str]]] = (),
    shared_object: Path | None = None,
) -> Answer:
    child = Path(__file__).with_name("identity_child.py")
    made = shared_object or identity_object(TOOLCHAIN) or ""
    answer = subprocess.run(
        [sys.executable, child, TOOLCHAIN.libllvm, made],
        input=json.dumps({"texts": texts, "walks": walks}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    answered: Answer = json.loads(answer.stdout)
    return answered


def test_whatever_a_text_says_an_identity_sees() -> None:
    texts = [RICH, RICH, *(RICH.replace(*change) for change in CHANGES)]
    assert [change for change, text in zip(CHANGES, texts[2:], strict=True) if text == RICH] == []
    first, again, *changed = ask(texts=texts)["texts"]
    assert first is not None
    assert again == first
    seen: dict[str, int] = {first: -1}
    for number, identity in enumerate(changed):
        assert identity is not None, CHANGES[number]
        assert identity not in seen, (CHANGES[number], CHANGES[seen[identity]])
        seen[identity] = number


@pytest.mark.parametrize("what", NOT_COVERED)
def test_what_is_not_covered_has_no_identity(what: str) -> None:
    assert ask(texts=[NOT_COVERED[what]])["texts"] == [None]


def test_states_have_one_identity_if_they_have_one_text() -> None:
    walks = []
    for seed, one in enumerate(golden_functions()[::2]):
        problem = Problem(SPACE, seed, one.instructions, "instructions", oz=1)
        asked = RandomSearch(problem).ask(15)
        walks.append((one.ir, [str(SPACE.decode(pass_ids)) for pass_ids in asked]))
    shared = 0
    for states in ask(walks=walks)["walks"]:
        pairs = {(identity, digest) for identity, digest in states}
        assert None not in {identity for identity, _ in pairs}
        identities, digests = zip(*pairs, strict=True)
        assert len(set(identities)) == len(set(digests)) == len(pairs)
        shared += len(states) - len(pairs)
    assert shared > 100, "hardly two lists ended alike: nothing was compared"


def test_every_change_it_is_tried_out_with_is_one() -> None:
    texts = {state_identity._MODULE.replace(*change) for change in state_identity._CHANGES}
    assert len(texts - {state_identity._MODULE}) == len(state_identity._CHANGES)


@pytest.mark.parametrize("limits", [Limits(sharing=True), Limits(sharing=False)])
def test_without_identities_every_figure_is_the_same(
    limits: Limits, monkeypatch: pytest.MonkeyPatch
) -> None:
    function = next(one for one in golden_functions() if one.name == "tokenize")
    problem = Problem(SPACE, 5, function.instructions, "instructions", oz=1)
    lists = [str(SPACE.decode(one)) for one in RandomSearch(problem).ask(80)]

    def measured() -> list[tuple[object, ...]]:
        with Sandbox(TOOLCHAIN, limits) as sandbox, sandbox.session() as session:
            session.load(function.ir.encode())
            return [
                (one.outcome, one.instructions, one.state_hash) for one in session.evaluate(lists)
            ]

    told = measured()
    monkeypatch.setattr(template, "identity_object", lambda _: None)
    assert measured() == told


def test_where_it_cannot_be_compiled_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    (tmp_path / "file").touch()
    assert build.identity_object.__wrapped__(TOOLCHAIN) is None


def test_a_shared_object_that_does_not_tell_states_apart_is_not_used(tmp_path: Path) -> None:
    source = tmp_path / "blind.c"
    source.write_text("int passlake_identity(void *m, long *i) { i[0] = i[1] = 1; return 1; }\n")
    made = tmp_path / "blind.so"
    clang = TOOLCHAIN.tool("clang")
    subprocess.run([clang, "-shared", "-fPIC", source, "-o", made], check=True)
    assert ask(shared_object=made) is None
    assert ask(shared_object=tmp_path / "none.so") is None
