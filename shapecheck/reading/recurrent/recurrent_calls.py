"""What a recurrent layer was given: how many sequences, which states, and what these must be."""

from __future__ import annotations

import re

from shapecheck.evidence import Argument, Operation
from shapecheck.reading.failing import (
    CELLS,
    RECURRENT,
    STATES,
    number,
    shape,
    value,
)


def batch_of(operation: Operation) -> int | None:
    """How many sequences the input of a recurrent layer holds; None for an unbatched or unknown one."""
    found = value(operation, "input")
    if found is None or found.record is None:
        return None
    if found.record.packing is not None:
        return found.record.packing.sequences
    sizes = found.record.shape
    return sizes[0 if operation.config.get("batch_first") else 1] if len(sizes) == 3 else None


def state_roles(operation: Operation) -> tuple[str, ...]:
    """The roles of the states that a recurrent layer was given."""
    return tuple(role for role in STATES if shape(operation, role) is not None)


def state_sizes(operation: Operation, role: str) -> tuple[int, int | None, int]:
    """What a state of this layer must be: layers times directions, batch (None where unknown), width."""
    directions = 2 if operation.config.get("bidirectional") else 1
    width = number(operation, "hidden_size") if role == "c_0" else number(operation, "proj_size")
    return (
        directions * max(number(operation, "num_layers"), 1),
        batch_of(operation),
        width or number(operation, "hidden_size"),
    )


def is_whole_output(operation: Operation, item: Argument) -> bool:
    """Whether the input of a recurrent layer is all that the layer before it gave, its states with it.

    Args:
        operation: The call.
        item: One of its operands.
    """
    if item.role != "input" or operation.name.rpartition(".")[2] not in (*RECURRENT, *CELLS):
        return False
    is_written = item.span is not None and item.span.text.startswith("(")
    return not is_written and item.value.kind == "tuple" and bool(item.value.items)


def speaks_of(word: str, text: str) -> bool:
    """Whether a word stands in a text as one, or as a part of a name: ``GRUNet``, ``gru_out``, not ``congruent``."""
    low, first = word.lower(), word.capitalize()
    return re.search(rf"{word}|{first}(?![a-z])|(?<![A-Za-z]){low}(?![a-z])", text) is not None
