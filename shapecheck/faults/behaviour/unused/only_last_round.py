"""A loop over layers begins each round with the same tensor."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(nn.Linear(5, 5) for _ in range(3))
        self.head = nn.Linear(5, 1)

    def forward(self, x):
        for block in self.blocks:
            out = block(x).relu()
        return self.head(out)


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for step in range(4):
    loss = model(torch.randn(6, 5)).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("out = block(x)", "x = block(x)").replace("self.head(out)", "self.head(x)")

FAULT = Fault(
    code="SC749",
    slug="only_last_round",
    headline="each round of a loop over layers begins with the same tensor, so that only the last layer counts",
    why=(
        "A loop that gives each layer the same tensor and keeps one name for what comes out writes over what the "
        "layers before have made. The model is as deep as one layer, and the others are never trained."
    ),
    recognise=sees("only_last_round"),
    bad=BAD,
    good=GOOD,
    lesson="In a stack, the result is the next input: for block in blocks: x = block(x).",
    severity="warning",
)
