"""Labels: functions with the best list that is known for them, read from a lake or an export."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Label:
    """One function with its best list.

    Counts are instructions, sizes bytes, both by the ruler. `ir` is complete and reproduces every
    count, `text` is what a model reads; `optimised_text` is the text after `pass_list`, None where
    the lake did not keep it. `gate` and `stable` are as in the table `best`.
    """

    function_id: str
    program: str
    origin: str
    split: str
    text: str
    ir: str
    instructions: int
    object_bytes: int
    pass_list: str
    optimised_instructions: int
    optimised_object_bytes: int
    oz_instructions: int
    oz_object_bytes: int
    oz_plain_instructions: int
    optimised_text: str | None
    gate: str
    stable: bool | None
