"""Blocks whose shortcut, or whose body, has no stride where the other has one."""

import pytest
from mended import mended, printed

BLOCK = """
    class Block(nn.Module):
        def __init__(self, before, after, stride):
            super().__init__()
            self.first = nn.Conv2d(before, after, 3, {first}padding=1)
            self.second = nn.Conv2d(after, after, 3, padding=1)
            self.past = nn.Conv2d(before, after, 1{past})

        def forward(self, x):
            return self.second(torch.relu(self.first(x))) + self.past(x)

    print(Block(3, 8, 2)(torch.rand(4, 3, 12, 10)).shape)
"""


@pytest.mark.parametrize("past", ["", ", 1", ", stride=1"])
def test_the_shortcut_takes_the_stride_of_the_body(past):
    found = mended(BLOCK.format(first="stride=stride, ", past=past), most=1)
    assert found.output == printed(BLOCK.format(first="stride=stride, ", past=", stride=stride"))
    assert not found.doubts


def test_which_of_two_steps_over_places_is_in_doubt():
    found = mended(BLOCK.format(first="", past=", stride=stride"), most=1)
    assert "stride=stride, padding=1)" in found.text or "padding=1, stride=stride)" in found.text
    assert found.doubts


def test_another_stride_than_the_maps_tell_is_left():
    found = mended(BLOCK.format(first="stride=3, ", past=", stride=2"), most=1)
    assert not any(fix.title.startswith("stride=") for each in found.diagnoses for fix in each.fixes)
