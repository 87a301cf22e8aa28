"""Distances of points whose coordinates lie along different axes."""

import pytest
from mended import mended, printed

CLOUD = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.enc, self.dec = nn.Conv1d(3, 8, 1), nn.Sequential(nn.ReLU(), nn.Conv1d(8, 3, 1))

        def forward(self, x):
            return self.dec(self.enc(x))

    def chamfer(a, b):
        d = torch.cdist(a, b)
        return d.min(2).values.mean() + d.min(1).values.mean()

    points = torch.randn(4, 18, 3)
    out = Net()(points{turned})
    print(round(chamfer({given}).item(), 4))
"""


@pytest.mark.parametrize("turned", [".transpose(2, 1)", ".permute(0, 2, 1)"])
@pytest.mark.parametrize(("bad", "good"), [("out, points", "out.mT, points"), ("points, out", "points, out.mT")])
def test_what_was_given_the_points_turned_gives_them_turned(turned, bad, good):
    found = mended(CLOUD.format(turned=turned, given=bad))
    assert found.output == printed(CLOUD.format(turned=turned, given=good))
    assert not found.doubts


def test_only_one_of_them_may_fit():
    program = "x, c = torch.randn(3, 10, 2), torch.randn(3, 2, 5)\nprint(torch.cdist(x, {}).argmin(-1).tolist())"
    found = mended(program.format("c"))
    assert found.output == printed(program.format("c.mT"))
    assert not found.doubts


def test_either_of_two_may_lie_the_wrong_way():
    found = mended("print(torch.cdist(torch.randn(4, 9, 3), torch.randn(4, 3, 9)).shape)", most=1)
    assert found.changed == ["print(torch.cdist(torch.randn(4, 9, 3).transpose(-2, -1), torch.randn(4, 3, 9)).shape)"]
    assert found.doubts == ["either of the two may have its points along the wrong axis"]
