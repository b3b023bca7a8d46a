"""Real C and C++ through clang, the sandbox and extraction."""

from pathlib import Path

import pytest

from corpus.deduplicate import function_id
from corpus.extract import Extracted, NotExtracted, extract
from corpus.llvm.frontend import Compiled, Job, compile_source, targeted
from corpus.llvm.process import run_tool
from corpus.llvm.sandbox.supervisor import Measured, Session
from corpus.llvm.toolchain import Toolchain
from corpus.normalise import canonical, normalise

EVERYTHING = r"""
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
struct node { int value; struct node *next; };
struct { int x; } unnamed;
static const int table[4] = {1, 2, 3, 4};
static const struct { const char *text; const int *at; } records[] = {
    {"a,b", table}, {"c\"d;@x}\n}", table + 1}};
const char *const shared[] = {"e", "f"};
static int counter;
static __thread int of_thread = 3;
int common_one; extern int elsewhere; __attribute__((weak)) int weak_one = 4;
int also(struct node *) __attribute__((alias("pub")));
static int helper(struct node *n) {
    static int calls = 0;
    return n->value + table[n->value & 3] + calls++ + *records[n->value & 1].at;
}
int pub(struct node *n) {
    printf("%s %s\n", shared[helper(n) & 1], records[0].text);
    return also(n) + counter++ + of_thread + common_one + elsewhere + weak_one + unnamed.x;
}
const char *jump(int i) {
    static void *const targets[] = {&&a, &&b};
    goto *targets[i & 1];
a:  return "a";
b:  return "b";
}
static int (*const calls[])(struct node *) = {helper, pub};
int indirect(struct node *n, int i) {
    char buffer[100];
    memset(buffer, i, sizeof buffer);
    while (i--) n = n->next;
    return calls[i & 1](n) + buffer[0];
}
static void *resolve(void) { return pub; }
int resolved(struct node *) __attribute__((ifunc("resolve")));
int through_ifunc(struct node *n) { return resolved(n); }
__attribute__((constructor)) static void start(void) { counter = 1; }
__attribute__((section("odd"), visibility("hidden"))) double hidden_one(double x) { return x / 2; }
inline int inlined(int x) { return x; } int use(int x) { return inlined(x); }
int variadic(int n, ...) { va_list l; va_start(l, n); int x = va_arg(l, int); va_end(l); return x; }
int assembly(int x) { __asm__ volatile("nop" : "+r"(x)); return x; }
_Complex double complex_one(_Complex double z) { return z * z; }
__int128 wide(__int128 x) { return x / 3; }
int choose(int x) { switch (x) { case 1: return 7; case 2: return 9; default: return table[x]; } }
"""

CXX = r"""
#include <stdexcept>
#include <string>
#include <vector>
struct Shape { virtual ~Shape() {} virtual double area() const = 0; };
struct Square : Shape { double side; double area() const override { return side * side; } };
template <class T> T largest(const std::vector<T> &v) {
    if (v.empty()) throw std::runtime_error("empty");
    T best = v[0];
    for (const T &x : v) if (best < x) best = x;
    return best;
}
double total(const std::vector<Shape *> &shapes) {
    double sum = 0;
    for (auto *shape : shapes) sum += shape->area();
    return sum;
}
int use(const std::vector<int> &v) { try { return largest(v); } catch (...) { return -1; } }
Shape *make() { static Square one; return &one; }
"""


def printed(toolchain: Toolchain, session: Session, folder: Path, source: str, name: str) -> str:
    (folder / name).write_text(source)
    job = Job(name, folder, folder, cxx=name.endswith(".cc"))
    compiled = compile_source(toolchain, job)
    assert isinstance(compiled, Compiled), compiled
    return session.prepare(compiled.module)


def measured(session: Session, module: str) -> dict[str, Measured]:
    functions = {}
    for function in extract(module):
        assert isinstance(function, Extracted), function
        functions[function.symbol] = session.measure(function.text)
    return functions


@pytest.mark.parametrize(("source", "name"), [(EVERYTHING, "every.c"), (CXX, "every.cc")])
def test_each_definition_stands_alone_with_all_its_instructions(
    source: str, name: str, toolchain: Toolchain, session: Session, tmp_path: Path
) -> None:
    module = printed(toolchain, session, tmp_path, source, name)
    whole = session.load(module.encode())
    functions = measured(session, module)
    assert tuple(functions) == whole.definitions
    assert all(one.definitions == (symbol,) for symbol, one in functions.items())
    assert sum(one.instructions for one in functions.values()) == whole.instructions


@pytest.mark.parametrize(("source", "name"), [(EVERYTHING, "every.c"), (CXX, "every.cc")])
def test_both_stored_texts_are_modules_that_opt_accepts(
    source: str, name: str, toolchain: Toolchain, session: Session, tmp_path: Path
) -> None:
    module = printed(toolchain, session, tmp_path, source, name)
    texts = [canonical(one.ir) for one in measured(session, module).values()]
    texts += [normalise(text) for text in texts]
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.ll").write_text(text)
        command = [toolchain.tool("llvm-as"), tmp_path / f"{number}.ll", "-o", "/dev/null"]
        run = run_tool(command, wall_s=30)
        assert run.status == 0, run.reason


def test_the_canonical_text_reproduces_itself_and_every_figure(
    toolchain: Toolchain, session: Session, tmp_path: Path
) -> None:
    module = printed(toolchain, session, tmp_path, EVERYTHING, "every.c")
    for first in measured(session, module).values():
        again = session.measure(canonical(first.ir))
        assert canonical(again.ir) == canonical(first.ir)
        assert (again.instructions, again.object_bytes) == (first.instructions, first.object_bytes)


def test_normalising_real_functions_twice_changes_nothing(
    toolchain: Toolchain, session: Session, tmp_path: Path
) -> None:
    module = printed(toolchain, session, tmp_path, CXX, "every.cc")
    for one in measured(session, module).values():
        assert normalise(normalise(one.ir)) == normalise(one.ir)


def test_what_the_compiler_may_see_is_kept_and_the_rest_declared(
    toolchain: Toolchain, session: Session, tmp_path: Path
) -> None:
    module = printed(toolchain, session, tmp_path, EVERYTHING, "every.c")
    functions = {name: one.ir for name, one in measured(session, module).items()}
    assert "@table = internal constant [4 x i32] [i32 1," in functions["helper"]
    assert "@records = internal constant" in functions["helper"]
    assert "@helper.calls = external dso_local global i32" in functions["helper"]
    assert "define dso_local i32 @helper(" in functions["helper"]
    assert "@shared = available_externally dso_local constant" in functions["pub"]
    assert "@of_thread = external dso_local thread_local global i32" in functions["pub"]
    assert "declare dso_local i32 @also(" in functions["pub"]
    assert "@calls = internal constant [2 x ptr] [ptr @helper, ptr @pub]" in functions["indirect"]
    assert "declare dso_local i32 @resolved(" in functions["through_ifunc"]
    assert "blockaddress(@jump, " in functions["jump"]
    assert 'asm sideeffect "nop"' in functions["assembly"]
    assert "srcloc" not in functions["assembly"]
    assert " section " not in functions["hidden_one"]
    assert all(" minsize " in ir and " noinline " not in ir for ir in functions.values())


def test_an_unreferenced_constant_table_weighs_nothing(
    toolchain: Toolchain, session: Session, tmp_path: Path
) -> None:
    source = "const int big[1000] = {1}; int f(int i) { return big[i]; } int g(void) { return 1; }"
    functions = measured(session, printed(toolchain, session, tmp_path, source, "a.c"))
    assert functions["f"].object_bytes < 200
    local = measured(session, printed(toolchain, session, tmp_path, f"static {source}", "b.c"))
    assert local["f"].object_bytes > 4000


def test_a_function_in_another_folder_or_under_another_name_has_the_same_id(
    toolchain: Toolchain, session: Session, tmp_path: Path
) -> None:
    ids = []
    for folder, name, noise in (("x", "one", ""), ("y/z", "two", 'char *s(void) { return "s"; }')):
        (tmp_path / folder).mkdir(parents=True)
        source = (
            f"#include <assert.h>\n{noise}\n#line 5\nint {name}(int x) {{ static int n;"
            ' assert(x); return x > n++ ? __FILE__[x] : "tail"[x]; }'
        ).replace("assert(x)", "if (!x) __builtin_printf(__FILE__ __DATE__ __TIME__)")
        module = printed(toolchain, session, tmp_path / folder, source, "same.c")
        ids.append(function_id(canonical(measured(session, module)[name].ir), name))
    assert ids[0] == ids[1]


def test_a_label_of_another_function_is_a_loss_and_the_others_stay(session: Session) -> None:
    module = session.prepare(
        b"@t = internal constant ptr blockaddress(@g, %b)\n"
        b"define ptr @f() {\n  %x = load ptr, ptr @t\n  ret ptr %x\n}\n"
        b"define ptr @g() {\n  br label %b\nb:\n  ret ptr @t\n}\n"
    )
    lost, kept = extract(module)
    assert isinstance(lost, NotExtracted)
    assert isinstance(kept, Extracted)


def test_hand_written_ir_gets_the_target_that_opt_would_assume(
    toolchain: Toolchain, session: Session
) -> None:
    module = session.prepare(b"define i32 @f() {\n  ret i32 1\n}\n")
    [one] = measured(session, targeted(toolchain, module)).values()
    assert f'target triple = "{toolchain.target}"' in one.ir
    assert "target datalayout" in one.ir


def test_a_target_that_is_named_stays(toolchain: Toolchain, session: Session) -> None:
    module = session.prepare(
        b'target triple = "aarch64-linux-gnu"\ndefine void @f() {\n  ret void\n}\n'
    )
    text = targeted(toolchain, module)
    assert text.count("target triple") == 1
    assert 'target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i8:8:32' in text
