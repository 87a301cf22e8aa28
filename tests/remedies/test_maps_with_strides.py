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


ASKED = """
    def conv(before, after, size, stride=1):
        return nn.Conv2d(before, after, size, stride=stride, padding=size // 2, bias=False)

    class Block(nn.Module):
        def __init__(self, before, after, stride):
            super().__init__()
            self.body = nn.Sequential(conv(before, after, 3, stride), nn.ReLU(), conv(after, after, 3))
            {past}

        def forward(self, x):
            return self.body(x) + self.past(x)

    print(nn.Sequential(Block(5, 5, 2), Block(5, 8, 2), Block(8, 8, 1))(torch.rand(4, 5, 12, 16)).shape)
"""
IF = "self.past = nn.Identity()\n            if {}:\n                self.past = {}"


@pytest.mark.parametrize(
    ("past", "wrong", "right"),
    [
        (IF.format("{}", "conv(before, after, 1, stride)"), "before != after", "before != after or stride != 1"),
        (IF.format("{}", "nn.Sequential(conv(before, after, 1, stride=stride))"), "after != before", ""),
        ("self.past = conv(before, after, 1, stride) if {} else nn.Identity()", "before != after", ""),
        ("self.past = nn.Identity() if {} else conv(before, after, 1, stride)", "before == after", ""),
    ],
)
def test_the_condition_asks_for_the_stride_as_well(past, wrong, right):
    right = right or {"==": f"{wrong} and stride == 1", "!=": f"{wrong} or stride != 1"}[wrong.split()[1]]
    found = mended(ASKED.format(past=past.format(wrong)), most=1)
    assert found.diagnoses[0].slug == "shortcut_without_stride"
    assert found.diagnoses[0].fixes[0].title == right
    assert found.output == printed(ASKED.format(past=past.format(right)))
    assert not found.doubts


def test_a_condition_whose_branch_has_no_stride_is_left():
    found = mended(ASKED.format(past=IF.format("before != after", "conv(before, after, 1)")), most=1)
    assert not any("stride != 1" in fix.title for fix in found.diagnoses[0].fixes)
