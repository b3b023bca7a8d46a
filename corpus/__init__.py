"""Floor 2: sources in, functions out; everything that touches LLVM."""
