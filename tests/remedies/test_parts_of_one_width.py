"""Parts of one width that were joined for a layer of a class which was told that of one."""

import pytest
from mended import mended, printed

UP = """
    class Up(nn.Module):
        def __init__(self, given, made):
            super().__init__()
            self.up = nn.ConvTranspose2d(given, made, 2, stride=2)
            self.conv = nn.Conv2d({wide}, made, 3, padding=1)

        def forward(self, x, skip):
            return self.conv(torch.cat([self.up(x), skip], dim=1))

    up = Up({sizes})
    print(up(torch.randn(2, 8, 5, 5), torch.randn(2, 4, 10, 10)).shape)
"""


def test_as_wide_as_all_of_them():
    found = mended(UP.format(wide="made", sizes="8, 4"), most=1)
    assert found.changed == ["self.conv = nn.Conv2d(2 * made, made, 3, padding=1)"]
    assert found.output == printed(UP.format(wide="2 * made", sizes="8, 4"))
    assert not found.doubts


def test_sizes_in_each_others_place_are_still_exchanged():
    """Nothing has read what it was given when the first layer refuses it."""
    found = mended(UP.format(wide="2 * made", sizes="4, 8"), most=1)
    assert found.changed == ["up = Up(8, 4)"]
    assert found.output == printed(UP.format(wide="2 * made", sizes="8, 4"))


@pytest.mark.parametrize("noise", ["torch.randn(3, 10)", "torch.randn(3, width)"])
def test_numbers_of_a_sample_become_channels(noise):
    program = """
        width = 10
        maps = nn.Sequential(nn.ConvTranspose2d(width, 6, 4), nn.ReLU(), nn.ConvTranspose2d(6, 1, 4, 2))
        z = {}
        print(maps({}).shape)
    """
    found = mended(program.format(noise, "z"))
    assert found.output == printed(program.format(noise, "z[:, :, None, None]"))
    assert not found.doubts


def test_a_map_of_one_place_against_a_label_of_each_sample():
    program = """
        critic = nn.Sequential(nn.Conv2d(1, 4, 4, 2, 1), nn.ReLU(), nn.Conv2d(4, 1, 4))
        loss = nn.BCEWithLogitsLoss()(critic(torch.randn({many}, 1, 8, 8)){flat}, torch.ones({many}))
        print(round(loss.item(), 4))
    """
    for many in (3, 1):
        found = mended(program.format(many=many, flat=""))
        assert found.output == printed(program.format(many=many, flat=".flatten()"))
        assert not found.doubts
