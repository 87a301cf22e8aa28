"""Of a width that is the sum of two numbers the two are exchanged, where one would have to be as many as the other."""

import pytest
from mended import mended, printed

STEPS = """
    class Walk(nn.Module):
        def __init__(self, signs, width, kinds):
            super().__init__()
            self.width = width
            self.mix = nn.Linear({sum}, width)
            self.score = nn.Linear(width, kinds)

        def forward(self, x, h):
            h = torch.tanh(self.mix(torch.cat([x, h], dim=-1)))
            return self.score(h), h

    signs = list("abcdefg")
    n_signs = len(signs)
    walk = Walk({given}, 3)
    h = torch.zeros(2, walk.width)
    for x in torch.randn(4, 2, n_signs):
        out, h = walk(x, h)
    print(out.shape, h.shape)
"""
PAIR = """
    class Pair(nn.Module):
        def __init__(self, one, other):
            super().__init__()
            self.mix = nn.Linear(one + other, 2)

        def forward(self, x, y):
            return self.mix(torch.cat([x, y], dim=1))

    wide = len("abcdefg")
    pair = Pair({given})
    print(pair(torch.randn(3, wide), torch.randn(3, wide)).shape)
"""


@pytest.mark.parametrize("total", ["signs + width", "width + signs"])
@pytest.mark.parametrize(("wrong", "right"), [("5, n_signs", "n_signs, 5"), ("11, n_signs", "n_signs, 11")])
def test_the_two_are_exchanged(total, wrong, right):
    found = mended(STEPS.format(sum=total, given=wrong))
    assert found.output == printed(STEPS.format(sum=total, given=right))
    assert not found.doubts


def test_two_parts_of_one_width_are_told_so():
    found = mended(PAIR.format(given="5, wide"))
    assert found.output == printed(PAIR.format(given="wide, wide"))
