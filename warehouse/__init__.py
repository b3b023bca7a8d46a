"""Floor 1: tables, snapshots, SQL and the task ledger. Knows no LLVM."""
