"""Numbers of a step are stored in a place that has an axis of one more."""

import pytest
from mended import mended, printed

PROGRAM = """
    kept, told = torch.zeros(4, 3, 1), torch.zeros(4, 3)
    for t in range(4):
        row = torch.ones(3) * t
        {store}
    print(kept.sum(1), told.sum(1))
"""


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("kept[t] = row + 1", "kept[t] = (row + 1).unsqueeze(-1)"),
        ("kept[t], told[t] = row, row", "kept[t, ..., 0], told[t] = row, row"),
    ],
)
def test_the_axis_is_put_in_or_its_place_is_named(wrong, right):
    found = mended(PROGRAM.format(store=wrong))
    assert (found.changed, found.doubts, found.output) == ([right], [], printed(PROGRAM.format(store=right)))
