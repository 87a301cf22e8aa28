"""Steps are filled up to a whole number of windows by what is missing, not by what is left over."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Windows(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.width, self.top = width, nn.Linear(6, 3)

        def forward(self, x):
            samples, steps, _ = x.shape
            {rest}
            x = {filled}
            return self.top({cut}).sum()

    windows = Windows(5)
    print([round(windows(torch.randn(2, steps, 6)).item(), 4) for steps in (10, 13)])
"""
PAD = "F.pad(x, (0, 0, 0, {}))"
ZEROS = "torch.cat([x, torch.zeros(samples, {}, 6)], 1)"
VIEW = "x.view(samples, -1, self.width, 6)"


@pytest.mark.parametrize("filled", [PAD, ZEROS])
@pytest.mark.parametrize("cut", [VIEW, "x.unflatten(1, (-1, self.width))"])
@pytest.mark.parametrize("is_named", [True, False])
def test_what_is_missing_is_filled_up(filled, cut, is_named):
    def program(amount):
        rest, amount = (f"rest = {amount}", "rest") if is_named else ("pass", amount)
        return PROGRAM.format(rest=rest, filled=filled.format(amount), cut=cut)

    found = mended(program("steps % self.width"))
    assert found.output == printed(program("-steps % self.width"))
    assert not found.doubts


def test_what_is_missing_already_is_left():
    filled = PAD.format("-steps % self.width")
    program = PROGRAM.format(rest="pass", filled=filled, cut="x.view(samples, -1, 4, 6)")
    assert filled in mended(program, most=1).text
