"""Items picked by their numbers, along the axis that holds them and along one of copies."""

from __future__ import annotations

import pytest
from programs import audited, slugs

NEAR = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(6, 2)

    def forward(self, x):  # (sample, point, feature)
        samples, size, width = x.shape
        near = torch.cdist(x, x).topk(3, largest=False).indices[..., None].expand(-1, -1, -1, width)
        table = {table}
        items = {items}
        return self.linear(torch.cat([items.mean(2), x], dim=-1))


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(4, 7, 3), torch.randn(4, 7, 2)) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("table", "right"),
    [
        ("x.unsqueeze(2).expand(-1, -1, size, -1)", "x.unsqueeze(1).expand(-1, size, -1, -1)"),
        ("x.unsqueeze(2).repeat(1, 1, size, 1)", "x.unsqueeze(1).repeat(1, size, 1, 1)"),
        ("x[:, :, None].expand(samples, size, size, width).contiguous()", ""),
    ],
)
@pytest.mark.parametrize("items", ["torch.gather(table, 2, near)", "torch.take_along_dim(table, near, dim=2)"])
def test_an_axis_of_copies(table, right, items):
    ((slug, edits),) = audited(NEAR.format(table=table, items=items))
    assert slug == "copies_gathered"
    assert [edit.strip() for edit in edits] == ([f"table = {right}"] if right else [])


@pytest.mark.parametrize(
    ("table", "items"),
    [
        ("x.unsqueeze(1).expand(-1, size, -1, -1)", "torch.gather(table, 2, near)"),
        # The same item for all who ask, where the items lie along the other axis.
        ("x.unsqueeze(2).expand(-1, -1, size, -1)", "torch.gather(table, 1, near.transpose(1, 2)).transpose(1, 2)"),
        # One vector for each sample, for each of its points.
        ("x.mean(1, keepdim=True).expand(-1, size, -1)", "torch.gather(table, 1, near[:, :, 0])[:, :, None]"),
        ("x.unsqueeze(1).expand(-1, size, -1, -1)", "table[:, :, :3] + near * 0"),
    ],
)
def test_an_axis_of_items(table, items):
    assert slugs(NEAR.format(table=table, items=items)) == []
