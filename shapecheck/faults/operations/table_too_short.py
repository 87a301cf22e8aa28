"""A table has a row or two less than there are steps."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, number, operand
from shapecheck.reading.layers.positions_outgrown import is_counted
from shapecheck.reading.mismatches import ELEMENTWISE, FEW, is_cut_to_length, pair, sizes_of, tables, too_short
from shapecheck.reading.samples.cut_by_samples import cut_by_samples


def _recognise(evidence: Evidence) -> Recognition | None:
    return _of_embedding(evidence) or _of_operands(evidence)


def _of_embedding(evidence: Evidence) -> Recognition | None:
    """An embedding that is asked for the row of each step, counted, and has fewer."""
    operation = failed(evidence, "Embedding")
    index = operand(operation, "input")
    rows = number(operation, "num_embeddings")
    if index is None or not rows or not sizes_of(index) or not is_counted(evidence, index):
        return None
    steps = sizes_of(index)[-1]
    # Steps that are counted from another number than 0 may be beyond as many rows.
    return Recognition(f"the table has {rows} rows, and there are {steps} steps", weight=6) if steps > rows else None


def _of_operands(evidence: Evidence) -> Recognition | None:
    operands = pair(failed(evidence, *ELEMENTWISE))
    if any(True for _ in cut_by_samples(evidence)):
        return None
    for item, other in (operands, operands[::-1]) if operands is not None else ():
        lacking = too_short(item, other)
        if lacking is None or not (lacking[1] <= FEW or is_cut_to_length(item)):
            continue
        if any(True for _ in tables(evidence, item)):
            because = (
                f"{item.expression} is {sizes_of(item)} and {other.expression} {sizes_of(other)}: {lacking[1]} more"
            )
            return Recognition(because, weight=5)
    return None


BAD = """\
import torch
from torch import nn


class Patches(nn.Module):
    def __init__(self, count, width):
        super().__init__()
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.places = nn.Parameter(torch.zeros(1, count, width))

    def forward(self, x):  # (batch_size, count, width)
        x = torch.cat([self.token.expand(len(x), -1, -1), x], dim=1)
        return x + self.places


print(Patches(9, 16)(torch.randn(4, 9, 16)).shape)
"""

GOOD = BAD.replace(
    "(1, count, width)",
    "(1, count + 1, width)",
)

FAULT = Fault(
    code="SC547",
    slug="table_too_short",
    headline="a table has fewer rows than there are steps",
    why=(
        "A table of positions needs a row for every step of the longest sequence, and one for everything else that "
        "it is added to: also for the token that stands before the words or the patches of a picture, and for the "
        "one behind them. A slice that asks for more rows than there are gives all of them, and says nothing."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Count the tokens that are put beside the steps.",
    messages=(r"The size of tensor a \(\d+\) must match the size of tensor b \(\d+\) at non-singleton dimension \d+",),
)
