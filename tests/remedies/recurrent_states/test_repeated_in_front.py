"""A vector of each sample repeated for the steps in front of the samples."""

import pytest
from mended import mended, printed

DECODED = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.enc = nn.GRU(3, 6, batch_first=True)
            self.dec = nn.GRU(6, 3, batch_first={first})

        def forward(self, x):
            _, h = self.enc(x)
            z = h[-1]
            z = {line}
            return self.dec(z)[0]

    x, net = torch.rand(5, 9, 3), Net()
    print(round({loss}.item(), 5))
"""
MSE, GAP = "F.mse_loss(net(x), x)", "(net(x) - x).abs().mean()"


@pytest.mark.parametrize(
    ("line", "right", "loss"),
    [
        ("z.unsqueeze(0).repeat(x.size(1), 1, 1)", "z.unsqueeze(1).repeat(1, x.size(1), 1)", MSE),
        ("z.repeat(x.size(1), 1, 1)", "z.unsqueeze(1).repeat(1, x.size(1), 1)", GAP),
        ("z[None].expand(x.size(1), -1, -1)", "z[:, None].expand(-1, x.size(1), -1)", MSE),
        ("h.repeat(x.size(1), 1, 1)", "h.transpose(0, 1).repeat(1, x.size(1), 1)", MSE),
        ("torch.stack([z] * x.size(1))", "torch.stack([z] * x.size(1), dim=1)", MSE),
        ("torch.stack([z for _ in x[0]], dim=0)", "torch.stack([z for _ in x[0]], dim=1)", GAP),
    ],
)
def test_it_is_repeated_behind_them(line, right, loss):
    found = mended(DECODED.format(first=True, line=line, loss=loss), most=1)
    assert found.output == printed(DECODED.format(first=True, line=right, loss=loss))
    assert not found.doubts


def test_a_layer_that_takes_steps_first_is_given_them_first():
    line = "z.unsqueeze(0).repeat(x.size(1), 1, 1)"
    found = mended(DECODED.format(first=False, line=line, loss=MSE), most=1)
    assert not any("repeat(1," in edit.replacement for fix in found.diagnoses[0].fixes for edit in fix.edits)
