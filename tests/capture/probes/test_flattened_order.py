"""Grids, masks and maps that meet position by position, flattened in the same order and in others."""

from __future__ import annotations

import pytest
from programs import slugs

MAPS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.less = nn.Conv2d(2, 6, 3, padding=1), nn.Conv2d(6, 6, 3, 2, 1)
        self.place, self.linear, self.wide = nn.Linear(2, 6), nn.Linear(6, 5), nn.Linear(8, 5)
        self.table = nn.Parameter(torch.randn({w}, {h}, 6))
        self.rows, self.columns = nn.Embedding({h}, 6), nn.Embedding({w}, 6)

    def forward(self, x):
        h, w = x.shape[2:]
        maps = self.conv(x).tanh()
        flat = maps.flatten(2).transpose(1, 2)
        {body}


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(4, 2, {h}, {w}), torch.randint(0, 5, (4,))) for _ in range(3)]
"""
GRID = (
    "grid = torch.stack(torch.meshgrid(torch.arange({}), torch.arange({}), indexing='{}'), -1).reshape(-1, 2).float()"
)
ADDED = "return self.linear((flat + self.place(grid)).relu().mean(1))"
BESIDE = "return self.wide(torch.cat([flat, grid.expand(len(x), -1, -1)], -1).relu().amax(1))"
SHAKEN = "steps = torch.arange({}).view(-1, 1) * 10 + torch.arange({})"


@pytest.mark.parametrize("use", [ADDED, BESIDE])
@pytest.mark.parametrize(
    ("sizes", "indexing", "is_wrong"),
    [("w h", "ij", True), ("h w", "xy", True), ("h w", "ij", False), ("w h", "xy", False)],
)
def test_a_grid_beside_a_map(use, sizes, indexing, is_wrong):
    body = GRID.format(*sizes.split(), indexing) + "\n        " + use
    assert slugs(MAPS.format(h=5, w=8, body=body)) == (["flattened_in_other_order"] if is_wrong else [])


def test_on_a_square_map_nothing_is_said():
    body = GRID.format("w", "h", "ij") + "\n        " + ADDED
    assert slugs(MAPS.format(h=6, w=6, body=body)) == []


@pytest.mark.parametrize(
    ("sizes", "is_wrong"),
    [(("w", "h"), True), (("h", "w"), False)],
)
@pytest.mark.parametrize(
    "use",
    [
        "return self.linear((flat * steps.flatten()[:, None] / 80).amax(1))",
        "return self.linear(torch.where(steps.reshape(1, -1, 1) % 3 == 0, flat, flat * 0).amax(1))",
        "return self.linear((flat.mT * steps.view(h * w)).mean(2) / 80)",
    ],
)
def test_numbers_of_places(use, sizes, is_wrong):
    body = SHAKEN.format(*sizes) + "\n        " + use
    assert slugs(MAPS.format(h=5, w=8, body=body)) == (["flattened_in_other_order"] if is_wrong else [])


@pytest.mark.parametrize(
    ("parts", "is_wrong"), [("(h, w), (h // 2, w // 2)", False), ("(w, h), (w // 2, h // 2)", True)]
)
def test_levels_one_behind_the_other(parts, is_wrong):
    body = f"""levels = torch.cat([flat, self.less(maps).flatten(2).mT], 1)
        grids = [torch.arange(a * b).view(a, b).flip(0).reshape(-1, 1) for a, b in ({parts})]
        return self.linear((levels * torch.cat(grids).float()).mean(1))"""
    assert slugs(MAPS.format(h=6, w=8, body=body)) == (["flattened_in_other_order"] if is_wrong else [])


@pytest.mark.parametrize(
    "body",
    [
        # A table that is learned place by place, and the same number everywhere.
        "return self.linear((flat + self.table.flatten(0, 1)).relu().mean(1))",
        "return self.linear((flat * torch.full((w, h), 0.5).reshape(-1, 1)).mean(1))",
        # A map that is read along its rows and along its columns.
        "return self.linear(torch.cat([flat, maps.transpose(2, 3).flatten(2).mT], 1).amax(1))",
        "return self.wide(torch.cat([flat, maps.mT.flatten(2).mT[..., :2]], -1).amax(1))",
        # Rows and columns with a vector each.
        "return self.linear((flat * (self.rows.weight[:, None] + self.columns.weight).flatten(0, 1)).mean(1))",
        # What was turned there is turned back.
        "return self.linear((flat + maps.mT.flatten(2).view(-1, 6, w, h).mT.flatten(2).mT).relu().mean(1))",
    ],
)
def test_orders_that_are_meant_as_they_are(body):
    assert slugs(MAPS.format(h=5, w=8, body=body)) == []


def test_two_maps_of_which_one_was_turned():
    body = "return self.linear((flat + maps.transpose(2, 3).flatten(2).mT).relu().mean(1))"
    assert slugs(MAPS.format(h=5, w=8, body=body)) == ["flattened_in_other_order"]
