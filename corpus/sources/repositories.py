"""The machine's package repositories, as text for an apt that looks at nothing else.

A repository of binary packages is asked for its sources too; one of sources alone stays that.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

_FIND = (
    *("apt-config", "shell"),
    *("list", "Dir::Etc::sourcelist/f"),
    *("parts", "Dir::Etc::sourceparts/d"),
)


def machine_repositories(ask: Callable[[Sequence[str]], str]) -> dict[str, str]:
    """Contents of apt's source files by file name; `ask` runs a command and gives what it says."""
    named = dict(re.findall(r"^(list|parts)='(.*)'$", ask(_FIND), re.MULTILINE))
    files = [Path(named["list"])] if "list" in named else []
    files += sorted(Path(named["parts"]).glob("*")) if "parts" in named else []
    one_line: list[str] = []
    stanzas: list[str] = []
    for file in files:
        if file.suffix == ".list" and file.is_file():
            one_line += with_sources(file.read_text(errors="replace"))
        elif file.suffix == ".sources" and file.is_file():
            stanzas += stanzas_with_sources(file.read_text(errors="replace"))
    return {
        "passlake.list": "".join(f"{line}\n" for line in dict.fromkeys(one_line)),
        "passlake.sources": "\n".join(f"{stanza}\n" for stanza in dict.fromkeys(stanzas)),
    }


def with_sources(text: str) -> list[str]:
    """The `deb` and `deb-src` lines of a .list file; a `deb` line brings its `deb-src`."""
    lines = []
    for match in re.finditer(r"^\s*(deb|deb-src)\s+(.+)$", text, re.MULTILINE):
        kinds = ("deb", "deb-src") if match.group(1) == "deb" else ("deb-src",)
        lines += [f"{kind} {match.group(2)}" for kind in kinds]
    return list(dict.fromkeys(lines))


def stanzas_with_sources(text: str) -> list[str]:
    """The stanzas of a .sources file; a repository of packages is one of sources too."""
    stanzas = []
    for stanza in re.split(r"\n\s*\n", text):
        lines = [line for line in stanza.splitlines() if line.strip() and line[0] != "#"]
        types = [line for line in lines if line.lower().startswith("types:")]
        if types:
            kinds = types[0].partition(":")[2].split()
            said = "Types: deb deb-src" if "deb" in kinds else "Types: deb-src"
            stanzas.append("\n".join((said, *(line for line in lines if line not in types))))
    return stanzas
