"""Numbers that count within one graph, or one sample, take items of the first ones in the batch."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

sizes = [4, 6, 5, 3, 6, 4, 5, 7, 3, 6]
graphs = [(torch.randn(size, 3), torch.stack([torch.arange(size - 1), torch.arange(1, size)])) for size in sizes]
before = [0] + sizes[:-1]
x = torch.cat([nodes for nodes, _ in graphs])
edges = torch.cat([ends + first for (_, ends), first in zip(graphs, before)], 1)
which = torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes))

message, head = nn.Linear(3, 4), nn.Linear(4, 1)
around = torch.zeros(len(x), 4).index_add(0, edges[1], message(x)[edges[0]])
total = torch.zeros(len(sizes), 4).index_add(0, which, message(x) + around)
loss = nn.functional.mse_loss(head(total), torch.randn(len(sizes), 1))
loss.backward()
"""
)

GOOD = BAD.replace("before = [0] + sizes[:-1]", "before = [sum(sizes[:at]) for at in range(len(sizes))]")

FAULT = Fault(
    code="SC894",
    slug="edges_not_offset",
    headline="numbers that count within one graph or sample take items of the first ones in the batch",
    why=(
        "In a batch the nodes of all graphs lie one behind the other, so the numbers in the edges of a graph grow by "
        "the number of nodes of all graphs before it. With a smaller offset the edges of the later graphs join nodes "
        "of the first ones, and most nodes hear of nobody. Neighbours, and any places, that were sought in each sample "
        "by itself need the same once the items of all samples are one axis."
    ),
    recognise=sees("edges_not_offset"),
    bad=BAD,
    good=GOOD,
    lesson="The offset of a graph is the running total of the sizes before it: numpy.cumsum([0] + sizes[:-1]).",
)
