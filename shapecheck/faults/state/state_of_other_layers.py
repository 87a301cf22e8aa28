"""The state has not one row for each layer and direction."""

from __future__ import annotations

import ast

from shapecheck.evidence import Evidence, Operation
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.edits import expression
from shapecheck.reading.failing import RECURRENT, failed, maker, shape
from shapecheck.reading.recurrent.recurrent_calls import state_roles, state_sizes
from shapecheck.reading.sources import last_name
from shapecheck.reading.ways_back import spans_behind


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, *RECURRENT)
    for role in state_roles(operation) if operation is not None else ():
        assert operation is not None
        sizes, (layers, batch, width) = shape(operation, role), state_sizes(operation, role)
        if (
            sizes is None
            or len(sizes) != 3
            or sizes[0] == layers
            or (batch is not None and sizes[:2] == (batch, layers))
        ):
            continue
        if sizes[2] == width and (batch is None or sizes[1] == batch):
            how = "num_layers times 2 directions" if operation.config.get("bidirectional") else "num_layers"
            because = f"{role} has {sizes[0]} rows, and {how} is {layers}{_of_layer(evidence, operation, role)}"
            return Recognition(because, weight=5)
    return None


def _of_layer(evidence: Evidence, operation: Operation, role: str) -> str:
    """The layer that gave the state, if another one did: its layers and directions are those of the state."""
    item, own = operation.argument(role), maker(evidence, operation)
    for span in spans_behind(evidence, item.span) if item is not None and item.span is not None else ():
        made = expression(span.text)
        if isinstance(made, ast.Call) and last_name(made.func) in RECURRENT and (own is None or span != own.span):
            return f"; it is the state of {ast.unparse(made)} in line {span.line}"
    return ""


BAD = """\
import torch
from torch import nn

lstm = nn.LSTM(10, 16, num_layers=2, batch_first=True)
h = torch.zeros(1, 4, 16)
c = torch.zeros(1, 4, 16)
out, _ = lstm(torch.randn(4, 7, 10), (h, c))
print(out.shape)
"""

GOOD = BAD.replace(
    "h = torch.zeros(1, 4, 16)",
    "h = torch.zeros(2, 4, 16)",
).replace(
    "c = torch.zeros(1, 4, 16)",
    "c = torch.zeros(2, 4, 16)",
)

FAULT = Fault(
    code="SC203",
    slug="state_of_other_layers",
    headline="the state has not one row for each layer and direction",
    why=(
        "Each layer, and in each layer each direction, starts from a state of its own: axis 0 of h and c has "
        "num_layers * num_directions rows. The state of an encoder with more layers or two directions fits a "
        "plain decoder only after a choice: the last layer, or the two directions joined."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Axis 0 of a state counts layers times directions.",
    messages=(r"Expected hidden(\[\d\])? size \(\d+, \d+, \d+\), got",),
)
