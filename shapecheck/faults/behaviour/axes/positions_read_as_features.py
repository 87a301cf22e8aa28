"""A pooling along the features left one number of each position, which a layer read for the features."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.each, self.score = nn.Linear(3, width), nn.Linear(width, 5)

    def forward(self, nodes):  # (batch_size, nodes, num_features)
        return self.score(self.each(nodes).relu().amax(dim=-1))


batch = torch.randn(4, 7, 3), torch.tensor([0, 1, 2, 3])
report = audit(Model(7), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("amax(dim=-1)", "amax(dim=1)")

FAULT = Fault(
    code="SC823",
    slug="positions_read_as_features",
    headline="a pooling runs along the features, and the layer behind it reads the positions for features",
    why=(
        "To describe a sequence, a set or a graph by one vector, the largest or the mean is taken over its positions, "
        "and the features stay. Along the features one number of each position is left. A layer for as many features "
        "takes them where there are as many positions, and with another order of the positions it says something else."
    ),
    recognise=sees("positions_read_as_features"),
    bad=BAD,
    good=GOOD,
    lesson="Pool over the axis that shall go: dim=1 of (batch_size, positions, num_features).",
)
