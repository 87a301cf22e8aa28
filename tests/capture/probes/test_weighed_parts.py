"""Shares that are taken apart and weigh what is added up: they are to sum to one over these parts."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.other, self.scores = nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(6, 2)
        self.out = nn.Linear(6, 4)

    def forward(self, x):
        w = self.scores(x).softmax(dim={along})
        a, b = self.one(x).tanh(), self.other(x).relu()
        return self.out({mixed})


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(5, 7, 6), torch.randn(5, 7, 4)) for _ in range(3)]
"""
BY_SLICES = "w[..., 0:1] * a + w[..., 1:] * b"
BY_NUMBER = "x + w[:, :, 0, None] * a + b * w[:, :, 1].unsqueeze(2)"
BY_LOOP = "sum(share.unsqueeze(-1) * part for share, part in zip(w.unbind(-1), (a, b)))"


@pytest.mark.parametrize("mixed", [BY_SLICES, BY_NUMBER, BY_LOOP])
def test_two_parts_share_one_between_them(mixed):
    ((slug, lines),) = [found[:2] for found in audited(PROGRAM.format(along=1, mixed=mixed))]
    assert slug == "weights_along_other_axis"
    assert lines == ["        w = self.scores(x).softmax(dim=-1)\n"]
    assert slugs(PROGRAM.format(along=2, mixed=mixed)) == []


@pytest.mark.parametrize(
    "mixed",
    [
        # Each head shares one among the steps, which are added up.
        f"({BY_SLICES}).sum(1, keepdim=True) + x",
        "(w[..., 0:1] * a).sum(1, keepdim=True) + (w[..., 1:] * b).sum(1, keepdim=True) + x",
        # Not all of the shares weigh a part.
        "w[..., 0:1] * a + b",
        "torch.cat([w[..., 0:1] * a[..., :3], w[..., 1:] * b[..., :3]], dim=-1)",
    ],
)
def test_shares_among_the_steps(mixed):
    assert slugs(PROGRAM.format(along=1, mixed=mixed)) == []
