"""Padding whose sizes stand in another order than the axes that they are for."""

import pytest
from mended import mended, printed

PROGRAM = """
    torch.manual_seed(1)
    large, small = torch.randn(2, 4, 13, 16), torch.randn(2, 4, 12, {wide})
    tall, broad = large.size(2) - small.size(2), large.size(3) - small.size(3)
    small = F.pad(small, {sizes})
    print({together}.sum().item())
"""
WRONG, RIGHT = "[0, tall, 0, broad]", "[0, broad, 0, tall]"


@pytest.mark.parametrize("together", ["torch.cat([large, small], dim=1)", "(large + small)"])
def test_the_last_axis_comes_first(together):
    found = mended(PROGRAM.format(wide=14, sizes=WRONG, together=together))
    assert found.changed == [f"small = F.pad(small, {RIGHT})"]
    assert found.output == printed(PROGRAM.format(wide=14, sizes=RIGHT, together=together))


def test_padding_that_is_too_little_along_one_axis_is_not_turned():
    found = mended(PROGRAM.format(wide=14, sizes="[0, 1, 0, tall]", together="(large + small)"))
    assert not any("[0, tall, 0, 1]" in line for line in found.changed)
