"""Loops in which something is added at each turn: over the samples of a batch, and over the steps of a sequence."""

from __future__ import annotations

import pytest
from programs import slugs

SAMPLES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear, self.change = nn.Linear(4, 3), nn.Parameter(torch.zeros(3, 3))

    def forward(self, x):
        return self.linear(x)


model, table = Model(), torch.eye(3)
batches = [(torch.randn(5, 4), torch.randint(0, 3, (5,))) for _ in range(3)]


def criterion(scores, labels):
    shares, mixed, loss = scores.softmax(1), table, 0.0
    for k in range(len(labels)):
        {add}
        noisy = {row}.unsqueeze(0) @ F.normalize(mixed.clamp(min=1e-3), p=1, dim=1)
        loss = loss + F.nll_loss(noisy.log(), labels[k : k + 1])
    return loss / len(labels)
"""


@pytest.mark.parametrize(
    ("add", "row", "is_wrong"),
    [
        ("mixed = mixed + model.change", "shares[k]", True),
        ("mixed = mixed + 0.5 * model.change.t()", "shares.select(0, k)", True),
        ("mixed = table + model.change", "shares[k]", False),
        ("mixed = mixed + 0.0 * shares[k].sum()", "shares[k]", False),
    ],
)
def test_what_grows_over_samples(add, row, is_wrong):
    assert slugs(SAMPLES.format(add=add, row=row)) == ["grown_over_samples"] * is_wrong


STEPS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru, self.linear = nn.GRU(4, 6), nn.Linear(6, 3)
        self.trend = nn.Parameter(torch.full((3,), 0.1))

    def forward(self, x):
        return self.linear(self.gru(x)[0])


model = Model()
batches = [(torch.randn(7, 5, 4), torch.randn(7, 5, 3)) for _ in range(3)]


def criterion(residuals, wanted):
    level, loss = torch.zeros(3), 0.0
    for t in range(len(wanted)):
        level = level + model.trend
        loss = loss + (residuals[t] + level - wanted[t]).pow(2).mean()
    return loss / len(wanted)
"""


def test_a_level_with_a_trend_grows_along_the_steps():
    assert "grown_over_samples" not in slugs(STEPS)
