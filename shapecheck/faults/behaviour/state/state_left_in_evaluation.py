"""Batches of an evaluation that go on from the state that the batch before has left."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """


class Leaky(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 2)
        self.level = 0.0

    def forward(self, x):
        for t in range(x.size(1)):
            self.level = 0.7 * self.level + self.linear(x[:, t])
        return self.level


model, data, targets = Leaky(), torch.randn(8, 7, 3), torch.randint(0, 2, (8,))
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for training in [True, True, False]:
    model.train(training)
    for part in range(0, 8, 4):
        loss = nn.functional.cross_entropy(model(data[part:part + 4]), targets[part:part + 4])
        if training:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            model.level = 0.0
"""
)

GOOD = BAD.replace("            model.level = 0.0", "        model.level = 0.0")

FAULT = Fault(
    code="SC869",
    slug="state_left_in_evaluation",
    headline="in evaluation a batch starts from the state that the batch before has left",
    why=(
        "Training lets the state begin anew with each batch, and evaluation does not: what is measured of a batch "
        "depends on the samples before it, and the same batch asked twice gives two answers."
    ),
    recognise=sees("state_left_in_evaluation"),
    bad=BAD,
    good=GOOD,
    lesson="What training resets after every batch, evaluation resets as well.",
)
