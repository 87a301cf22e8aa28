"""A part of a table that a mask of the whole table was to pick from."""

import pytest
from mended import mended, printed

PROGRAM = """
    far = (torch.arange(5)[:, None] - torch.arange(5)).abs() > 2
    bias = torch.zeros({size}, {size})
    bias{cut}[{mask}] = 1.0
    print(bias.tolist())
"""


@pytest.mark.parametrize("cut", ["[1:, 1:]", "[:-1, :-1]", "[1:]"])
@pytest.mark.parametrize("mask", ["far", "far & True"])
def test_the_whole_is_picked_from_in_doubt(cut, mask):
    found = mended(PROGRAM.format(size=5, cut=cut, mask=mask), most=1)
    assert found.output == printed(PROGRAM.format(size=5, cut="", mask="far"))
    assert found.doubts
    assert any(cut in fix.title and fix.doubt for fix in found.diagnoses[0].fixes)


def test_a_mask_that_is_no_larger_than_the_part_is_left():
    found = mended(PROGRAM.format(size=7, cut="[1:, 1:]", mask="far"), most=1)
    assert not any(fix.title == "bias" for fix in found.diagnoses[0].fixes)
