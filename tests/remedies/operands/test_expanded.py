"""An expand or a repeat that is told fewer sizes than there are axes is told the rest."""

import pytest
from mended import mended, printed

PROGRAM = """
    states, who = torch.randn(4, 7, 3), torch.randn({shape})
    who = who.{spread}
    print(torch.cat([states, who], dim=-1).shape)
    print(round(who.sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("shape", "wrong", "right"),
    [
        ("4, 1, 5", "expand(states.size(1), -1)", "expand(-1, states.size(1), -1)"),
        ("4, 1, 5", "expand(-1, states.size(1))", "expand(-1, states.size(1), -1)"),
        ("4, 1, 5", "expand((states.shape[1], -1))", "expand((-1, states.shape[1], -1))"),
        ("1, 7, 5", "expand(4, -1)", "expand(4, -1, -1)"),
        ("4, 1, 5", "repeat(7, 1)", "repeat(1, 7, 1)"),
        ("4, 1, 5", "repeat(1, 7)", "repeat(1, 7, 1)"),
        ("1, 1, 5", "expand(4, 7)", "expand(4, 7, -1)"),
    ],
)
def test_the_axes_that_stay_are_told_too(shape, wrong, right):
    found = mended(PROGRAM.format(shape=shape, spread=wrong))
    assert found.output == printed(PROGRAM.format(shape=shape, spread=right))
    assert not found.doubts


def test_of_several_ways_the_lines_behind_tell():
    found = mended(PROGRAM.format(shape="1, 1, 5", spread="expand(4, -1)"))
    assert found.doubts or found.output == "crashed"


def test_a_size_that_an_axis_has_already_may_be_told_for_it():
    who = "who = torch.randn(1, 1, 3)\nprint(who.expand({}).shape)"
    assert mended(who.format("5, 3")).doubts
    found = mended(who.format("5, 3").replace(".shape", " + torch.ones(2, 5, 1)"))
    assert "expand(-1, 5, 3)" in found.text
