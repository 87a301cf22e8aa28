"""Readings of both directions by two layers, and the axis along which they are joined."""

from __future__ import annotations

import pytest
from programs import slugs

READ = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.ahead, self.behind = nn.{layer}(3, 8, batch_first={first}), nn.{layer}(3, 8, batch_first={first})
        self.linear = nn.Linear({width}, 5)

    def forward(self, x):
        a, _ = self.ahead(x)
        b, _ = self.behind({turned})
        h = {joined}
        return self.linear(h.mean({steps}))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [({made}, torch.randint(0, 5, (4,))) for _ in range(3)]
"""
FIRST = {"layer": "GRU", "first": True, "turned": "x.flip(1)", "steps": 1, "made": "torch.randn(4, 7, 3)"}
SECOND = {"layer": "LSTM", "first": False, "turned": "x.flip(0)", "steps": 0, "made": "torch.randn(7, 4, 3)"}


@pytest.mark.parametrize(
    ("setting", "wrong", "right"),
    [
        (FIRST, "torch.cat([a, b.flip(1)], dim=1)", "torch.cat([a, b.flip(1)], dim=2)"),
        (FIRST, "torch.cat((torch.flip(b, (1,)), a), 1)", "torch.cat((a, torch.flip(b, [1])), -1)"),
        (FIRST, "torch.cat([F.dropout(a, 0.1), b.flip(dims=[1])], -2)", "torch.cat([a, b.flip(dims=[1])], -1)"),
        (SECOND, "torch.cat([a, b.flip(0)])", "torch.cat([a, b.flip(0)], 2)"),
    ],
)
def test_readings_behind_each_other(setting, wrong, right):
    assert slugs(READ.format(**setting, joined=wrong, width=8))[-1:] == ["readings_behind_each_other"]
    assert "readings_behind_each_other" not in slugs(READ.format(**setting, joined=right, width=16))


@pytest.mark.parametrize(
    "joined",
    [
        # Two readings in one direction, as twice as many things to look at.
        "torch.cat([a, self.behind(x)[0]], 1)",
        # What is left as it was read, for a look at both in turn.
        "torch.cat([a, b], 1)",
        "a + b.flip(1)",
    ],
)
def test_readings_that_are_meant_as_they_are(joined):
    assert "readings_behind_each_other" not in slugs(READ.format(**FIRST, joined=joined, width=8))
