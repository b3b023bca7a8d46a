"""Executors: where tasks run. No other package imports a cluster engine."""
