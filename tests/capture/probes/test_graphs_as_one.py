"""Rows of several graphs that become one prediction, beside those that are pooled for each, or belong together."""

from __future__ import annotations

import pytest
from programs import lines_told, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last, self.key = nn.Linear(3, 8), nn.Linear(8, 1), nn.Linear(8, 1)

    def forward(self, x, batch, graphs):
        h = self.first(x).relu()
        {pooled}
        return {out}


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
{numbers}
for _ in range(3):
    x = torch.randn(13, 3)
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
DEFAULT = {
    "pooled": "g = h.mean(0, keepdim=True)", "out": "self.last(g).squeeze(-1)",
    "numbers": "batch = torch.arange(4).repeat_interleave(torch.tensor([2, 5, 3, 3]))",
    "loss": "(model(x, batch, 4) - torch.randn(4)).square().mean()",
}  # fmt: skip


def told(**parts):
    return slugs(PROGRAM.format(**DEFAULT | parts), "")


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"pooled": "g = h.sum(dim=0)", "out": "self.last(g)"},
        {"pooled": "g = h.amax(0)", "out": "self.last(g)"},
        {"pooled": "g = (self.key(h).softmax(0) * h).sum(0, keepdim=True)"},
        {"loss": "(model(x, graphs=4, batch=batch) - torch.randn(4)).abs().sum()"},
    ],
)
def test_all_graphs_become_one(parts):
    assert "graphs_as_one" in told(**parts)


def test_it_is_told_where_the_rows_become_one():
    assert lines_told(PROGRAM.format(**DEFAULT), "") == ["g = h.mean(0, keepdim=True)"]


OF_EACH = "g = torch.zeros(graphs, 8).index_add(0, batch, h)"


@pytest.mark.parametrize(
    "parts",
    [
        {"pooled": OF_EACH},
        {"pooled": OF_EACH + "; g = g - g.mean(0)"},
        {"pooled": "g = torch.stack([h[batch == at].mean(0) for at in range(graphs)])"},
        # What all graphs have in common is added to each.
        {"pooled": OF_EACH + " + h.mean(0, keepdim=True)"},
        # One graph that several people have judged, and labels of rows that stand in any order.
        {"numbers": "batch = torch.zeros(13, dtype=torch.long)"},
        {"numbers": "batch = torch.tensor([1, 0, 3, 2, 0, 1, 1, 2, 3, 0, 0, 1, 2])"},
        # One target of all, and as many as there are no graphs.
        {"loss": "(model(x, batch, 4) - torch.randn(1)).square().mean()"},
        {"loss": "(model(x, batch, 4) - torch.randn(6)).square().mean()"},
        # The sum of all is to be near the same number in each.
        {"loss": "(model(x, batch, 4) - torch.ones(4)).square().mean()"},
    ],
)
def test_graphs_that_are_pooled_by_themselves_or_are_one(parts):
    assert "graphs_as_one" not in told(**parts)
