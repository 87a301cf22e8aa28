"""Groups that do not divide the channels of a layer."""

import pytest
from mended import mended, printed

BLOCK = """
    class Block(nn.Module):
        def __init__(self, ci, co, groups=4):
            super().__init__()
            self.conv = nn.Conv2d(ci, {made}, 3, padding=1)
            self.norm = nn.GroupNorm({told})

        def forward(self, x):
            return torch.relu(self.norm(self.conv(x)))

    print(round(Block(3, 12)(torch.randn(2, 3, 7, 9)).sum().item(), 4))
"""


def test_groups_are_told_in_front_of_channels():
    found = mended(BLOCK.format(made="co", told="co, groups"))
    assert found.changed == ["self.norm = nn.GroupNorm(groups, co)"]
    assert found.output == printed(BLOCK.format(made="co", told="groups, co"))
    assert not found.doubts


def test_what_no_layer_makes_may_be_told_rightly():
    found = mended(BLOCK.format(made="6", told="co, groups"), most=1)
    assert all(found.doubts)
    assert found.doubts


@pytest.mark.parametrize("told", ["8, 6", "num_groups=8, num_channels=6"])
def test_too_many_groups_stay_open(told):
    found = mended(f"conv = nn.Conv1d(3, 6, 3)\nnorm = nn.GroupNorm({told})\n", most=1)
    assert [fix.title for fix in found.diagnoses[0].fixes] == ["8 -> 2"]
    assert found.doubts == ["other numbers of groups divide the channels as well"]


SEPARABLE = """
    class Separable(nn.Module):
        def __init__(self, ci, co):
            super().__init__()
            self.depth = nn.Conv1d(ci, {depth}, 3, padding=1, groups=ci)
            self.point = nn.Conv1d({point}, co, 1)

        def forward(self, x):
            return self.point(self.depth(x))

    print(round(Separable(6, 10)(torch.randn(2, 6, 9)).sum().item(), 4))
"""


def test_a_filter_for_each_channel_keeps_their_number():
    found = mended(SEPARABLE.format(depth="co", point="ci"))
    assert found.changed == ["self.depth = nn.Conv1d(ci, ci, 3, padding=1, groups=ci)"]
    assert found.output == printed(SEPARABLE.format(depth="ci", point="ci"))
    assert not found.doubts


def test_a_layer_that_reads_the_others_speaks_against_it():
    found = mended(SEPARABLE.format(depth="co", point="co"), most=1)
    assert found.changed == ["self.depth = nn.Conv1d(ci, ci, 3, padding=1, groups=ci)"]
    assert found.doubts == ["a layer of one filter for each channel may be meant to give several for each"]


def test_a_convolution_of_some_groups_stays_open():
    found = mended("nn.Conv2d(6, 10, 3, groups=4)", most=1)
    assert found.changed == ["nn.Conv2d(6, 10, 3, groups=2)"]
    assert found.doubts
