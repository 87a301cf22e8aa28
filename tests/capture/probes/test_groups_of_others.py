"""Groups of rows that are cut along the first axis, and numbers of theirs that are handed out group by group."""

from __future__ import annotations

import pytest
from programs import slugs

KIND = "copies_in_another_order"
BODY = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(5, 4), nn.Linear(5, 1)

    def forward(self, x):
        h = self.first(x)
        spread = {spread}
        return self.last(torch.cat([h, spread.unsqueeze(1)], 1))

model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(12, 5), torch.randn(12, 1)) for _ in range(2)]
"""


@pytest.mark.parametrize(
    "spread",
    [
        "h.view(3, -1, 4).std(0).mean(1).repeat_interleave(3)",
        "h.reshape(4, 3, 4).mean((0, 2)).unsqueeze(1).expand(3, 4).reshape(12)",
    ],
)
def test_numbers_of_groups_that_rows_are_not_in(spread):
    assert slugs(BODY.format(spread=spread)) == [KIND]


@pytest.mark.parametrize(
    "spread",
    [
        "h.view(-1, 3, 4).std(1).mean(1).repeat_interleave(3)",
        "h.view(3, -1, 4).std(0).mean(1).repeat(3)",
        # Each row beside the others of its group, and beside the next group on purpose.
        "((h.view(4, 3, 4).sum(1, keepdim=True) - h.view(4, 3, 4)) / 2).reshape(12, 4).mean(1)",
        "h.view(4, 3, 4).std(1).mean(1).roll(1).repeat_interleave(3)",
    ],
)
def test_numbers_of_their_own_groups(spread):
    assert KIND not in slugs(BODY.format(spread=spread))
