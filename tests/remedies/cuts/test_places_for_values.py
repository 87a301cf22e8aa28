"""The largest numbers where an embedding wants their places, and a position along another axis than the first."""

import pytest
from mended import mended, printed

LOOKED_UP = """
    scores, table = torch.randn(4, 9), nn.Embedding(9, 3)
    best = scores.{}
    print(round(table(best).sum().item(), 4))
"""
TAKEN = """
    x = torch.randn(3, 7, 5)
    boxes = x[{}].sum() + x{}.sum()
    print(round(boxes.item(), 4))
"""


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("max(1)[0]", "max(1)[1]"),
        ("topk(2).values", "topk(2).indices"),
        ("sort(dim=1)[0][:, 0]", "sort(dim=1)[1][:, 0]"),
    ],
)
def test_the_places_are_looked_up(wrong, right):
    found = mended(LOOKED_UP.format(wrong), most=1)
    assert not found.doubts
    assert found.output == printed(LOOKED_UP.format(right))


def test_a_position_is_taken_along_the_axis_that_is_cut_beside():
    found = mended(TAKEN.format(":, :4", "[4]"), most=1)
    assert not found.doubts
    assert found.output == printed(TAKEN.format(":, :4", "[:, 4]"))


def test_where_nothing_shows_the_axis_it_is_in_doubt():
    assert mended(TAKEN.format(":2", "[4]"), most=1).doubts


def test_what_has_too_few_for_positions_is_not_picked_one_before():
    program = """
        rows = torch.tensor([2, 5, 3])
        marks = torch.rand(6)
        print(torch.rand(5, 2)[rows].sum() + marks[rows].sum())
    """
    assert mended(program, most=1).doubts
