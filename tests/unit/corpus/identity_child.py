"""Run by test_identity.py with libLLVM's and the shared object's paths; speaks JSON.

Standard input: modules in two forms, `texts` to be parsed into one context, and `walks`, each an IR
and pass lists to be run on clones of it. Standard output: the identity of each text and, for each
walk, identity and state hash after each list that LLVM took.
"""

import json
import sys

from corpus.llvm import ruler
from corpus.llvm.identity.state_identity import tried_out
from corpus.llvm.library import Library


def main() -> None:
    """Answer one request."""
    library = Library(sys.argv[1])
    identity = tried_out(library, sys.argv[2])
    asked = json.load(sys.stdin)
    if identity is None:
        json.dump(None, sys.stdout)
        return
    named = library.context(keep_names=True)
    texts = [identity.of(library.parse(named, one.encode())) for one in asked["texts"]]
    walks = []
    for ir, lists in asked["walks"]:
        bitcode = library.bitcode(library.parse(named, ir.encode()))
        module = library.parse(library.context(), bitcode)
        machine = library.machines(library.triple(module)).passes
        states = []
        for pass_list in lists:
            state = library.clone(module)
            if not library.run(state, pass_list.encode(), machine, library.options):
                digest = ruler.state_hash(library, state)
                states.append((said(identity.of(state)), digest))
            library.dispose(state)
        walks.append(states)
    json.dump({"texts": [*map(said, texts)], "walks": walks}, sys.stdout)


def said(identity: bytes | None) -> str | None:
    """An identity as JSON has it."""
    return None if identity is None else identity.hex()


main()
