"""A model is measured in training mode."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
from torch.utils.data import DataLoader, TensorDataset

train_set = TensorDataset(torch.randn(12, 5), torch.randint(0, 3, (12,)))
test_set = TensorDataset(torch.randn(8, 5), torch.randint(0, 3, (8,)))
model = nn.Sequential(nn.Linear(5, 6), nn.Dropout(0.5), nn.Linear(6, 3))
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for epoch in range(3):
    model.train()
    for x, y in DataLoader(train_set, batch_size=6):
        loss = nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        right = sum((model(x).argmax(1) == y).sum().item() for x, y in DataLoader(test_set, batch_size=4))
"""
)

GOOD = BAD.replace("    with torch.no_grad():", "    model.eval()\n    with torch.no_grad():")

FAULT = Fault(
    code="SC864",
    slug="measured_while_training",
    headline="the model is measured in training mode",
    why=(
        "In training mode dropout leaves out some numbers, and a batch norm scales by the batch that it is given and "
        "remembers that. What is measured so is another model each time, and depends on which samples lie beside "
        "each other. no_grad() changes nothing about it: eval() does."
    ),
    recognise=sees("measured_while_training"),
    bad=BAD,
    good=GOOD,
    lesson="eval() in front of what is measured, train() in front of what is trained.",
)
