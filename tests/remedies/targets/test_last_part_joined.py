"""A forecast for what was known and what is to come, beside targets for what is to come."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Forecaster(nn.Module):
        def __init__(self, known, ahead):
            super().__init__()
            self.known, self.ahead = known, ahead
            self.rnn, self.out = nn.GRU(3, 8, batch_first=True), nn.Linear(8, 3)
        def forward(self, x):
            _, h = self.rnn(x)
            ahead = torch.zeros(x.size(0), {steps}, x.size(2))
            fed = torch.cat([{parts}], dim=1)
            return self.out(self.rnn(fed, h)[0])
    net, x, y = Forecaster(6, 4), torch.randn(5, 12, 3), torch.randn(5, 4, 3)
    print({text})
"""
PARTS = "x[:, -self.known:], ahead"


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize("text", ["F.mse_loss({out}, y)", "({out} - y).abs().mean()"])
def test_the_last_steps_are_compared(text):
    given = {"steps": "self.ahead", "parts": PARTS}
    found = mended(PROGRAM.format(text=text.format(out="net(x)"), **given))
    assert found.output == printed(PROGRAM.format(text=text.format(out="net(x)[:, -4:]"), **given))
    assert not found.doubts


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize(("steps", "parts"), [("7", PARTS), ("self.ahead", "ahead, x[:, -self.known:]")])
def test_targets_that_are_not_as_long_as_what_stands_last_are_left(steps, parts):
    found = mended(PROGRAM.format(steps=steps, parts=parts, text="F.mse_loss(net(x), y)"), most=1)
    assert not any("[:, -y.size(1):]" in fix.title for each in found.diagnoses for fix in each.fixes)
