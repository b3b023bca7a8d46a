"""Floor 5: flags in, one call, output."""
