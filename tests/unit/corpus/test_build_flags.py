import pytest

from corpus.sources.build_flags import BuildFlags
from corpus.sources.recorder import Command

AT = "/build/source"


def flags_of(*calls: tuple[str, str]) -> BuildFlags:
    return BuildFlags((Command(folder, tuple(words.split())) for folder, words in calls), AT)


def test_a_recorded_file_is_compiled_where_and_as_the_build_did() -> None:
    flags = flags_of((f"{AT}/obj", "-DX=1 -I. -I../include -std=gnu99 -O2 -g -c ../src/a.c"))
    found = flags.of("src/a.c")
    assert found.folder == "obj"
    assert found.flags == ("--sysroot=../../root", "-DX=1", "-I.", "-I../include", "-std=gnu99")


def test_no_flag_names_the_place_of_the_build() -> None:
    call = (
        f"{AT}/obj",
        f"-I{AT}/include -isystem {AT} -include {AT}/c.h -I/usr/include/foo -c {AT}/a.c",
    )
    assert flags_of(call).of("a.c").flags == (
        "--sysroot=../../root",
        "-I../include",
        "-isystem..",
        "-include../c.h",
        "-I../../root/usr/include/foo",
    )


def test_what_hardens_packages_is_left_out() -> None:
    words = "-fstack-protector-strong -fcf-protection -D_FORTIFY_SOURCE=2 -fPIC -c a.c"
    assert flags_of((AT, words)).of("a.c").flags == ("--sysroot=../root", "-fPIC")


def test_of_several_calls_the_shortest_counts_whatever_their_order() -> None:
    calls = [(AT, "-fPIC -DPIC -c a.c"), (AT, "-DB -c a.c"), (AT, "-DA -c a.c")]
    one, other = flags_of(*calls), flags_of(*reversed(calls))
    assert one.of("a.c") == other.of("a.c")
    assert one.of("a.c").flags == ("--sysroot=../root", "-DA")


def test_another_file_gets_the_flags_of_its_neighbour_seen_from_the_top() -> None:
    flags = flags_of(
        (f"{AT}/lib", "-DLIB -I. -I../include -c a.c"),
        (f"{AT}/app", "-DAPP -Isub -c main.c"),
    )
    assert flags.of("lib/deep/test.c").folder == "."
    assert flags.of("lib/deep/test.c").flags == (
        *("--sysroot=../root", "-DLIB", "-Ilib", "-Iinclude"),
        "-Iapp/sub",  # other folders of the build come last
    )
    assert flags.of("app/other.c").flags[:3] == ("--sysroot=../root", "-DAPP", "-Iapp/sub")


def test_a_neighbour_speaks_the_same_language() -> None:
    flags = flags_of((AT, "-std=c11 -c a.c"), (f"{AT}/x", "-std=c++17 -c b.cc"))
    assert "-std=c++17" in flags.of("test.cpp").flags
    assert "-std=c11" in flags.of("x/test.c").flags


def test_without_such_a_neighbour_one_of_another_language_serves_but_for_its_standard() -> None:
    flags = flags_of((AT, "-std=c11 -DHAVE_CONFIG_H -c a.c"))
    assert flags.of("test/t.cc").flags == ("--sysroot=../root", "-DHAVE_CONFIG_H")


def test_where_nothing_was_compiled_only_the_root_is_given() -> None:
    assert flags_of().of("tests/a.c").flags == ("--sysroot=../root",)


@pytest.mark.parametrize(
    "call",
    [
        ("/elsewhere", "-c a.c"),
        (AT, "-c /elsewhere/a.c"),
        (f"{AT}/obj/CMakeFiles/CompilerIdC", "-c CMakeCCompilerId.c"),
        (f"{AT}/obj/meson-private/tmp1", "-c testfile.c"),
    ],
)
def test_what_only_tries_the_compiler_is_no_file_of_the_package(call: tuple[str, str]) -> None:
    assert dict(flags_of(call).recorded) == {}
