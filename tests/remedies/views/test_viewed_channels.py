"""A view that names other channels than the layer behind it takes, and whose -1 hides that: the layer is asked."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Decoder(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.narrow, self.wide = width, width * 4
            self.rows = nn.Linear(7, self.wide * 15)
            self.up = {layer}

        def forward(self, z):
            {made}
            return self.up(y.view({sizes}))


    print(round(Decoder(3)(torch.randn(5, 7)).sum().item(), 4))
"""
ALONE = "nn.ConvTranspose2d(self.wide, 2, 4)"
IN_A_ROW = "nn.Sequential(nn.ConvTranspose2d(width * 4, 2, 4), nn.ReLU())"
PLAIN = "y = self.rows(z)"


@pytest.mark.parametrize(
    ("layer", "made", "sizes"),
    [
        (ALONE, PLAIN, "-1, {}, 3, 5"),
        (IN_A_ROW, PLAIN, "(-1, {}, 3, 5)"),
        (IN_A_ROW, "y, shape = self.rows(z), [-1, {}, 3, 5]", "shape"),
        (IN_A_ROW, "y = self.rows(z)\n            shape = [-1, {}, 3, 5]", "shape"),
    ],
)
def test_the_layer_is_asked_for_its_channels(layer, made, sizes):
    def text(channels):
        return PROGRAM.format(layer=layer, made=made.format(channels), sizes=sizes.format(channels))

    found = mended(text("self.narrow * 2"), most=1)
    assert ".in_channels" in found.changed[0]
    assert not found.doubts
    assert found.output == printed(text("self.wide"))


def test_where_the_samples_are_told_the_layer_may_be_wrong():
    found = mended(PROGRAM.format(layer=ALONE, made=PLAIN, sizes="5, -1, 3, 10"), most=1)
    assert not any(".in_channels" in fix.title for fix in found.diagnoses[0].fixes)
