"""What is cut less than its sibling is cut as that was."""

import pytest
from mended import mended, printed

WINDOWS = """
    PAST = 7


    def error(said, wanted, known):
        missed = (said - wanted).abs()
        return {use}


    values, valid = torch.randn(20, 11), torch.rand(20, 11) > 0.2
    net = nn.Linear(PAST, 4)
    for rows in torch.arange(20).split(5):
        before, after = values[rows, :PAST], values[rows, PAST:]
        print(round(error(net(before), after, valid[{index}]).item(), 4))
"""


@pytest.mark.parametrize("use", ["missed[known].mean()", "(missed * known).sum() / known.sum()"])
def test_a_mask_is_cut_as_the_values_are(use):
    found = mended(WINDOWS.format(use=use, index="rows"))
    assert found.output == printed(WINDOWS.format(use=use, index="rows, PAST:"))
    assert "valid[rows, PAST:]" in found.changed[0]
    assert not found.doubts


def test_a_part_of_another_size_is_no_sibling():
    text = WINDOWS.format(use="missed[known].mean()", index="rows").replace("valid[rows]", "valid[rows, 1:]")
    assert "valid[rows, PAST:]" not in mended(text).text
