"""The only processes in which a pass runs or foreign IR is parsed."""
