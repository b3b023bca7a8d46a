"""Content identity: the same code under two names, or in two places, is one function."""

import re
from hashlib import blake2b

from corpus.module_text import unquoted

_ID_BYTES = 16
_STRING_OR_GLOBAL = re.compile(r'"[^"]*"|@(?:"[^"]*"|[-a-zA-Z$._0-9]+)')
_PLACEHOLDER = "@?"
"""Stands for the function's own name; LLVM would print a name like this one in quotes."""


def function_id(ir: str, symbol: str) -> str:
    """32 hex digits that depend on the canonical `ir`, but not on the function's own name.

    A name that contains it, as those of its static variables and local constants do
    (`@symbol.counter`, `@__const.symbol.table`), counts as containing the placeholder.
    """

    def anonymous(token: re.Match[str]) -> str:
        name = token.group()
        if symbol not in name or name[0] != "@":
            return name
        if unquoted(name) == symbol:
            return _PLACEHOLDER
        parts = unquoted(name).split(".")
        if symbol not in parts:
            return name
        return ".".join(["@", *(_PLACEHOLDER if part == symbol else part for part in parts)])

    digest = blake2b(digest_size=_ID_BYTES)
    start = 0
    while (at := ir.find(symbol, start)) >= 0:  # strings and names end in the line they begin in
        line_start = max(ir.rfind("\n", start, at) + 1, start)
        line_end = ir.find("\n", at) + 1 or len(ir)
        digest.update(ir[start:line_start].encode(errors="surrogateescape"))
        line = _STRING_OR_GLOBAL.sub(anonymous, ir[line_start:line_end])
        digest.update(line.encode(errors="surrogateescape"))
        start = line_end
    digest.update(ir[start:].encode(errors="surrogateescape"))
    return digest.hexdigest()
