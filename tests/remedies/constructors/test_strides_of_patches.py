"""Patches are as far apart as they are long, where a table has a place for each of them."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Patches(nn.Module):
        def __init__(self, size, patch, wide, step=1):
            super().__init__()
            self.cut = {cut}
            self.places = nn.Parameter(torch.randn(1, {count}, wide))

        def forward(self, x):
            tokens = {tokens}
            return {sum}


    print(round(Patches(12, 4, 48)(torch.rand(2, 3, 12, 12)).std().item(), 4))
"""
CONV = ("nn.Conv2d(3, wide, {})", "self.cut(x).flatten(2).transpose(1, 2)")
UNFOLD = ("nn.Unfold({})", "self.cut(x).transpose(1, 2)")
SUM = "tokens + self.places"


@pytest.mark.parametrize(("cut", "tokens"), [CONV, UNFOLD])
@pytest.mark.parametrize("count", ["(size // patch) ** 2", "(size // patch) * (size // patch)"])
@pytest.mark.parametrize(
    ("told", "right"),
    [
        ("kernel_size=patch, stride=step", "kernel_size=patch, stride=patch"),
        ("patch, stride=2", "patch, stride=patch"),
        ("kernel_size=patch", "kernel_size=patch, stride=patch"),
    ],
)
def test_the_step_is_the_length_of_a_patch(cut, tokens, count, told, right):
    parts = {"count": count, "tokens": tokens, "sum": SUM}
    found = mended(PROGRAM.format(cut=cut.format(told), **parts))
    assert found.output == printed(PROGRAM.format(cut=cut.format(right), **parts))
    assert not found.doubts


def test_a_table_of_a_written_number_leaves_a_doubt():
    parts = {"cut": CONV[0].format("patch, stride=step"), "count": "9", "tokens": CONV[1], "sum": SUM}
    found = mended(PROGRAM.format(**parts), most=1)
    assert all(fix.doubt for fix in found.diagnoses[0].fixes if fix.title == "stride=patch")


@pytest.mark.parametrize("told", ["patch, stride=2, padding=2", "patch, stride=step, dilation=2"])
def test_with_a_padding_or_gaps_nothing_is_told(told):
    parts = {"cut": CONV[0].format(told), "count": "(size // patch) ** 2", "tokens": CONV[1], "sum": SUM}
    found = mended(PROGRAM.format(**parts), most=1)
    assert not any(fix.title == "stride=patch" for fix in found.diagnoses[0].fixes)


def test_a_table_that_is_too_small_in_another_way_is_left():
    parts = {"cut": CONV[0].format("patch, stride=patch"), "count": "(size // patch) ** 2 - 1", "tokens": CONV[1]}
    found = mended(PROGRAM.format(**parts, sum=SUM), most=1)
    assert not any(fix.title == "stride=patch" for fix in found.diagnoses[0].fixes)
