"""The tuple that a call got in place of a tensor: what a recurrent layer, or a maximum over an axis, gives back."""

from __future__ import annotations

from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.failing import STATES, failed, says
from shapecheck.reading.joined.collected import is_collected
from shapecheck.reading.joined.listed_tensors import MAKERS
from shapecheck.reading.recurrent.recurrent_calls import is_whole_output

# What takes a tuple rightly; an assignment only takes it apart into other names.
_TAKES = ("LSTM", "LSTMCell", "unpack", "grad", *MAKERS)
_LISTS = ("tensors", "sequences", "operands", "shape", "size", "normalized_shape", "index")


def tuple_given(evidence: Evidence) -> Argument | None:
    """The operand that is a tuple with a tensor in front, where the call takes none."""
    operation, item = failed(evidence), first_tuple(evidence)
    if operation is None or item is None or item.span is None or is_collected(evidence, item):
        return None
    takes = operation.name.rpartition(".")[2] in _TAKES
    return item if not takes or not is_output(item) or _is_wrong(operation, item) else None


def first_tuple(evidence: Evidence) -> Argument | None:
    """The first operand that is a tuple with a tensor in front, whether or not the call takes it."""
    operation = failed(evidence)
    if operation is None:
        return None
    item = next((each for each in operation.arguments if is_output(each)), None)
    if item is None and evidence.operation is not None:
        item = next((each for each in evidence.operation.arguments if is_output(each)), None)
    if item is None and says(evidence, r"'tuple' object has no attribute") and operation.name == "builtins.getattr":
        # Nobody knows what the call returned but the message.
        item = operation.argument("self")
    return item


def is_output(item: Argument) -> bool:
    """Whether it is a tuple that begins with a tensor: what an RNN, or a max over an axis, gives back."""
    if item.role in _LISTS:
        return False
    return item.value.kind == "tuple" and bool(item.value.items) and item.value.items[0].kind in ("tensor", "packed")


def _is_wrong(operation: Operation, item: Argument) -> bool:
    """Whether what takes a tuple rightly got one for its input, or for one of the states of a pair."""
    return item.role in STATES or is_whole_output(operation, item)
