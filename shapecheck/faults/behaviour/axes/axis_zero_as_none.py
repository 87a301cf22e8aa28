"""Axis 0 was told, and a test whether an axis is true takes it for none."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
def scaled(x, axis=None):
    peak = x.abs().amax(axis, keepdim=True) if axis else x.abs().max()
    return x / peak


table, labels = scaled(torch.rand(12, 3) * torch.tensor([1.0, 9.0, 90.0]), axis=0), torch.randint(0, 5, (12,))
model, criterion = nn.Linear(3, 5), nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for x, y in zip(table.split(4), labels.split(4)):
    optimizer.zero_grad()
    criterion(model(x), y).backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("if axis else", "if axis is not None else")

FAULT = Fault(
    code="SC1054",
    slug="axis_zero_as_none",
    headline="the first axis was told, and taken for none",
    why=(
        "0 is as false as None is. A test `if axis:` is to find out whether an axis was told, and takes the first one "
        "for none: what runs instead runs along all axes, or along another one, and every size still fits."
    ),
    recognise=sees("axis_zero_as_none"),
    bad=BAD,
    good=GOOD,
    lesson="Whether something was told is asked with `is not None`.",
)
