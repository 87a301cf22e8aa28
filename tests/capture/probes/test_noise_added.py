"""Mixtures of data and noise, whose shares are both roots, or one of them is not."""

from __future__ import annotations

import pytest
from programs import audited, slugs

DIFFUSION = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Linear(9, 8)

    def forward(self, x, t):
        return self.net(torch.cat([x, t[:, None] / 20], 1))


model = Model()
bar = torch.cumprod(1 - torch.linspace(0.01, 0.2, 20), 0)
{table}
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(2):
    x, t = torch.rand(7, 8), torch.randint(0, 20, (7,))
    noise, a = torch.randn_like(x), bar[t][:, None]
    noisy = {mixed}
    loss = F.mse_loss(model(noisy, t), noise)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
TABLE = "rest = 1 - bar"


@pytest.mark.parametrize(
    ("table", "mixed", "line"),
    [
        ("", "a.sqrt() * x + (1 - a) * noise", "    noisy = a.sqrt() * x + (1 - a).sqrt() * noise\n"),
        ("", "a * x + (1 - a) ** 0.5 * noise", "    noisy = a.sqrt() * x + (1 - a) ** 0.5 * noise\n"),
        (TABLE, "torch.sqrt(a) * x + noise * rest[t].unsqueeze(1)", "rest = (1 - bar).sqrt()\n"),
    ],
)
def test_a_share_without_its_root(table, mixed, line):
    assert audited(DIFFUSION.format(table=table, mixed=mixed), "") == [("noise_without_root", [line])]


@pytest.mark.parametrize(
    ("table", "mixed"),
    [
        ("", "a.sqrt() * x + (1 - a).sqrt() * noise"),
        # Straight from one to the other, as a flow goes.
        ("", "a * x + (1 - a) * noise"),
        # Nothing is noise.
        ("", "a.sqrt() * x + (1 - a) * x.flip(0) + 0 * noise"),
        # One process in continuous time has noise that grows as the square.
        ("bar = (-torch.linspace(0.01, 3, 20)).exp()", "a.sqrt() * x + (1 - a) * noise"),
    ],
)
def test_other_mixtures_are_left_alone(table, mixed):
    assert slugs(DIFFUSION.format(table=table, mixed=mixed), "") == []
