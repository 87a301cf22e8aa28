"""Two sizes of one call stand in each other's place."""

from __future__ import annotations

from shapecheck.fault import Fault, told_by_remedy

BAD = """\
import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self, tokens, width, hidden):
        super().__init__()
        self.embedding = nn.Embedding(width, tokens)
        self.gru = nn.GRU(width, hidden, batch_first=True)

    def forward(self, x):
        return self.gru(self.embedding(x))[0]


print(Encoder(50, 8, 6)(torch.randint(8, (4, 7))).shape)
"""

GOOD = BAD.replace("Embedding(width, tokens)", "Embedding(tokens, width)")

FAULT = Fault(
    code="SC510",
    slug="sizes_exchanged",
    headline="two sizes of one call stand in each other's place",
    why=(
        "Sizes in a call go by their place, and a layer can be made with either order. nn.Embedding takes how "
        "many tokens there are and then how wide their vectors are, nn.Linear what goes in and then what comes "
        "out. The other way round a layer can be made just as well, and only what reads it fails."
    ),
    recognise=told_by_remedy,
    bad=BAD,
    good=GOOD,
    lesson="Name the sizes where they are alike: nn.Embedding(num_embeddings=50, embedding_dim=8).",
    messages=(
        r"input\.size\(-1\) must be equal to input_size",
        r"input has inconsistent input_size",
        r"mat1 and mat2 shapes cannot be multiplied",
    ),
    see="Print the layer: it shows each size under its name.",
    speaks_for=lambda message: -1.0,
)
