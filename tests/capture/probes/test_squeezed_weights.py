"""Weights of the items of each sample, squeezed where there is one item, and given an axis for the features behind."""

from __future__ import annotations

import pytest
from programs import slugs

GATED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.up, self.score, self.out = nn.Linear(3, 8), nn.Linear(8, 1), nn.Linear(8, 4)

    def forward(self, x):
        h = torch.tanh(self.up(x))
        w = self.score(h){squeezed}
        w = torch.sigmoid(w)
        {met}
        return self.out(h)


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(6, {items}, 3), torch.randint(0, 4, (6,))) for _ in range(3)]
"""


def gated(squeezed=".squeeze()", met="h = (w.unsqueeze(-1) * h).sum(1)", items=1):
    return slugs(GATED.format(squeezed=squeezed, met=met, items=items))


@pytest.mark.parametrize(
    "met",
    [
        "h = (w.unsqueeze(-1) * h).sum(1)",
        "w = w.unsqueeze(dim=1); h = torch.mul(h, w).mean(1)",
        "w = w[..., None]\n        h = (h * w).amax(dim=1)",
    ],
)
def test_the_axis_of_one_item_is_lost(met):
    assert gated(met=met) == ["squeezed_by_chance"]


@pytest.mark.parametrize(
    "case",
    [
        {"squeezed": ".squeeze(-1)"},
        {"squeezed": ".squeeze(2)", "items": 5},
        {"items": 5},
        # One number for each sample, and one item: the features are all that is left of both.
        {"met": "h = w.unsqueeze(-1) * h.squeeze(1)"},
        {"met": "h = w.unsqueeze(-1) * h.squeeze()"},
        {"met": "h = (w[:, None, None] * h).sum(1)"},
        # Each sample is held against all the others on purpose.
        {"met": "h = (w.unsqueeze(-1) * h.squeeze(1).unsqueeze(1)).mean(1)"},
        {"met": "h = (w.unsqueeze(-1) - w.unsqueeze(0)).tanh().mean(1, keepdim=True) * h[:, 0]"},
    ],
)
def test_weights_that_meet_their_own_or_all_on_purpose(case):
    assert gated(**case) == []
