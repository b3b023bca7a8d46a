"""Telling states of a module apart without printing them; see `identity.c`."""
