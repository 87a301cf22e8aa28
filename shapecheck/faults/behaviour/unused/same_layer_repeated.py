"""A list of layers holds one layer several times."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

class Model(nn.Module):
    def __init__(self, depth=3):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(5, 5)] * depth)
        self.head = nn.Linear(5, 1)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x).relu()
        return self.head(x)


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for step in range(4):
    loss = model(torch.randn(6, 5)).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("[nn.Linear(5, 5)] * depth", "[nn.Linear(5, 5) for _ in range(depth)]")

FAULT = Fault(
    code="SC740",
    slug="same_layer_repeated",
    headline="a list of layers holds one layer several times, with one set of weights for all",
    why=(
        "Python repeats what stands in a list, and does not make it anew: [layer] * n is n times the same layer. The "
        "network has the weights of one, however long the list is."
    ),
    recognise=sees("same_layer_repeated"),
    bad=BAD,
    good=GOOD,
    lesson="[nn.Linear(5, 5) for _ in range(n)] makes n layers. A layer that is to be shared is called by its name.",
    severity="warning",
)
