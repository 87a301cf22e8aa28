"""What a layer returned is a tuple and was used as a tensor."""

from __future__ import annotations

from shapecheck.evidence import Evidence, Span
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.compared.compared_tuples import compared_tuple
from shapecheck.reading.failing import CELLS, RECURRENT, STATES, failed, maker, operand, says
from shapecheck.reading.joined.arrays_together import arrays_together
from shapecheck.reading.joined.collected import is_collected
from shapecheck.reading.recurrent.recurrent_calls import is_whole_output
from shapecheck.reading.vocabulary import TENSORS

_TAKES_TUPLES = (
    *RECURRENT, *CELLS, *TENSORS,
    "backward", "grad", "unpack", "cat", "concat", "concatenate", "stack", "hstack", "vstack", "dstack",
)  # fmt: skip


def _recognise(evidence: Evidence) -> Recognition | None:
    compared = compared_tuple(evidence)
    if compared is not None:
        because = f"{compared.span.text} is a tuple: Python compares it as a whole, and the answer is a single False"
        return Recognition(because, weight=5)
    together = arrays_together(evidence)
    if together is not None:
        return Recognition(f"{together.expression} is a tuple of arrays that have several sizes", weight=5)
    operation = failed(evidence)
    if operation is not None and says(evidence, r"expected Tensor as element \d+ in argument 0, but got tuple"):
        return Recognition("what is to be joined holds a tuple, and tensors are wanted", weight=5)
    whole = operand(operation, "input")
    is_whole = operation is not None and whole is not None and is_whole_output(operation, whole)
    if operation is not None and operand(operation, "c_0") is not None:
        # Of the pair (h, c) each is a tensor.
        is_whole = is_whole or any(each.value.kind == "tuple" for each in operation.arguments if each.role in STATES)
    if operation is None or (operation.name.rpartition(".")[2] in _TAKES_TUPLES and not is_whole):
        return None
    arguments = (*operation.arguments, *(evidence.operation.arguments if evidence.operation else ()))
    # A layer that somebody wrote may want tuples, and fail of something else.
    is_told = operation.name.startswith("torch.") or says(evidence, r"\b(?i:tuple|list|PackedSequence)\b")
    for item in arguments if is_told else ():
        if item.role in ("index", "shape", "size"):
            continue
        if item.value.kind == "tuple" and is_collected(evidence, item):
            return None
        if item.value.kind == "tuple" and item.value.items and item.value.items[0].kind in ("tensor", "packed"):
            parts = ", ".join(part.type for part in item.value.items)
            return Recognition(f"{item.expression} is a tuple ({parts})", weight=5, place=_made_in_a_row(evidence))
    if says(
        evidence,
        r"'tuple' object has no attribute",
        r"must be Tensor, not tuple",
        r"unsupported operand type\(s\) for \S+ '(Tensor' and 'tuple|tuple' and 'Tensor|Parameter' and 'tuple)'",
        r"can only concatenate tuple \(not \"Tensor\"\) to tuple",
    ):
        return Recognition("a tuple came where a tensor is wanted", "likely", weight=3)
    return None


def _made_in_a_row(evidence: Evidence) -> Span | None:
    """Where the layer is made that another one of its row hands all that it gives: no line of the call says so."""
    origin = maker(evidence, evidence.inner)
    return origin.span if origin is not None else None


BAD = """\
import torch
from torch import nn

lstm = nn.LSTM(10, 16, batch_first=True)
linear = nn.Linear(16, 5)
out = lstm(torch.randn(4, 7, 10))
print(linear(out).shape)
"""

GOOD = BAD.replace(
    "out = lstm",
    "out, _ = lstm",
)

FAULT = Fault(
    code="SC305",
    slug="tuple_not_unpacked",
    headline="what a layer returned is a tuple and was used as a tensor",
    why=(
        "A recurrent layer returns (output, state), and an LSTM's state is a tuple again: (output, (h_n, c_n)). "
        "The same holds for attention, (output, weights), and for max and sort over an axis. nn.Sequential hands "
        "such a tuple to its next layer as it is."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="out, state = lstm(x); out, (h, c) where the state is needed.",
    messages=(
        r"'tuple' object has no attribute",
        r"must be Tensor, not tuple",
        r"tuple indices must be integers",
        r"expected Tensor as element \d+ in argument 0, but got tuple",
        r"can only concatenate tuple \(not \"Tensor\"\) to tuple",
        r"unsupported operand type\(s\) for \S+ '(Tensor' and 'tuple|tuple' and 'Tensor)'",
    ),
)
