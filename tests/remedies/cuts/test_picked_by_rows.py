"""Numbers picked by a mask, of another count in each row, are reduced in their rows."""

import pytest
from mended import mended, printed

MINED = """
    def mined(d, y):
        same = y[:, None] == y[None, :]
        other = ~same
        {lines}
        return one, two
    x = torch.randn(7, 4)
    one, two = mined(torch.cdist(x, x), torch.tensor([4, 4, 4, 9, 9, 2, {last}]))
    print(round((one * torch.arange(7)).sum().item(), 4), round((two * torch.arange(7)).sum().item(), 4))
"""
RIGHT = (
    "one = d.masked_fill(other, float('-inf')).max(1).values\n"
    "        two = d.masked_fill(same, float('inf')).min(1).values"
)


@pytest.mark.parametrize(
    "lines",
    [
        "one = d[same].view(len(y), -1).max(1).values\n        two = d[other].contiguous().view(len(y), -1).min(1)[0]",
        "one, _ = torch.max(d[same].view(y.size(0), -1), 1)\n        two, _ = torch.min(d[other].view(7, -1), 1)",
        "near = d[same].reshape(y.shape[0], -1)\n        one = near.amax(dim=1)\n"
        "        far = torch.masked_select(d, other).view(len(y), -1)\n        two = far.amin(-1)",
        "one = d[y[:, None] == y].view(7, -1).max(1).values\n        two = d[y[:, None] != y].view(7, -1).amin(1)",
    ],
)
def test_the_largest_and_the_smallest(lines):
    found = mended(MINED.format(lines=lines, last=2))
    assert found.output == printed(MINED.format(lines=RIGHT, last=2))
    assert not found.doubts


def test_a_sum():
    bad = MINED.format(lines="one = two = d[same].view(7, -1).sum(1)", last=2)
    found = mended(bad)
    assert found.output == printed(bad.replace("d[same].view(7, -1)", "(d * same)"))


@pytest.mark.parametrize("end", [".mean(1)", ".std(1)", ".max(0).values", "[:, 0]"])
def test_what_needs_the_count_is_left(end):
    bad = MINED.format(lines=f"one = two = d[same].view(7, -1){end}", last=2)
    assert "masked_fill" not in mended(bad).text


def test_a_row_of_which_nothing_is_picked_leaves_a_doubt():
    lines = "apart = same & ~torch.eye(7).bool()\n        one = two = d[apart].view(7, -1).max(1).values"
    found = mended(MINED.format(lines=lines, last=5))
    assert found.changed == ['one = two = d.masked_fill(~apart, float("-inf")).max(1).values']
    assert found.doubts == ["a row of which nothing is picked has no such number"]


@pytest.mark.parametrize("rows", ["3", "len(y) + 1"])
def test_what_was_to_be_laid_out_in_other_rows_is_left(rows):
    bad = MINED.format(lines=f"one = two = d[same].view({rows}, -1).max(1).values", last=2)
    assert "masked_fill" not in mended(bad).text
