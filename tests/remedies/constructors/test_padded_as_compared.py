"""The one convolution by which maps come out in another size than what they are compared with."""

import pytest
from mended import mended, printed

PROGRAM = """
    net = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), {})
    x = torch.rand(2, 3, 9, 9)
    print(round({}.item(), 4))
"""
CLASSES = "F.cross_entropy(net(x), torch.randint(4, (2, 9, 9)))"
NUMBERS = "F.mse_loss(net(x), torch.rand(2, 4, 9, 9))"


@pytest.mark.parametrize(
    ("wrong", "right", "loss"),
    [
        ("nn.Conv2d(8, 4, 3)", "nn.Conv2d(8, 4, 3, padding=1)", CLASSES),
        ("nn.Conv2d(8, 4, 5)", "nn.Conv2d(8, 4, 5, padding=2)", NUMBERS),
        ("nn.Conv2d(8, 4, 2, padding=1)", "nn.Conv2d(8, 4, 3, padding=1)", NUMBERS),
        ("nn.Conv2d(8, 4, 4, padding=1)", "nn.Conv2d(8, 4, 3, padding=1)", CLASSES),
    ],
)
def test_it_keeps_the_maps_as_the_others_do(wrong, right, loss):
    found = mended(PROGRAM.format(wrong, loss), most=1)
    assert right in found.changed[0]
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(right, loss))


def test_of_several_none_is_told_for_sure():
    several = "nn.Conv2d(8, 8, 3), nn.Conv2d(8, 4, 3, padding=2), nn.Conv2d(4, 4, 3)"
    assert mended(PROGRAM.format(several, NUMBERS), most=1).doubts


def test_the_ends_of_a_series_may_be_meant_to_be_left_out():
    found = mended("print(F.mse_loss(nn.Conv1d(1, 1, 3)(torch.rand(2, 1, 9)), torch.rand(2, 1, 9)))", most=1)
    assert found.doubts
