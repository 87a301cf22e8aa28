"""The state was made for a batch of another size."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import CELLS, RECURRENT, failed, number, shape
from shapecheck.reading.recurrent.laid_before import is_laid_as_before, turned_round
from shapecheck.reading.recurrent.layouts_meant import layout_is_meant
from shapecheck.reading.recurrent.recurrent_calls import state_roles, state_sizes


def _recognise(evidence: Evidence) -> Recognition | None:
    cell = failed(evidence, *CELLS)
    if cell is not None:
        rows = (shape(cell, "input") or (0,))[0]
        for role in state_roles(cell):
            found = shape(cell, role)
            if found is not None and len(found) == 2 and found[0] != rows and found[1] == number(cell, "hidden_size"):
                return Recognition(f"{role} holds {found[0]} sequences, this batch has {rows}", weight=5)
        return None
    operation = failed(evidence, *RECURRENT)
    for role in state_roles(operation) if operation is not None else ():
        assert operation is not None
        sizes, (layers, batch, width) = shape(operation, role), state_sizes(operation, role)
        if sizes is None or len(sizes) != 3 or batch is None or sizes[1] == batch or sizes[:2] == (batch, layers):
            continue
        given = shape(operation, "input") or ()
        is_other_axis = len(given) == 3 and sizes[1] == given[1 if operation.config.get("batch_first") else 0]
        is_told = is_laid_as_before(evidence) and turned_round(evidence) is None
        if is_other_axis and not is_told and not layout_is_meant(evidence, operation):
            continue
        if sizes[0] == layers and sizes[2] == width:
            return Recognition(f"{role} holds {sizes[1]} sequences, this batch has {batch}", weight=5)
    return None


BAD = """\
import torch
from torch import nn

data = torch.randn(20, 7, 10)
gru = nn.GRU(10, 16, batch_first=True)
batch_size = 8
for start in range(0, len(data), batch_size):
    batch = data[start : start + batch_size]  # the last one has 4 sequences
    state = torch.zeros(1, batch_size, 16)
    out, state = gru(batch, state)
print(out.shape)
"""

GOOD = BAD.replace(
    "torch.zeros(1, batch_size, 16)",
    "torch.zeros(1, batch.size(0), 16)",
)

FAULT = Fault(
    code="SC205",
    slug="state_of_other_batch",
    headline="the state was made for a batch of another size",
    why=(
        "The last batch of an epoch is smaller unless the loader drops it, and evaluation uses batches of its "
        "own. A state made with a constant batch size, or kept from the batch before, then fits no more."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Ask the batch for its size, x.size(0), or drop the last one.",
    messages=(
        r"Expected hidden(\[\d\])? size \(\d+, \d+, \d+\), got",
        r"Input batch size \d+ doesn't match hidden",
    ),
)
