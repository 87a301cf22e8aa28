"""A piece of a tensor stands on both sides of a comparison or a difference."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

layer = nn.Linear(6, 5)
optimizer = torch.optim.SGD(layer.parameters(), 0.01)
for step in range(3):
    labels = torch.randint(0, 3, (4, 6))
    borders = (labels[:, 1:] != labels[:, 1:]).float()
    loss = nn.functional.binary_cross_entropy_with_logits(layer(labels.float()), borders)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("!= labels[:, 1:]", "!= labels[:, :-1]")

FAULT = Fault(
    code="SC1094",
    slug="piece_against_itself",
    headline="a piece of a tensor is held against the same piece",
    why=(
        "x[:, 1:] beside x[:, :-1] holds each item against the one before it. With the same piece on both sides each "
        "item meets itself: a difference is zero and a comparison has one answer throughout, whatever the data is."
    ),
    recognise=sees("piece_against_itself"),
    bad=BAD,
    good=GOOD,
    lesson="Neighbours: x[:, 1:] against x[:, :-1].",
)
