"""Licences as SPDX expressions: from a file's own tag, or from a Debian copyright file.

Debian's machine-readable format is DEP-5 (https://dep-team.pages.debian.net/deps/dep5/): stanzas of
`Files:` patterns and a `License:` short name, of which the last that matches a file counts.
"""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from corpus.sources.base import UNKNOWN_LICENSE

_TAG = re.compile(rb"SPDX-License-Identifier:\s*([\w.()+ -]*[\w)+])")
_HEAD_BYTES = 4096

_SPDX = {
    "agpl-3": "AGPL-3.0-only",
    "apache-2.0": "Apache-2.0",
    "artistic": "Artistic-1.0",
    "artistic-2.0": "Artistic-2.0",
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "bsd-4-clause": "BSD-4-Clause",
    "bsl-1.0": "BSL-1.0",
    "cc0-1.0": "CC0-1.0",
    "expat": "MIT",
    "gpl-1": "GPL-1.0-only",
    "gpl-2": "GPL-2.0-only",
    "gpl-3": "GPL-3.0-only",
    "isc": "ISC",
    "lgpl-2": "LGPL-2.0-only",
    "lgpl-2.1": "LGPL-2.1-only",
    "lgpl-3": "LGPL-3.0-only",
    "mit": "MIT",
    "mpl-1.1": "MPL-1.1",
    "mpl-2.0": "MPL-2.0",
    "unlicense": "Unlicense",
    "wtfpl": "WTFPL",
    "x11": "X11",
    "zlib": "Zlib",
    "zlib-libpng": "Zlib",
    "zlib/libpng": "Zlib",
}
"""Debian's short names, in small letters, in SPDX's; others become a LicenseRef."""


def license_in_file(path: Path) -> str:
    """The SPDX expression in a file's first lines; empty where there is none."""
    try:
        with path.open("rb") as file:
            tag = _TAG.search(file.read(_HEAD_BYTES))
    except OSError:
        return ""
    return tag.group(1).decode().strip() if tag else ""


@dataclass(frozen=True, slots=True)
class _Stanza:
    patterns: tuple[str, ...]
    license: str


class DebianCopyright:
    """A parsed debian/copyright; one in free form says one thing of all files: what it quotes."""

    def __init__(self, text: str) -> None:
        self._stanzas: list[_Stanza] = []
        if not re.match(r"\s*Format:", text, re.IGNORECASE):
            quoted = quoted_licenses(text)
            if quoted:
                self._stanzas.append(_Stanza(("*",), quoted))
            return
        for paragraph in re.split(r"\n\s*\n", text):
            fields = _fields(paragraph)
            if "files" in fields and "license" in fields:
                name = fields["license"].split("\n", 1)[0].strip()
                patterns = tuple(fields["files"].replace(",", " ").split())
                self._stanzas.append(_Stanza(patterns, spdx(name)))

    def license_of(self, path: str) -> str:
        """The SPDX expression for a file of the package, its path seen from the package's root."""
        for stanza in reversed(self._stanzas):
            if any(fnmatchcase(path, pattern.removeprefix("./")) for pattern in stanza.patterns):
                return stanza.license
        return UNKNOWN_LICENSE


def _fields(paragraph: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in paragraph.splitlines():
        if line[:1].isspace():
            fields[name] = f"{fields.get(name, '')}\n{line.strip()}"
        elif ":" in line:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            fields[name] = value.strip()
    return fields


_QUOTED = {
    "MIT": r"permission is hereby granted, free of charge, to any person obtaining a copy",
    "HPND": r"permission to use, copy, modify,? and distribute this software and its documentation",
    "BSD-3-Clause": r"redistribution and use in source and binary forms.*neither the name",
    "BSD-2-Clause": r"redistribution and use in source and binary forms(?!.*neither the name)",
    "Apache-2.0": r"apache license,? version 2\.0",
    "Zlib": r"altered source versions must be plainly marked",
}
"""What licences say of themselves, in small letters and one line."""

_COMMON = re.compile(r"/usr/share/common-licenses/(l?gpl)(?:-(\d(?:\.\d)?))?")


def quoted_licenses(text: str) -> str:
    """Licences that a copyright file in free form quotes or points to; all of them, with AND."""
    flat = " ".join(text.lower().split())
    found = [name for name, phrase in _QUOTED.items() if re.search(phrase, flat)]
    later = "any later version" in flat
    for family, version in _COMMON.findall(flat):
        # Without a number the newest is meant, and every other will do.
        known = spdx(f"{family}-{version}{'+' if later else ''}" if version else "gpl-1+")
        found.append(known)
    return " AND ".join(dict.fromkeys(sorted(found)))


def spdx(short_name: str) -> str:
    """Debian's short name, `GPL-2+ or BSD-3-clause`, as an SPDX expression."""
    if not short_name.strip():
        return UNKNOWN_LICENSE
    parts = re.split(r",?\s+(or|and|and/or)\s+", short_name.strip())
    operators = {"or": "OR", "and": "AND", "and/or": "OR"}
    return " ".join(operators.get(part) or _spdx_name(part) for part in parts)


def _spdx_name(name: str) -> str:
    later = name.endswith("+") or name.lower().endswith("-or-later")
    bare = re.sub(r"(\+|-or-later|-only)$", "", name, flags=re.IGNORECASE)
    known = _SPDX.get(bare.lower()) or _SPDX.get(bare.lower().removesuffix(".0"))
    if known is None:
        return f"LicenseRef-{re.sub(r'[^A-Za-z0-9.-]+', '-', name).strip('-')}"
    return known.replace("-only", "-or-later") if later else known
