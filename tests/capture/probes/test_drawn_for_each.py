"""Numbers that are drawn for each sample, where there are as many samples as features."""

from __future__ import annotations

import pytest
from programs import audited, slugs

NOISED = """
levels = torch.linspace(1, 0.1, 9)
model, embed = nn.Sequential(nn.Linear({width}, 7), nn.ReLU(), nn.Linear(7, 6)), nn.Embedding(9, 3)
optimizer = torch.optim.SGD([*model.parameters(), *embed.parameters()], 0.01)
for _ in range(3):
    x, noise = torch.randn({samples}, 6), torch.randn({samples}, 6)
    t = {drawn}
    level = {level}
    noisy = {noisy}
    loss = (model(torch.cat([noisy, {beside}], 1)) - noise).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
PLAIN = {
    "width": "7", "samples": "6", "drawn": "torch.randint(0, 9, (len(x),))", "level": "levels[t]",
    "noisy": "x * level + noise", "beside": "t[:, None] / 9",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({}, "x * level.unsqueeze(-1) + noise"),
        ({"noisy": "level.sqrt() * x + (1 - level).sqrt() * noise"},
         "level.sqrt().unsqueeze(-1) * x + (1 - level).sqrt().unsqueeze(-1) * noise"),
        ({"drawn": "torch.rand(6)", "level": "0.1 + t", "noisy": "x.div(level)"}, "x.div(level.unsqueeze(-1))"),
        ({"beside": "t.float().view(-1, 1)"}, "x * level.unsqueeze(-1) + noise"),
        ({"beside": "embed(t)", "width": "9"}, "x * level.unsqueeze(-1) + noise"),
    ],
)  # fmt: skip
def test_a_time_for_each_sample_that_lies_along_the_features(change, line):
    found = audited(NOISED.format(**PLAIN | change), "")
    assert found == [("spread_along_other_axis", [f"    noisy = {line}\n"])]


@pytest.mark.parametrize(
    "change",
    [
        {"level": "levels[t][:, None]"},
        # A number for each feature, of which nothing says that the samples have it.
        {"beside": "x[:, :1]"},
        # The data was made of it: a table of all pairs.
        {"noisy": "(t[:, None] - x) * level"},
        # The features are what it stands along in front, as tokens.
        {"beside": "(x[:, :, None] + embed(t)).mean(1)", "width": "9"},
    ],
)
def test_what_may_lie_along_the_features(change):
    assert slugs(NOISED.format(**PLAIN | change), "") == []
