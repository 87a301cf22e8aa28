"""Rows of minibatches that are taken of what was not laid flat."""

import pytest
from mended import mended, printed

PROGRAM = """
    gains, seen = torch.randn({shape}), torch.randn(6, 4, 5)
    flat = seen.reshape({flat}, 5)
    total = 0.0
    for rows in torch.randperm(24).split(8):
        total += (flat[rows{more}].sum(1) * {text}).sum()
    print(round(total.item(), 3))
"""


def test_it_is_laid_flat_as_what_stands_beside_it():
    given = {"shape": "6, 4", "flat": 24, "more": ""}
    found = mended(PROGRAM.format(text="gains[rows]", **given))
    assert found.output == printed(PROGRAM.format(text="gains.reshape(-1)[rows]", **given))
    assert not found.doubts


@pytest.mark.parametrize(
    ("shape", "more"),
    [
        # Fewer rows than there are positions, however it is laid.
        ("5, 4", ""),
        # Nothing beside it is taken by the same positions.
        ("6, 4", " % 3"),
    ],
)
def test_positions_of_something_else_are_left(shape, more):
    found = mended(PROGRAM.format(shape=shape, flat=24, more=more, text="gains[rows]"), most=1)
    assert not any("flatten" in fix.title for each in found.diagnoses for fix in each.fixes)


def test_positions_that_begin_with_0_do_not_count_from_1():
    found = mended("x = torch.randn(4, 2)\nat = torch.tensor([0, 3, 7])\nprint(x[at])", most=1)
    assert not any("- 1]" in fix.title for fix in found.diagnoses[0].fixes)
