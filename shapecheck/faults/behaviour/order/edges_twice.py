"""The same edges are joined twice, and none leads back."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 1)

    def forward(self, x, edges):
        edges = torch.cat([edges, edges.flip(1)], dim=1)
        src, dst = edges[0], edges[1]
        return self.linear(torch.zeros_like(x).index_add(0, dst, x[src])).squeeze(1)


edges = torch.tensor([[0, 1, 2, 3], [1, 2, 3, 4]])
report = audit(Model(), nn.MSELoss(), ((torch.randn(5, 3), edges), torch.randn(5)))
"""
)

GOOD = BAD.replace("edges.flip(1)", "edges.flip(0)")

FAULT = Fault(
    code="SC1072",
    slug="edges_twice",
    headline="the same edges are joined twice, and none leads back",
    why=(
        "Edges lie in two rows: where each begins, and where it ends. To lead back, the rows have to change places; "
        "in another order along the edges they are the same ones, and each message is counted twice."
    ),
    recognise=sees("edges_twice"),
    bad=BAD,
    good=GOOD,
    lesson="edges.flip(0) turns each edge round, edges.flip(1) only their order.",
)
