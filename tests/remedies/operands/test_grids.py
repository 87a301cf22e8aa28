"""Grids of places: one for every map, and the coordinates of each place last."""

import pytest
from mended import mended, printed

PROGRAM = """
    maps, places = torch.randn({many}, 3, 8, 10), torch.rand({grid}) * 2 - 1
    read = F.grid_sample(maps, {places}, align_corners=False)
    print(read.shape, round(read.sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("grid", "meant"),
    [
        ("1, 4, 7, 2", "places.expand(maps.size(0), -1, -1, -1)"),
        ("5, 2, 4, 7", "places.permute(0, 2, 3, 1)"),
    ],
)
def test_the_grid_goes_with_the_maps(grid, meant):
    found = mended(PROGRAM.format(many=5, grid=grid, places="places"), most=1)
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(many=5, grid=grid, places=meant))


def test_one_map_is_read_at_the_places_of_all():
    found = mended(PROGRAM.format(many=1, grid="5, 4, 7, 2", places="places"), most=1)
    assert "maps.expand(places.size(0), -1, -1, -1)" in found.changed[0]


def test_grids_of_other_maps_are_not_spread():
    found = mended(PROGRAM.format(many=5, grid="3, 4, 7, 2", places="places"), most=1)
    assert not any("expand" in each for each in found.changed)


@pytest.mark.parametrize(("numbers", "size"), [(6, "5, 3, 8, 10"), (12, "5, 3, 6, 8, 10")])
def test_what_turns_a_picture_is_a_matrix_of_its_numbers(numbers, size):
    program = """
    turns = torch.randn(5, {numbers})
    print(F.affine_grid({turns}, {size}, align_corners=False).sum(1))
    """
    found = mended(program.format(numbers=numbers, turns="turns", size=f"[{size}]"))
    right = "turns.view(5, 2, 3)" if numbers == 6 else "turns.view(5, 3, 4)"
    assert found.output == printed(program.format(numbers=numbers, turns=right, size=f"[{size}]"))
    assert not found.doubts
