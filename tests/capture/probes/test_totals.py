"""Running totals of losses: with their graphs, and as numbers."""

from __future__ import annotations

import pytest
from programs import audited

PROGRAM = """
model = nn.Linear(4, 1)
criterion = nn.MSELoss()
batches = [(torch.randn(5, 4), torch.randn(5, 1)) for _ in range(4)]
total, kept = 0, []
"""
TRAIN = """
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, y in batches:
    loss = criterion(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    {add}
print(total)
"""


def told(add):
    return audited(PROGRAM, TRAIN.format(add=add))


@pytest.mark.parametrize(
    ("add", "mended"),
    [
        ("total += loss", ["    total += loss.item()\n"]),
        ("total = total + loss", ["    total = total + loss.item()\n"]),
        ("total = total + loss * len(x)", []),
        ("total = loss + total", ["    total = loss.item() + total\n"]),
        ("total += 0.5 * loss", []),
    ],
)
def test_losses_with_their_graphs(add, mended):
    assert told(add) == [("graphs_in_total", mended)]


@pytest.mark.parametrize(
    "add",
    [
        "total += loss.item()",
        "total += loss.detach()",
        "kept.append(loss.item())",
        "total = loss",
        "total = 0.9 * total + 0.1 * loss.detach()",
    ],
)
def test_numbers_and_other_ways_to_keep_them(add):
    assert told(add) == []


def test_losses_that_are_summed_up_for_one_backward():
    summed = """
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    total = 0
    for x, y in batches:
        total = total + criterion(model(x), y)
    optimizer.zero_grad()
    total.backward()
    optimizer.step()
"""
    assert audited(PROGRAM, summed) == []
