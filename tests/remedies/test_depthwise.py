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
