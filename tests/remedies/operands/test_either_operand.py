"""What runs in more than one way, and nothing decides."""

import pytest
from mended import mended

COLUMN = """
    best, label = torch.randint(4, (6, 2)), torch.randint(4, (6,))
    print(best.t().eq(label.view(-1, 1)).sum().item())
"""
KEPT = """
    steps = torch.randn(8, 5)
    print(steps.{}(2).shape)
"""


@pytest.mark.parametrize("program", [COLUMN, KEPT.format("cumsum")])
def test_none_is_told_for_sure(program):
    assert mended(program, most=1).doubts
