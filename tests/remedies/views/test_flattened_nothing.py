"""Calls that do nothing as they stand, and a layout of which only a view behind it speaks."""

import pytest
from mended import mended, printed

FLAT = """
    x, score = torch.randn(2, 5, 4), nn.Linear(4, 3)
    tokens = x.flatten({})
    outs = torch.stack([tokens, 2 * tokens, 3 * tokens], dim=-1)
    print(round((outs * score(tokens).unsqueeze(1)).sum(dim=-1).view_as(x).sum().item(), 4))
"""
STATE = """
    batch, width, layers = 3, 6, 2
    read = nn.GRU(5, width, layers{}bidirectional=True)
    x = torch.randn(batch, 8, 5)
    seen, state = read(x)
    print(tuple(state.view(layers, 2, batch, width).sum(dim=1).shape))
"""


def test_the_axes_are_merged_with_which_the_rest_goes_on():
    found = mended(FLAT.format("1, 1"), most=1)
    assert not found.doubts
    assert found.output == printed(FLAT.format("0, 1"))


@pytest.mark.parametrize("told", [", ", ", batch_first=False, "])
def test_the_view_of_a_state_says_where_the_samples_are(told):
    found = mended(STATE.format(told), most=1)
    assert not found.doubts
    assert "batch_first=True" in found.changed[0]
    assert found.output == printed(STATE.format(", batch_first=True, "))
