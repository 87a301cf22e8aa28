"""A softmax along an axis that is joined of single scores has as many of them as were joined."""

from __future__ import annotations

import pytest
from programs import slugs

SHARED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.branches = nn.ModuleList(nn.Linear(6, 8) for _ in range({count}))
        self.shares = nn.ModuleList(nn.Linear(8, 8) for _ in range({count}))
        self.each, self.other, self.out = nn.Linear(8, 1), nn.Linear(8, 1), nn.Linear(8, 1)

    def forward(self, x):
        made = torch.cat([branch(x).unsqueeze(1) for branch in self.branches], dim=1)
        joined = made.sum(1)
        {shared}
        return self.out(h).squeeze(-1)


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(9, 6), torch.randn(9)) for _ in range(3)]
"""


@pytest.mark.parametrize("count", [2, 1])
@pytest.mark.parametrize(
    "shared",
    [
        "w = torch.cat([share(joined).unsqueeze(1) for share in self.shares], dim=1).softmax(1); h = (w * made).sum(1)",
        "w = torch.cat([share(joined)[:, None] for share in self.shares], 1) / 2; h = (w.softmax(1) * made).sum(1)",
        "w = torch.cat([share(joined)[..., None] for share in self.shares], 2).softmax(2); h = (w * made.mT).sum(2)",
    ],
)
def test_branches_that_are_joined_along_an_axis_of_one(shared, count):
    assert slugs(SHARED.format(shared=shared, count=count)) == []


def test_the_scores_of_two_layers_with_one_output_each():
    shared = "w = torch.cat([self.each(joined), self.other(joined)], 1).softmax(1); h = (w.unsqueeze(2) * made).sum(1)"
    assert slugs(SHARED.format(shared=shared, count=2)) == []
