"""A flat width that several layers are told, where what is in front gives another."""

import pytest
from mended import mended

PROGRAM = """
    class Codes(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(1, {channels}, 4, stride=2, padding=1)
            self.mean = nn.Linear(16 * 4 * 4, 6)
            {more}

        def forward(self, x):
            return self.mean(self.conv(x).flatten(1))

    print(Codes()(torch.randn(5, 1, 8, 8)).shape)
"""
OTHERS = "self.spread, self.back = nn.Linear(16 * 4 * 4, 6), nn.Linear(6, 16 * 4 * 4)"


@pytest.mark.parametrize(("more", "is_sure"), [("pass", True), (OTHERS, False)])
def test_where_others_are_told_it_as_well_what_is_in_front_may_be_meant(more, is_sure):
    found = mended(PROGRAM.format(channels=32, more=more), most=1)
    assert (found.doubts == []) == is_sure
