"""The two baselines, and the module that the weaker one runs on.

`oz` is `default<Oz>` on definitions that carry `minsize optsize`: what `clang -Oz` really gives.
`oz_plain` is the same pipeline without these attributes, as published work compares; it is 1–14 %
larger (measured on eight translation units), and a gain over it alone is no gain.
"""

import re

OZ = "default<Oz>"

_GROUP = re.compile(r"^attributes #\d+ = \{.*\}$", re.MULTILINE)
_SIZE_WORDS = re.compile(r" (?:minsize|optsize)(?= )")


def without_size_attributes(ir: str) -> str:
    """The module's printed text with `minsize` and `optsize` gone from its attribute groups."""
    return _GROUP.sub(lambda group: _SIZE_WORDS.sub("", group[0]), ir)


def without_optnone(ir: str) -> str:
    """The module's printed text with `optsize` in place of `optnone` and its `noinline`.

    A `noinline` that stands without `optnone` was somebody's wish, and stays.
    """

    def changed(group: re.Match[str]) -> str:
        if " optnone " not in group[0]:
            return group[0]
        return group[0].replace(" noinline ", " ").replace(" optnone ", " optsize ")

    return _GROUP.sub(changed, ir)
