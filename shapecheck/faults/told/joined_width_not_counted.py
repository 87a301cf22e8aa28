"""A layer was made for another width than that of what was joined."""

from __future__ import annotations

from shapecheck.fault import Fault, told_by_remedy

BAD = """\
import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self, width, marks, hidden):
        super().__init__()
        self.words, self.kinds = nn.Embedding(50, width), nn.Embedding(9, marks)
        self.gru = nn.GRU(width, hidden, batch_first=True)

    def forward(self, words, kinds):
        joined = torch.cat([self.words(words), self.kinds(kinds)], dim=-1)
        return self.gru(joined)[0]


print(Tagger(8, 5, 6)(torch.randint(50, (4, 7)), torch.randint(9, (4, 7))).shape)
"""

GOOD = BAD.replace("GRU(width, hidden", "GRU(width + marks, hidden")

FAULT = Fault(
    code="SC591",
    slug="joined_width_not_counted",
    headline="a layer was made for another width than that of what was joined",
    why=(
        "What torch.cat puts side by side is as wide as all its parts together. A layer that reads it has to "
        "be told their sum, not the width of the part that was there first."
    ),
    recognise=told_by_remedy,
    bad=BAD,
    good=GOOD,
    lesson="Write the width of a join as the sum of its parts.",
    messages=(
        r"input\.size\(-1\) must be equal to input_size",
        r"input has inconsistent input_size",
        r"mat1 and mat2 shapes cannot be multiplied",
    ),
    see="Print the shape of the join and of each of its parts.",
    speaks_for=lambda message: -1.0,
)
