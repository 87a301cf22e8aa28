"""The rows of all graphs of a batch are pooled into one."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(3, 8), nn.Linear(8, 1)

    def forward(self, x, batch, graphs):
        pooled = self.first(x).relu().mean(0, keepdim=True)
        return self.last(pooled).squeeze(-1)


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
batch = torch.tensor([0, 0, 0, 1, 1, 2, 2, 2, 2, 3])
for _ in range(3):
    loss = (model(torch.randn(10, 3), batch, 4) - torch.randn(4)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace(
    "self.first(x).relu().mean(0, keepdim=True)",
    "torch.zeros(graphs, 8).index_add(0, batch, self.first(x).relu()) / batch.bincount()[:, None]",
)

FAULT = Fault(
    code="SC716",
    slug="graphs_as_one",
    headline="the rows of all graphs in a batch are pooled into one prediction",
    why=(
        "Graphs of a batch lie one behind the other, and the number of its graph tells each row where it belongs. "
        "Pooled without it, all graphs get the same prediction, which spreads over their targets."
    ),
    recognise=sees("graphs_as_one"),
    bad=BAD,
    good=GOOD,
    lesson="Pool graph by graph, by the numbers in batch: index_add, scatter, or global_mean_pool(h, batch).",
)
