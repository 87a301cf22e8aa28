"""A number of samples that one line writes and no other."""

import pytest
from mended import mended, printed

DRAWN = """
    clean, noise, level = torch.randn(6, 1, 7), torch.randn({}, 1, 7), torch.rand(6)
    print(tuple((clean + noise * level[:, None, None]).shape))
"""
CUT = """
    x, y = torch.randn(24, 5), torch.randint(2, (24,))
    net = nn.Linear(5, 2)
    for a, b in zip(x.split(8), y.split({})):
        print(round(F.cross_entropy(net(a), b).item(), 4))
"""
PICKED = """
    photos, words = torch.randn({}, 4), torch.randint(30, (9, 5))
    for rows in torch.arange(9).split(3):
        print(tuple(photos[rows].shape), tuple(words[rows].shape))
"""
TWO = """
    x, y = torch.randn({}, 5), torch.randn(8, 2)
    print(tuple((nn.Linear(5, 2)(x) - y).shape))
"""


@pytest.mark.parametrize(("program", "wrong", "right"), [(DRAWN, 3, 6), (CUT, 7, 8), (PICKED, 8, 9)])
def test_it_is_made_what_the_others_are(program, wrong, right):
    found = mended(program.format(wrong), most=1)
    assert not found.doubts
    assert found.output == printed(program.format(right))


def test_of_two_either_may_be_wrong():
    found = mended(TWO.format(9), most=1)
    assert found.doubts
    assert found.output == printed(TWO.format(8))
    assert "torch.randn(9, 2)" in found.diagnoses[0].fixes[1].edits[0].replacement
