"""Too few channels in front of a PixelShuffle."""

import pytest
from mended import mended, printed

GROW = """
    class Grow(nn.Module):
        def __init__(self, wide, r):
            super().__init__()
            self.r = r
            self.up = {up}

        def forward(self, x):
            return {given}

    y = Grow(3, 2)(torch.rand(4, 3, 5, 7))
    print(y.shape, round(y.sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("up", "given"),
    [
        ("nn.Sequential(nn.Conv2d(wide, {}, 3, padding=1), nn.PixelShuffle(r))", "self.up(x)"),
        ("nn.Conv2d(wide, {}, 3, padding=1)", "F.pixel_shuffle(self.up(x), self.r)"),
    ],
)
def test_the_factor_counts_twice(up, given):
    found = mended(GROW.format(up=up.format("wide * r"), given=given))
    assert found.output == printed(GROW.format(up=up.format("wide * r ** 2"), given=given))
    assert not found.doubts


def test_channels_that_know_no_factor_may_go_with_another():
    up = "nn.Sequential(nn.Conv2d(wide, {}, 3, padding=1), nn.PixelShuffle(r))"
    found = mended(GROW.format(up=up.format("wide"), given="self.up(x)"))
    assert found.output == printed(GROW.format(up=up.format("wide * r ** 2"), given="self.up(x)"))
    assert found.doubts == ["the factor by which the maps grow may be another one"]


@pytest.mark.parametrize("told", ["wide * r + 1", "wide * r * r + r"])
def test_sums_are_left_alone(told):
    up = f"nn.Sequential(nn.Conv2d(wide, {told}, 3, padding=1), nn.PixelShuffle(r))"
    found = mended(GROW.format(up=up, given="self.up(x)"), most=1)
    assert not any("** 2" in fix.title for fix in found.diagnoses[0].fixes if not fix.doubt)
