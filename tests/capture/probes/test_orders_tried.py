"""How much is tried to bring rows of predictions and targets together, where nothing does."""

from __future__ import annotations

from collections import Counter

from programs import slugs

from shapecheck.capture.probes.order import rows

BODY = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers, self.last = nn.ModuleList([nn.Linear(6, 6) for _ in range(2)]), nn.Linear(24, 2)

    def forward(self, x):
        for layer in self.layers:
            x = x + layer(x).view(5, 4, 3, 2).transpose(2, 3).reshape(5, 4, 6).tanh()
        return self.last(x.flatten(1))


def criterion(out, target):
    return F.mse_loss(out, target[torch.tensor([3, 0, 1, 4, 2])])


model, batches = Model(), [(torch.randn(5, 4, 6), torch.randn(5, 2))] * 2
"""


def test_what_fails_for_one_item_is_not_asked_of_others(monkeypatch):
    counts, agree = Counter(), rows._agree

    def counted(*args):
        found = agree(*args)
        counts[args[-1], found] += 1
        return found

    monkeypatch.setattr(rows, "_agree", counted)
    slugs(BODY)
    assert counts[1, False] > 3
    assert counts[4, True] + counts[4, False] == counts[1, True]
    monkeypatch.setattr(rows, "_MOST_ORDERS", 1)
    before, _ = sum(counts.values()), counts.clear()
    slugs(BODY)
    assert sum(counts.values()) < before
