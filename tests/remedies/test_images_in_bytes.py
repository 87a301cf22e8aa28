"""Images in bytes that go into a convolution: that they may be scaled is said."""

import pytest
from mended import mended

PROGRAM = """
    import numpy as np
    pictures = torch.from_numpy(np.random.default_rng(0).integers(0, {bound}, (4, 3, 12, 10), dtype=np.uint8))
    scale = {scale}
    net = nn.Sequential(nn.Conv2d(3, 5, 3), nn.ReLU(), nn.Flatten())
    print(net(pictures).shape)
"""


@pytest.mark.parametrize(("bound", "scale", "is_doubted"), [(256, 1, True), (2, 1, False), (256, "1 / 255", False)])
def test_bytes_that_nothing_scales_are_in_doubt(bound, scale, is_doubted):
    found = mended(PROGRAM.format(bound=bound, scale=scale), most=1)
    assert found.output == "torch.Size([4, 400])\n"
    assert bool(found.doubts) == is_doubted
