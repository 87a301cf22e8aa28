"""An axis of one that was put in at another place than where the other operand goes along."""

import pytest
from mended import mended, printed

MASK = """
    steps, samples = 7, 4
    scores, text = torch.randn(steps, samples, 1), torch.randint(1, 5, (steps, samples))
    print(scores.masked_fill((text == 1).unsqueeze({}), 0.0).sum().item())
"""
GAIN = """
    gain = torch.arange(12.0).view(3, 4)
    wide = gain.unsqueeze({})
    print((torch.ones(3, 5, 4) * wide).sum().item())
"""
TABLE = """
    samples, steps, width = 3, 5, 8
    print((torch.ones(samples, steps, width) * torch.rand(samples, steps).unsqueeze({})).sum().item())
"""


@pytest.mark.parametrize(("program", "wrong", "right"), [(MASK, 0, -1), (MASK, -3, -1)])
def test_the_axis_is_put_in_where_nothing_stands_against_it(program, wrong, right):
    found = mended(program.format(wrong), most=1)
    assert not found.doubts
    assert found.output == printed(program.format(right))


def test_what_is_made_of_sizes_on_the_spot_may_be_meant_with_others():
    assert mended(TABLE.format(0), most=1).doubts


def test_what_it_meets_may_lie_the_other_way():
    assert mended(GAIN.format(0), most=1).doubts
