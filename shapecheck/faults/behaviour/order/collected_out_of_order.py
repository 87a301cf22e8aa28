"""What was collected of a shuffling loader is held against rows in another order."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import sees

BAD = """\
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x, y = torch.randn(12, 6), torch.randn(12, 3)
encoder = nn.Linear(6, 5)
loader = DataLoader(TensorDataset(x, y), 4, shuffle=True)
with torch.no_grad():
    features = torch.cat([encoder(batch) for batch, _ in loader])
model = nn.Linear(5, 3)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
loss = nn.functional.mse_loss(model(features), y)
optimizer.zero_grad()
loss.backward()
optimizer.step()
"""

GOOD = BAD.replace("shuffle=True", "shuffle=False")

FAULT = Fault(
    code="SC840",
    slug="collected_out_of_order",
    headline="what was collected of a shuffling loader is held against rows in another order",
    why=(
        "A loader that shuffles draws the samples in a new order each time it is gone through. Outputs that are put "
        "together of its batches belong row by row to the targets of the same pass, and to no others: a model that is "
        "trained on such pairs learns nothing of them, and a measure of them says nothing of the model."
    ),
    recognise=sees("collected_out_of_order"),
    bad=BAD,
    good=GOOD,
    lesson="Where order matters, do not shuffle; or collect outputs and targets in the same loop.",
)
