"""A table made for the longest sequence goes with a shorter one uncut."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import ELEMENTWISE, is_learned, pair, sizes_of, tables, too_long


def _recognise(evidence: Evidence) -> Recognition | None:
    operands = pair(failed(evidence, *ELEMENTWISE))
    for item, other in (operands, operands[::-1]) if operands is not None else ():
        is_of_features = len(sizes_of(item)) == 1 and is_learned(evidence, item)
        if too_long(item, other) and not is_of_features and any(True for _ in tables(evidence, item)):
            because = (
                f"{item.expression} is {sizes_of(item)} whatever comes, and {other.expression} is {sizes_of(other)}"
            )
            return Recognition(because, weight=5)
    return None


BAD = """\
import torch
from torch import nn


class Scores(nn.Module):
    def __init__(self, longest):
        super().__init__()
        self.register_buffer("later", torch.ones(longest, longest).triu(1).bool())

    def forward(self, x):  # (batch_size, seq_length, width)
        scores = x @ x.transpose(1, 2)
        return scores.masked_fill(self.later, float("-inf")).softmax(-1)


print(Scores(12)(torch.randn(4, 7, 16)).shape)
"""

GOOD = BAD.replace(
    "(self.later, ",
    "(self.later[: x.size(1), : x.size(1)], ",
)

FAULT = Fault(
    code="SC546",
    slug="table_of_longest_sequence",
    headline="a table made for the longest sequence is used whole with a shorter one",
    why=(
        "A mask or a table of positions that is stored once is made for the longest sequence there is. For a "
        "shorter one, its first rows, and of a mask its first columns too, are taken."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Cut what is stored to the sequence at hand.",
    messages=(r"The size of tensor a \(\d+\) must match the size of tensor b \(\d+\) at non-singleton dimension \d+",),
)
