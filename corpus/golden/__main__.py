"""Compile golden.c and write each of its functions to a file of its own."""

from corpus.extract import Extracted, extract
from corpus.golden import FOLDER
from corpus.llvm.frontend import Compiled, Job, compile_source
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import find_toolchain


def main() -> None:
    """Write functions/NAME.ll anew."""
    toolchain = find_toolchain()
    compiled = compile_source(toolchain, Job("golden.c", folder=FOLDER, root=FOLDER))
    assert isinstance(compiled, Compiled), compiled
    folder = FOLDER / "functions"
    folder.mkdir(exist_ok=True)
    with Sandbox(toolchain) as sandbox, sandbox.session() as session:
        for function in extract(session.prepare(compiled.module)):
            assert isinstance(function, Extracted), function
            measured = session.measure(function.text)
            text = f"; instructions: {measured.instructions}\n{measured.ir}"
            (folder / f"{function.symbol}.ll").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
