"""From what LLVM prints to the two texts that are stored: `ir`, complete, and `text`, to be read.

`canonical` only drops comments: the result reproduces every count. `normalise` makes what a model
reads, as published work does: comments, debug metadata and attributes are dropped, white space is
standardised and line breaks are kept. Names are kept unless canonical ones are asked for, and the
text is still a module that `opt` accepts, though its figures are not those of the function:
`corpus.fidelity` puts the attributes back and says whether that makes them so.
"""

import re
from typing import Literal

from corpus.module_text import TOKEN, references
from corpus.names import Renamed, renamed

Names = Literal["kept", "canonical"]
"""What becomes of the names in a text."""

NORMALISER = 2
"""Version of `normalise`, stored beside every text; a change of any text raises it."""

_TEMPLATE = r'"[^"]*"|'
_ATTACHMENT = re.compile(_TEMPLATE + r",? ![-\w.\\]+ !\d+", re.ASCII)
ATTRIBUTE_WORDS = (
    "captures",
    "dead_on_return",
    "dead_on_unwind",
    "dereferenceable",
    "dereferenceable_or_null",
    "dso_local",
    "immarg",
    "initializes",
    "local_unnamed_addr",
    "noalias",
    "nofpclass",
    "nofree",
    "nonnull",
    "noundef",
    "range",
    "readnone",
    "readonly",
    "returned",
    "unnamed_addr",
    "writable",
    "writeonly",
)
_ATTRIBUTE = re.compile(
    _TEMPLATE
    + r"[@%$!][-\w$.\\]+| #\d+|"
    + rf" ?\b(?:{'|'.join(ATTRIBUTE_WORDS)})\b(?:\((?:[^()]|\([^()]*\))*\))?(?=[ ,)]|$)",
    re.ASCII,
)
_UNQUOTED_ATTACHMENT = re.compile(r",? ![-\w.\\]+ !\d+", re.ASCII)
_UNQUOTED_ATTRIBUTE = re.compile(
    rf" (?:#\d+|(?:{'|'.join(ATTRIBUTE_WORDS)})\b(?:\((?:[^()]|\([^()]*\))*\))?(?=[ ,)]|$))",
    re.ASCII,
)
_AFTER_BRACKET = re.compile(_TEMPLATE + r"\( ")
_SPACES = re.compile(_TEMPLATE + r"[ \t]+")
METADATA_LINES = ("target ", "attributes #", "!")
"""How lines begin that belong to the module and not to the function's code."""

_NOT_CODE = ("source_filename", *METADATA_LINES)


def canonical(printed: str) -> str:
    """A module's printed text without its comments."""
    kept = []
    start = 0
    while (semicolon := printed.find(";", start)) >= 0:
        line_start = max(printed.rfind("\n", start, semicolon) + 1, start)
        line_end = printed.find("\n", semicolon) + 1 or len(printed)
        kept.append(printed[start:line_start])
        kept.append(_without_comment(printed[line_start:line_end], semicolon - line_start))
        start = line_end
    kept.append(printed[start:])
    return "".join(kept)


def _without_comment(line: str, semicolon: int) -> str:
    """A line, its end included, without its comment; nothing where there was nothing else."""
    text = line[:semicolon] if '"' not in line else TOKEN.sub(_not_a_comment, line)
    text = text.rstrip()
    return text + line[len(line.rstrip("\n")) :] if text else ""


def _not_a_comment(token: re.Match[str]) -> str:
    return "" if token.group()[0] == ";" else token.group()


def normalise(ir: str, names: Names = "kept") -> str:
    """The text that a model reads, from a function's `ir`.

    `canonical` names are given by order to values, blocks, types, private constants and the
    function itself; what it refers to outside keeps its name. What is stored has its names kept:
    clang's are numbers already, and those of structures and constants say something to a reader.
    """
    nodes: dict[str, str] = {}
    lines: list[str] = []
    in_body = False
    for line in canonical(ir).split("\n"):
        plain = line[2:]
        if (
            in_body
            and line[:2] == "  "
            and not ("call" in line or "!" in line or '"' in line or "  " in plain)
            and "\t" not in line
            and "invoke" not in line
        ):
            lines.append(plain.rstrip())  # nine lines of ten
        elif line.startswith("!"):
            nodes[line.split(" ", 1)[0]] = line
        elif line.strip() and not line.startswith(_NOT_CODE):
            in_body = line != "}" and (in_body or line.startswith("define "))
            lines.append(_plain(line))
    text = "\n".join((*lines, *_still_used(lines, nodes))) + "\n"
    return text if names == "kept" else renamed(text, Renamed.OWN)


def _plain(line: str) -> str:
    line = line.strip()
    if '"' not in line:
        return _plain_without_strings(line)
    if "!" in line:
        line = _ATTACHMENT.sub(_unless_string_or_name, line)
    if line[0] in "@d" or "call" in line or "invoke" in line:  # what bears attributes
        line = _ATTRIBUTE.sub(_unless_string_or_name, line)
        line = _AFTER_BRACKET.sub(_bracket, line)
    if "  " in line or "\t" in line:
        line = _SPACES.sub(_one_space, line)
    return line


def _plain_without_strings(line: str) -> str:
    """The same where no name or string holds a space or a bracket."""
    if "!" in line:
        line = _UNQUOTED_ATTACHMENT.sub("", line)
    if line[0] in "@d" or "call" in line or "invoke" in line:
        line = _UNQUOTED_ATTRIBUTE.sub("", line).replace("( ", "(")
    return " ".join(line.split()) if "  " in line or "\t" in line else line


def _unless_string_or_name(match: re.Match[str]) -> str:
    return match.group() if match.group()[0] in '"@%$!' else ""


def _bracket(match: re.Match[str]) -> str:
    return match.group() if match.group()[0] == '"' else "("


def _one_space(match: re.Match[str]) -> str:
    return match.group() if match.group()[0] == '"' else " "


def _still_used(lines: list[str], nodes: dict[str, str]) -> list[str]:
    """The metadata that remains an operand of something."""
    pending = [name for line in lines if "metadata" in line for name in references(line)]
    used: dict[str, str] = {}
    while pending:
        name = pending.pop()
        if name in nodes and name not in used:
            used[name] = nodes[name]
            pending.extend(references(nodes[name]))
    return [used[name] for name in sorted(used, key=lambda name: int(name[1:]))]
