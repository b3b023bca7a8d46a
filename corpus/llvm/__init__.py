"""LLVM: toolchain, library, sandbox, pass space and the ruler. No other package calls LLVM."""
