"""Which functions of the corpus a translation unit holds, by the ids that the corpus gives them."""

from corpus.deduplicate import function_id
from corpus.errors import BadModule
from corpus.extract import Extracted, extract
from corpus.llvm.frontend import CompileFailure, Job, compile_source, targeted
from corpus.llvm.sandbox.supervisor import ModuleLost, Session
from corpus.llvm.toolchain import Toolchain
from corpus.normalise import canonical


def function_ids(session: Session, toolchain: Toolchain, source: Job | bytes) -> tuple[str, ...]:
    """The ids of the functions in a source to compile, or in a module.

    What does not compile, load or stand alone has none. Raises MachineFault; the session's module
    is replaced.
    """
    if isinstance(source, Job):
        compiled = compile_source(toolchain, source)
        if isinstance(compiled, CompileFailure):
            return ()
        source = compiled.module
    try:
        module = targeted(toolchain, session.prepare(source))
        alone = [one for one in extract(module) if isinstance(one, Extracted)]
    except (BadModule, ModuleLost):
        return ()
    found: list[str] = []
    for function in alone:
        try:
            ir = canonical(session.measure(function.text).ir)
        except (BadModule, ModuleLost):
            continue
        found.append(function_id(ir, function.symbol))
    return tuple(dict.fromkeys(found))
