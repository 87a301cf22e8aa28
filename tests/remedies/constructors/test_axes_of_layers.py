"""Axes that are not there, of a layer and of what keeps the shape of its input."""

import pytest
from mended import mended, printed

LAYERS = """
    net = nn.Sequential(nn.Linear(6, 4), nn.{layer})
    print(round(net(torch.rand(8, 6)).std().item(), 5))
"""


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("Softmax(dim=2)", "Softmax(dim=-1)"),
        ("LogSoftmax(2)", "LogSoftmax(-1)"),
        ("Softmax(dim=-3)", "Softmax(dim=-1)"),
    ],
)
def test_a_layer_is_told_an_axis_that_is_there(wrong, right):
    found = mended(LAYERS.format(layer=wrong), most=1)
    assert found.output == printed(LAYERS.format(layer=right))
    assert not found.doubts


def test_an_axis_more_for_what_keeps_the_shape_is_in_doubt():
    found = mended("print(torch.rand(4, 7).softmax(dim=2).sum())", most=1)
    more = [fix for each in found.diagnoses for fix in each.fixes if "unsqueeze" in fix.title]
    assert all(fix.doubt for fix in more)


def test_a_row_of_numbers_that_must_be_taken_apart_is_not():
    found = mended("print(torch.rand(7).sum(dim=1).shape)", most=1)
    more = [fix for each in found.diagnoses for fix in each.fixes if "unsqueeze" in fix.title]
    assert not any(fix.doubt for fix in more)
