"""Layers and filters of one for each channel: their channels and their groups go together."""

import pytest
from mended import mended, printed

GATED = """
    class Gated(nn.Module):
        def __init__(self, d, seen):
            super().__init__()
            self.open = nn.Conv1d(d, 2 * d, 1)
            self.each = nn.Conv1d({0}, {1}, seen, padding=seen // 2, groups={2})
            self.close = nn.Conv1d(d, d, 1)

        def forward(self, x):
            return self.close(self.each(F.glu(self.open(x), dim=1)))

    y = Gated(6, 5)(torch.randn(3, 6, 14))
    print(y.shape, round(y.sum().item(), 4))
"""


@pytest.mark.parametrize("told", ["2 * d", "d * 2"])
def test_what_a_layer_takes_and_gives_and_its_groups_go_together(told):
    found = mended(GATED.format(told, told, told), most=1)
    assert found.output == printed(GATED.format("d", "d", "d"))
    assert not found.doubts


@pytest.mark.parametrize("told", [("2 * d", "d", "d"), ("2 * d", "2 * d", "2"), ("2 * d", "d * 2", "2 * d")])
def test_what_was_told_differently_is_another_matter(told):
    found = mended(GATED.format(*told), most=1)
    assert not any(fix.title == "d" for fix in found.diagnoses[0].fixes)


BLURRED = """
    filters = torch.rand({shape})
    x = torch.randn(2, 3, 12, 15)
    print(round(F.conv2d(x, filters, padding=2{groups}).sum().item(), 3))
"""


def test_filters_of_one_channel_have_a_group_each():
    found = mended(BLURRED.format(shape="3, 1, 5, 5", groups=""), most=1)
    assert found.output == printed(BLURRED.format(shape="3, 1, 5, 5", groups=", groups=3"))
    assert not found.doubts


@pytest.mark.parametrize(("shape", "groups"), [("4, 1, 5, 5", ""), ("3, 2, 5, 5", ""), ("3, 1, 5, 5", ", groups=1")])
def test_other_filters_are_no_groups(shape, groups):
    found = mended(BLURRED.format(shape=shape, groups=groups), most=1)
    assert not any("groups=x" in fix.title for each in found.diagnoses for fix in each.fixes)


def test_channels_that_another_layer_reads_may_be_what_the_first_should_give():
    program = """
    class Inverted(nn.Module):
        def __init__(self, c, d):
            super().__init__()
            self.open = nn.Conv2d(c, c, 1)
            self.each = nn.Conv2d(c * 2, c * 2, 3, padding=1, groups=c * 2)
            self.close = nn.Conv2d(c * 2, d, 1)

        def forward(self, x):
            return self.close(self.each(self.open(x)))

    print(Inverted(4, 6)(torch.randn(3, 4, 7, 7)).shape)
    """
    found = mended(program)
    assert found.changed == ["self.each = nn.Conv2d(c, c, 3, padding=1, groups=c)"]
    assert found.doubts == ["another layer is told as many channels, and what came may be too few"]


@pytest.mark.parametrize("front", ["unsqueeze(0)", "unsqueeze(dim=0)"])
def test_samples_that_were_put_where_channels_lie_may_have_one_channel_each(front):
    program = "images = torch.rand(4, 9, 9)\n    print(F.conv2d(images.{}, torch.rand(4, 1, 3, 3)).sum())"
    found = mended(f"    {program.format(front)}")
    assert found.output != "crashed"
    assert found.doubts
