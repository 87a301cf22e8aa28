"""A decoder of several layers that have each rounded off the size that the encoder halved."""

import pytest
from mended import mended, printed

ONE_CALL = """
    def up(cin, cout):
        return nn.Sequential(nn.ConvTranspose2d(cin, cout, 3, stride=2, padding=1{more}), nn.ReLU())

    encode = nn.Sequential(*[nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in ((1, 4), (4, 6), (6, 5))])
    decode = nn.Sequential(*[up(a, b) for a, b in ((5, 6), (6, 4), (4, 1))])
    x = torch.rand(2, 1, 40, 40)
    print(round(F.mse_loss(decode(encode(x)), x).item(), 4))
"""
ALIKE = """
    class Coder(nn.Module):
        def __init__(self):
            super().__init__()
            self.down = nn.Sequential(nn.Conv1d(2, 4, 3, 3), nn.Conv1d(4, 6, 3, 3))
            self.first = nn.ConvTranspose1d(6, 4, 2, stride=3{more})
            self.then = nn.ConvTranspose1d(4, 2, 2, stride=3{more})

        def forward(self, x):
            return self.then(self.first(self.down(x)))

    net, x = Coder(), torch.rand(3, 2, 36)
    back = net(x)
    print(round(F.l1_loss(back, x).item(), 4))
"""


@pytest.mark.parametrize("program", [ONE_CALL, ALIKE])
def test_every_layer_of_the_decoder_gives_back_what_it_rounded_off(program):
    found = mended(program.format(more=""), most=1)
    assert all("output_padding=1" in line for line in found.changed)
    assert found.output == printed(program.format(more=", output_padding=1"))


@pytest.mark.parametrize("sizes", ["2, 1, 39, 39", "2, 1, 47, 47"])
def test_another_size_was_not_lost_by_rounding(sizes):
    (found,) = mended(ONE_CALL.format(more="").replace("2, 1, 40, 40", sizes), most=1).diagnoses
    assert not any("output_padding" in fix.title for fix in found.fixes)
