"""Places at which maps are read: with the row in front, with the column in front, and turned on purpose."""

from __future__ import annotations

import pytest
from programs import TRAIN, audited, slugs

PROGRAM = """
def lines(*sizes):
    return [torch.linspace(-1, 1, size) for size in sizes]


class Moving(nn.Module):
    def __init__(self):
        super().__init__()
        self.flow = nn.Conv{nd}d(1, {nd}, 3, padding=1)

    def forward(self, x):
        moved = 0.05 * self.flow(x).tanh().movedim(1, -1)
        {places}
        return F.grid_sample(x, places{added}, align_corners=True)


model, criterion = Moving(), {criterion}
batches = [(torch.rand(3, 1, {sizes}), torch.rand(3, 1, {sizes})) for _ in range(3)]
"""
GRID = "ys, xs = torch.meshgrid(*lines(*x.shape[2:]), indexing='ij')\n        "
VOLUME = "zs, ys, xs = torch.meshgrid(*lines(*x.shape[2:]), indexing='ij')\n        "
CAT = "places = torch.cat([{}.unsqueeze(-1), {}.unsqueeze(-1)], dim=-1)"


def program(places, sizes="6, 9", nd=2, added=" + moved", criterion="nn.MSELoss()"):
    return PROGRAM.format(places=places, sizes=sizes, nd=nd, added=added, criterion=criterion)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (GRID + "places = torch.stack((ys, xs), dim=-1)", "places = torch.stack((xs, ys), dim=-1)"),
        (GRID + "places = torch.stack([ys, xs], 2)", "places = torch.stack([xs, ys], 2)"),
        (GRID + CAT.format("ys", "xs"), CAT.format("xs", "ys")),
    ],
)
def test_the_row_stands_in_front(wrong, right):
    ((slug, edits),) = audited(program(wrong))
    assert slug == "row_and_column_exchanged"
    assert [edit.strip() for edit in edits] == [right]
    assert slugs(program(GRID + right)) == []


def test_of_a_body_the_slice_stands_in_front():
    wrong, right = (VOLUME + f"places = torch.stack(({names}), -1)" for names in ("zs, ys, xs", "xs, ys, zs"))
    assert slugs(program(wrong, "4, 5, 7", 3)) == ["row_and_column_exchanged"]
    assert slugs(program(right, "4, 5, 7", 3)) == []


TURNED = "lambda p, y: F.mse_loss(p, y.transpose(2, 3))"


@pytest.mark.parametrize(
    ("places", "sizes", "criterion"),
    [
        # A map turned over its diagonal has its sizes exchanged, and of a square nobody can tell.
        ("places = torch.stack(torch.meshgrid(*lines(9, 6), indexing='ij'), -1).expand(3, -1, -1, -1)", "6, 9", TURNED),
        (GRID + "places = torch.stack((ys, xs), dim=-1)", "7, 7", "nn.MSELoss()"),
        # Turned by a right angle, it runs backwards along one of them.
        (GRID + "places = torch.stack((-ys, xs), dim=-1)", "6, 9", "nn.MSELoss()"),
        # Places that were drawn, and a grid that affine_grid makes.
        ("places = torch.rand(3, 6, 9, 2) * 2 - 1", "6, 9", "nn.MSELoss()"),
        ("places = F.affine_grid(torch.eye(2, 3).expand(3, -1, -1), x.shape, align_corners=True)", "6, 9", None),
    ],
)
def test_maps_that_are_read_as_they_should_be(places, sizes, criterion):
    added = " + moved.transpose(1, 2)" if criterion == TURNED else " + moved"
    found = slugs(program(places, sizes, added=added, criterion=criterion or "nn.MSELoss()"))
    assert "row_and_column_exchanged" not in found


def test_a_table_that_the_model_keeps_is_told_where_it_was_made():
    kept = program("places = self.places").replace(
        "self.flow =",
        "ys, xs = torch.meshgrid(*lines(6, 9), indexing='ij')\n"
        "        self.register_buffer('places', torch.stack((ys, xs), -1))\n        self.flow =",
    )
    ((slug, edits),) = audited(kept, TRAIN)
    assert slug == "row_and_column_exchanged"
    assert [edit.strip() for edit in edits] == ["self.register_buffer('places', torch.stack((xs, ys), -1))"]
