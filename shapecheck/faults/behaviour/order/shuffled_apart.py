"""Two parts of the same samples were shuffled apart."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import sees

BAD = """\
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
data = torch.randn(12, 9)
known, asked = TensorDataset(data[:, :6]), TensorDataset(data[:, 6:])
one, other = DataLoader(known, 4, shuffle=True), DataLoader(asked, 4, shuffle=True)
model = nn.Linear(6, 3)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for (x,), (y,) in zip(one, other):
    loss = nn.functional.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""

GOOD = (
    BAD.replace("known, asked = TensorDataset(data[:, :6]), TensorDataset(data[:, 6:])\n", "")
    .replace(
        "one, other = DataLoader(known, 4, shuffle=True), DataLoader(asked, 4, shuffle=True)",
        "pairs = DataLoader(TensorDataset(data[:, :6], data[:, 6:]), 4, shuffle=True)",
    )
    .replace("for (x,), (y,) in zip(one, other):", "for x, y in pairs:")
)

FAULT = Fault(
    code="SC713",
    slug="shuffled_apart",
    headline="two parts of the same samples were shuffled apart",
    why=(
        "Each was picked in a random order of its own, or only one of them in any, so row k of one and row k of the "
        "other are different samples. "
        "A model can learn no more of that than the mean."
    ),
    recognise=sees("shuffled_apart"),
    bad=BAD,
    good=GOOD,
    lesson="Shuffle pairs, or pick both by the same permutation.",
)
