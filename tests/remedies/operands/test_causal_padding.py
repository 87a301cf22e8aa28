"""A convolution that is padded at both ends for what goes before each step loses the steps of the far end."""

import pytest
from mended import mended, printed

BLOCK = """
    class Block(nn.Module):
        def __init__(self, width, kernel, dilation):
            super().__init__()
            self.reach = {reach}
            self.conv = nn.Conv1d(width, width, kernel, dilation=dilation, padding=self.reach)

        def forward(self, x):
            y = torch.relu({called})
            return x + y


    blocks = nn.ModuleList(Block(5, 3, 2**i) for i in range(2))
    x = torch.randn(4, 5, 17)
    for block in blocks:
        x = block(x)
    print(round(x.square().mean().item(), 4), tuple(x.shape))
"""
RIGHT = "self.conv(x)[..., :x.size(-1)]"


@pytest.mark.parametrize("reach", ["(kernel - 1) * dilation", "dilation * (kernel - 1)"])
def test_what_the_far_end_gives_is_cut_off(reach):
    found = mended(BLOCK.format(reach=reach, called="self.conv(x)"))
    assert found.output == printed(BLOCK.format(reach=reach, called=RIGHT))
    assert RIGHT in found.changed[0]
    assert not found.doubts


def test_where_it_may_be_over_at_both_ends_the_cut_is_in_doubt():
    found = mended(BLOCK.format(reach="2 * dilation + 1", called="self.conv(x)"))
    assert "[..., :x" not in found.text or found.doubts
