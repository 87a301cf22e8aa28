"""Factors of a product of batches that were turned along the batch."""

import pytest
from mended import mended, printed

SCORES = """
    q, k = torch.rand(4, 7, 10), torch.rand(4, 6, 10)
    {line}
    print(round((q @ turned).sum().item(), 3))
"""
INSIDE = """
    def attend(q, k):
        return torch.softmax({product} / 3, dim=-1)

    print(round(attend(torch.rand(2, 3, 7, 5), torch.rand(2, 3, 6, 5)).std().item(), 5))
"""


@pytest.mark.parametrize("call", ["k.transpose({})", "k.swapaxes({})", "torch.transpose(k, {})"])
def test_the_last_two_axes_are_turned(call):
    found = mended(SCORES.format(line=f"turned = {call.format('0, 1')}"), most=1)
    assert found.changed == [f"turned = {call.format('-2, -1')}"]
    assert found.output == printed(SCORES.format(line="turned = k.transpose(1, 2)"))
    assert not found.doubts


@pytest.mark.parametrize("product", ["torch.matmul(q, k.transpose({}))", "(q @ k.transpose({}))"])
def test_of_heads_as_well(product):
    found = mended(INSIDE.format(product=product.format("1, 2")), most=1)
    assert found.output == printed(INSIDE.format(product=product.format("2, 3")))


def test_a_turn_with_which_they_do_not_fit_either_is_left():
    found = mended("print((torch.rand(4, 7, 10) @ torch.rand(4, 6, 9).transpose(0, 1)).shape)", most=1)
    titles = [fix.title for each in found.diagnoses for fix in each.fixes]
    assert "transpose(-2, -1)" not in titles
