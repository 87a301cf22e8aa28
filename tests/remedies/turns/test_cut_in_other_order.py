"""The same cuts on both sides of a line, in another order."""

import pytest
from mended import mended, printed

PROGRAM = """
    x = torch.rand(3, 2, 12, 20)
    top, bottom, left, right = {ends}
    y = x.clone()
    y[{place}] = {value}
    print(round((y - x).abs().sum().item(), 4))
"""


def test_the_side_that_was_cut_beyond_its_end_follows_the_other():
    given = {"ends": "2, 9, 7, 18", "place": ":, :, top:bottom, left:right"}
    found = mended(PROGRAM.format(value="x[[1, 2, 0], :, left:right, top:bottom]", **given))
    assert found.output == printed(PROGRAM.format(value="x[[1, 2, 0], :, top:bottom, left:right]", **given))
    assert not found.doubts


def test_a_weight_that_is_cut_the_other_way_round_follows_too():
    program = """
    x, weight = torch.rand(2, 11, 16), torch.rand(11, 16)
    a, b, c, d = 1, 10, 8, 15
    print(round((x[:, a:b, c:d] * weight[{}]).sum().item(), 4))
    """
    found = mended(program.format("c:d, a:b"))
    assert found.output == printed(program.format("a:b, c:d"))
    assert not found.doubts


@pytest.mark.parametrize(
    ("ends", "place", "value"),
    [
        # Both run within their axes, so that either side may be the wrong one.
        ("2, 9, 3, 11", ":, :, top:bottom, left:right", "x[:, :, left:right, top:bottom]"),
    ],
)
def test_where_no_cut_ran_beyond_its_end_it_is_a_doubt(ends, place, value):
    assert mended(PROGRAM.format(ends=ends, place=place, value=value)).doubts


def test_other_cuts_are_left():
    text = PROGRAM.format(
        ends="2, 9, 3, 11", place=":, :, top:bottom, left:right", value="x[:, :, left:right, top : bottom + 1]"
    )
    found = mended(text, most=1)
    assert not any("x[:, :, top:bottom, left:right]" in fix.edits[0].replacement for fix in found.diagnoses[0].fixes)
