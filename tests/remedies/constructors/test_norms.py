"""A norm told another number of channels than what it reads has."""

import pytest
from mended import mended, printed

BLOCK = """
    conv, norm = nn.Conv{n}d(2, 7, 3), nn.BatchNorm{n}d({channels})
    maps = conv(torch.randn({sizes}))
    print(round(norm({read}).relu().mean().item(), 4))
"""


@pytest.mark.parametrize("read", ["maps", "conv(torch.ones({sizes}))"])
@pytest.mark.parametrize(
    ("n", "sizes", "channels"), [(2, "4, 2, 8, 5", 3), (2, "4, 2, 8, 5", 6), (3, "4, 2, 6, 7, 8", 6)]
)
def test_what_a_convolution_gave_has_its_channels_where_they_are_read(n, sizes, channels, read):
    told = {"n": n, "sizes": sizes, "read": read.format(sizes=sizes)}
    found = mended(BLOCK.format(channels=channels, **told))
    assert found.output == printed(BLOCK.format(channels=7, **told))
    assert not found.doubts
