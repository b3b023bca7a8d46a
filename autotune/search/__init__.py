"""Search strategies: plain values in, pass lists out."""
