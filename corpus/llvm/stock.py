"""LLVM's own pipelines, whole and cut off behind each of their passes.

Whatever is wrong with a list of passes, it is not that nobody tested these: what refutes one of
them is most likely mistaken.
"""

from functools import cache

from corpus.errors import CorpusError
from corpus.llvm.process import run_tool
from corpus.llvm.toolchain import Toolchain

LEVELS = ("default<O1>", "default<O2>", "default<Os>")

_WALL_S = 60.0


class PipelineNotPrinted(CorpusError, RuntimeError):
    """`opt` does not say what a pipeline consists of; carries its message."""


@cache
def prefixes(toolchain: Toolchain, pipeline: str = "default<Oz>") -> tuple[str, ...]:
    """The pipeline's beginnings: pass lists that end behind its first pass, its second, and so on.

    Raises PipelineNotPrinted.
    """
    asked = (f"-passes={pipeline}", "-print-pipeline-passes", "-disable-output", "-")
    ran = run_tool([toolchain.tool("opt"), *asked], wall_s=_WALL_S, given=b"")
    if ran.status != 0:
        raise PipelineNotPrinted(f"{toolchain.tool('opt')}: {ran.reason}")
    return cut(ran.stdout.decode().strip())


def cut(pipeline: str) -> tuple[str, ...]:
    """The beginnings of a pass list's text: one behind each pass, its wrappers closed again."""
    found: dict[str, None] = {}
    depth = angle = 0
    for at, letter in enumerate([*pipeline, ","]):
        angle += (letter == "<") - (letter == ">")
        if angle:
            continue
        if letter in ",)" and pipeline[at - 1] != "(":
            found[pipeline[:at] + ")" * depth] = None
        depth += (letter == "(") - (letter == ")")
    return tuple(found)
