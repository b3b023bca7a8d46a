"""`bench warehouse`: a lake of made-up rows at full size, and what it costs to write and to ask."""
