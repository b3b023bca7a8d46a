"""The gate: what is checked of a label by running code before it counts."""
