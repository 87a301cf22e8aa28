"""A parameter has a row for each place in the batch."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import sees

BAD = """\
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.position = nn.Parameter(0.1 * torch.randn(4, 1, 8))
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.linear = nn.Linear(8, 5)

    def forward(self, x):  # (batch_size, seq_length, num_features)
        x = x + self.position
        return self.linear(self.attention(x, x, x)[0].mean(dim=1))


torch.manual_seed(0)
model = Model()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
data = TensorDataset(torch.randn(12, 7, 8), torch.randint(0, 5, (12,)))
for x, labels in DataLoader(data, batch_size=4, shuffle=True):
    loss = nn.functional.cross_entropy(model(x), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""

GOOD = BAD.replace("randn(4, 1, 8)", "randn(1, 7, 8)")

FAULT = Fault(
    code="SC826",
    slug="parameter_along_batch",
    headline="a parameter has a row for each place in the batch",
    why=(
        "What is learned must go for every sample. A parameter with an axis of the batch learns what goes for the "
        "place that a sample happens to stand at, tells the model nothing of its steps, and fits one batch size only."
    ),
    recognise=sees("parameter_along_batch"),
    bad=BAD,
    good=GOOD,
    lesson="No size of a parameter is the batch size: positions are (1, seq_length, num_features).",
)
