"""Maps of a transposed convolution that is called where they are joined: as large as their twin."""

import pytest
from mended import mended, printed

NET = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 6, 3, padding=1)
            self.third = nn.Conv2d(6, 8, 3, padding=1)
            self.wide, self.wider = nn.ConvTranspose2d(8, 6, 2, stride=2), nn.ConvTranspose2d(12, 4, 2, stride=2)
        def forward(self, x):
            one = self.first(x).relu()
            two = self.second(F.max_pool2d(one, 2)).relu()
            y = self.third(F.max_pool2d(two, 2)).relu()
            y = torch.cat([two, {deep}], 1)
            return torch.cat([one, {flat}], 1)
    print(round((Net()(torch.randn(2, 1, 27, 22)).std((0, 1, 3)) * torch.arange(27)).sum().item(), 4))
"""
LIST = """
    downs = nn.ModuleList([nn.Conv1d(1, 4, 3, padding=1), nn.Conv1d(4, 8, 3, padding=1)])
    ups = nn.ModuleList({ups})
    x, kept = torch.randn(3, 1, 13), []
    for down in downs:
        kept.append(down(x))
        x = F.max_pool1d(kept[-1], 2)
    x = torch.cat([x, x], 1)
    for up in ups:
        side = kept.pop()
        x = torch.cat((up(x{told}), side), dim=1)
    print(round((x.std((0, 1)) * torch.arange(13)).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("deep", "flat"),
    [
        ("self.wide(y, output_size=two.shape[2:])", "self.wider(y, output_size=one.shape[2:])"),
        ("F.interpolate(self.wide(y), size=two.shape[2:])", "F.interpolate(self.wider(y), size=one.shape[2:])"),
    ],
)
def test_the_other_one_says_how(deep, flat):
    found = mended(NET.format(deep=deep, flat="self.wider(y)"))
    assert found.output == printed(NET.format(deep=deep, flat=flat))
    assert not found.doubts


def test_others_that_are_filled_up_leave_a_doubt():
    found = mended(NET.format(deep="F.pad(self.wide(y), (0, 1, 0, 1))", flat="self.wider(y)"))
    assert found.changed == ["return torch.cat([one, self.wider(y, output_size=one.shape[2:])], 1)"]
    assert found.doubts == ["other maps are filled up there, and so may these be meant to be"]


@pytest.mark.parametrize(
    "ups",
    [
        "[nn.ConvTranspose1d(16, 8, 2, 2), nn.ConvTranspose1d(16, 4, 2, 2)]",
        "nn.ConvTranspose1d(16, n, 2, 2) for n in (8, 4)",
    ],
)
def test_layers_of_a_list(ups):
    found = mended(LIST.format(ups=ups, told=""))
    assert found.output == printed(LIST.format(ups=ups, told=", output_size=side.shape[2:]"))
    assert not found.doubts
