"""Sizes of maps that bear each other's names, between a turn and a view that tell which is which."""

import pytest
from mended import mended, printed

FRONT = """
    class Front(nn.Module):
        def __init__(self, bands=20):
            super().__init__()
            self.conv, self.pool = nn.Conv2d(1, 4, 3, padding=1), nn.MaxPool2d((2, 1))
            self.out = {out}
        def forward(self, x):
            y = self.pool(self.conv(x))
            {names} = y.{asked}
            {lines}
            return self.out(y){end}
    z = Front()(torch.randn(3, 1, 20, 27))
    print(tuple(z.shape), round((z.std(1) * torch.arange(7)).sum().item(), 4))
"""


@pytest.mark.parametrize("asked", ["shape", "size()"])
@pytest.mark.parametrize(
    ("out", "end", "lines", "bad", "good"),
    [
        (
            "nn.Linear(4 * bands // 2, 7)",
            "",
            "y = y.permute(0, 3, 1, 2)\n            y = y.reshape(b, t, c * f)",
            "b, c, t, f",
            "b, c, f, t",
        ),
        (
            "nn.LSTM(2 * bands, 7)",
            "[0]",
            "y = y.permute(3, 0, 2, 1).contiguous().view(w, b, h * c)",
            "b, c, w, h",
            "b, c, h, w",
        ),
    ],
)
def test_the_names_are_exchanged(asked, out, end, lines, bad, good):
    one = {"out": out, "end": end, "lines": lines, "asked": asked}
    found = mended(FRONT.format(names=bad, **one))
    assert found.output == printed(FRONT.format(names=good, **one))
    assert good in found.changed[0]
    assert not found.doubts


@pytest.mark.parametrize(
    ("out", "names"),
    [
        # As they are called they lie: it is the layer that was made for another width.
        ("nn.Linear(4 * bands, 7)", "b, c, f, t"),
        # With the names exchanged the width would not be that of the layer either.
        ("nn.Linear(3 * bands, 7)", "b, c, t, f"),
    ],
)
def test_names_that_tell_nothing_are_left(out, names):
    lines = "y = y.permute(0, 3, 1, 2)\n            y = y.reshape(b, t, c * f)"
    bad = FRONT.format(out=out, end="", names=names, asked="shape", lines=lines)
    assert f"{names} = y.shape" in mended(bad).text


def test_it_is_so_outside_of_functions():
    program = """
    x, walk = torch.randn(2, 3, 4, 6), nn.GRU(12, 5, batch_first=True)
    n, c, {names} = x.shape
    rows = x.permute(0, 3, 1, 2).reshape(n, h, c * w)
    print(round(walk(rows)[0].std(1).sum().item(), 4))
    """
    found = mended(program.format(names="h, w"))
    assert found.output == printed(program.format(names="w, h"))
    assert not found.doubts
