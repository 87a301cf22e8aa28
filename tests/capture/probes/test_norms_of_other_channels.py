"""Norms without weights that get another number of channels than they were made for, which torch lets pass."""

from __future__ import annotations

import pytest
from programs import audited, slugs

# Of which torch itself warns.
pytestmark = pytest.mark.filterwarnings("ignore:input's size at dim=1")

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear, self.norm, self.out = nn.Linear(3, 8), nn.InstanceNorm1d({count}), nn.Linear(8, 2)

    def forward(self, x):
        return self.out({normed}).tanh().mean(1)


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(4, 5, 3), torch.randint(0, 2, (4,))) for _ in range(2)]
"""


def test_the_channels_lie_along_another_axis():
    ((slug, lines),) = audited(PROGRAM.format(count=8, normed="self.norm(self.linear(x))"))
    assert slug == "norm_along_steps"
    assert "self.norm(self.linear(x).transpose(1, 2)).transpose(1, 2)" in lines[0]


def test_the_channels_are_as_many():
    turned = "self.norm(self.linear(x).transpose(1, 2)).transpose(1, 2)"
    assert slugs(PROGRAM.format(count=8, normed=turned)) == []
    assert slugs(PROGRAM.format(count=5, normed="self.norm(self.linear(x))")) == []
