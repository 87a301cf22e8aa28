"""What a causal convolution gives beyond its input, cut by another number than it was padded with."""

import pytest
from mended import mended, printed

CAUSAL = """
    class Causal(nn.Module):
        def __init__(self, width, kernel, dilation):
            super().__init__()
            self.more = kernel - 1
            self.conv = nn.Conv1d(width, width, kernel, padding={padding}, dilation=dilation)

        def forward(self, x):
            y = self.conv(x)
            return torch.relu({cut}) + x

    net, x = nn.Sequential(Causal(4, 3, 1), Causal(4, 3, 2)), torch.rand(2, 4, 9)
    print(round(net(x).sum().item(), 4))
"""
RIGHT = "y[..., :9]"


@pytest.mark.parametrize("cut", ["y[..., :-self.more]", "self.conv(x)[:, :, :1 - self.conv.kernel_size[0]]"])
def test_it_is_cut_to_its_input(cut):
    padding = "(kernel - 1) * dilation"
    found = mended(CAUSAL.format(padding=padding, cut=cut), most=1)
    assert found.output == printed(CAUSAL.format(padding=padding, cut=RIGHT))
    assert not found.doubts


def test_a_padding_that_does_not_look_back_alone_is_a_guess():
    found = mended(CAUSAL.format(padding="3", cut="y[..., :-self.more]"), most=1)
    taken = [fix for fix in found.diagnoses[0].fixes if "x.size(-1)" in fix.title]
    assert all(fix.doubt for fix in taken)
