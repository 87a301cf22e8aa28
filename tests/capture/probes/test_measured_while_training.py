"""Models that are measured: in training mode by oversight, on purpose, and out of it."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
from torch.utils.data import DataLoader, TensorDataset

def samples(count):
    return TensorDataset(torch.randn(count, 5), torch.randint(0, 3, (count,)))

train_set, test_set = samples({count}), samples(8)
model = nn.Sequential(nn.Linear(5, 6), {layer}, nn.Linear(6, 3))
optimizer = torch.optim.SGD(model.parameters(), 0.1)

def measure(data):
    right = 0
    with torch.no_grad():
        for x, y in DataLoader(data, batch_size=4):
            {measured}
    return right

for epoch in range(3):
    {front}
    for x, y in DataLoader(train_set, batch_size=6):
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    {behind}
    print(measure({data}))
"""
PLAIN = {
    "count": 12,
    "layer": "nn.Dropout(0.4)",
    "measured": "right += (model(x).argmax(1) == y).sum().item()",
    "front": "model.train()",
    "behind": "pass",
    "data": "test_set",
}


@pytest.mark.parametrize(
    "change",
    [{}, {"count": 36}, {"layer": "nn.BatchNorm1d(6)"}, {"measured": "right += F.cross_entropy(model(x), y).item()"}],
)
def test_training_mode_that_nobody_has_left(change):
    assert slugs(PROGRAM.format(**PLAIN | change), "") == ["measured_while_training"]


@pytest.mark.parametrize(
    "change",
    [
        {"behind": "model.eval()"},
        {"behind": "model.train(False)"},
        # Nobody speaks of modes, or there is nothing that asks for them.
        {"front": "pass"},
        {"layer": "nn.Tanh()"},
        {"layer": "nn.Dropout(0.0)"},
        {"layer": "nn.LayerNorm(6)"},
        # What was trained on, as it was trained.
        {"data": "train_set"},
        # What is drawn is meant.
        {"measured": "right += (torch.stack([model(x) for _ in range(5)]).mean(0).argmax(1) == y).sum().item()"},
    ],
)
def test_modes_that_are_left_or_meant(change):
    assert slugs(PROGRAM.format(**PLAIN | change), "") == []
