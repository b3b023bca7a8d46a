from pathlib import Path

import pytest

from corpus.sources.copyright import DebianCopyright, license_in_file, spdx

DEP5 = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: lz4

Files: *
Copyright: 2011 Yann Collet
License: GPL-2+

Files: lib/*
       xxhash.?
Copyright: 2011 Yann Collet
License: BSD-2-clause
 Redistribution and use in source and binary forms ...

Files: lib/old/a.c
License: public-domain

License: GPL-2+
 On Debian systems ...
"""


@pytest.mark.parametrize(
    ("path", "license_"),
    [
        ("programs/lz4.c", "GPL-2.0-or-later"),
        ("lib/lz4.c", "BSD-2-Clause"),
        ("xxhash.h", "BSD-2-Clause"),
        ("lib/old/a.c", "LicenseRef-public-domain"),
    ],
)
def test_the_last_stanza_that_matches_a_file_counts(path: str, license_: str) -> None:
    assert DebianCopyright(DEP5).license_of(path) == license_


def test_a_copyright_file_in_free_text_says_nothing() -> None:
    assert DebianCopyright("This package was debianised by ...\nLicense: MIT\n").license_of(
        "a.c"
    ) == ("NOASSERTION")


@pytest.mark.parametrize(
    ("short_name", "expression"),
    [
        ("Expat", "MIT"),
        ("zlib", "Zlib"),
        ("GPL-2", "GPL-2.0-only"),
        ("LGPL-2.1+", "LGPL-2.1-or-later"),
        ("GPL-3.0+", "GPL-3.0-or-later"),
        ("BSD-3-clause or GPL-2", "BSD-3-Clause OR GPL-2.0-only"),
        ("Expat, and ISC", "MIT AND ISC"),
        ("BSD (old)", "LicenseRef-BSD-old"),
        ("", "NOASSERTION"),
    ],
)
def test_debians_short_names_become_spdx(short_name: str, expression: str) -> None:
    assert spdx(short_name) == expression


def test_a_files_own_tag_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.c"
    file.write_text("/* SPDX-License-Identifier: MIT OR Apache-2.0 */\nint x;\n")
    assert license_in_file(file) == "MIT OR Apache-2.0"
    file.write_text("int x;\n")
    assert license_in_file(file) == ""
    assert license_in_file(tmp_path / "missing.c") == ""


def test_a_copyright_file_in_free_form_says_what_it_quotes() -> None:
    free = "Upstream: A\n\nPermission is hereby granted, free of charge, to any person\nobtaining a"
    assert DebianCopyright(f"{free} copy\n").license_of("x.c") == "MIT"
    pointer = "version 3, or any later version. See /usr/share/common-licenses/GPL-3."
    assert DebianCopyright(f"{free} copy of\n{pointer}").license_of("x.c") == (
        "GPL-3.0-or-later AND MIT"
    )
    bsd = "Redistribution and use in source and binary forms"
    assert DebianCopyright(bsd).license_of("x.c") == "BSD-2-Clause"
    assert DebianCopyright(f"{bsd}\nNeither the name").license_of("x.c") == "BSD-3-Clause"
    assert DebianCopyright("see /usr/share/common-licenses/GPL").license_of("x.c") == (
        "GPL-1.0-or-later"
    )
