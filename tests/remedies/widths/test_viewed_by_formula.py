"""Rows that hold a part of a sample each: the arithmetic of the width that they are viewed by."""

import pytest
from mended import mended, printed

PICTURES = """
    class Net(nn.Module):
        def __init__(self, side, kinds=3):
            super().__init__()
            self.first, self.then = nn.Conv2d(1, 5, 3, padding=1), nn.Conv2d(5, 6, 3, padding=1)
            self.pool = nn.MaxPool2d(2)
            self.flat = {flat}
            self.out = nn.Linear(self.flat, kinds)

        def forward(self, x):
            x = self.pool(self.then(self.pool(self.first(x))).relu())
            return self.out(x.{view}(-1, self.flat))

    net = Net(24)
    scores = net(torch.rand(7, 1, 24, 24))
    print(round(F.cross_entropy(scores, torch.arange(7) % 3).item(), 4))
"""
RIGHT = "6 * (side // 4) ** 2"


@pytest.mark.parametrize("view", ["view", "reshape"])
@pytest.mark.parametrize("flat", ["6 * (side // 8) ** 2", "6 * (side // 8) * (side // 4)", "6 * (side // 4)"])
def test_the_arithmetic_is_mended_and_a_layer_may_have_been_left_out(flat, view):
    found = mended(PICTURES.format(flat=flat, view=view), most=1)
    assert "self.flat = 6 * (" in found.changed[0]
    assert found.output == printed(PICTURES.format(flat=RIGHT, view=view))
    assert found.doubts


def test_rows_of_steps_are_not_made_wider():
    program = """
    class Net(nn.Module):
        def __init__(self, hidden=6):
            super().__init__()
            self.rnn = nn.GRU(3, hidden, batch_first=True, bidirectional=True)
            self.flat = 2 * hidden
            self.out = nn.Linear(self.flat, 5)

        def forward(self, x):
            return self.out(self.rnn(x)[0].reshape(-1, self.flat))

    net = Net()
    scores = net(torch.rand(7, 4, 3))
    print(F.cross_entropy(scores, torch.arange(7) % 5).item())
    """
    (found,) = mended(program, most=1).diagnoses
    assert not any("hidden" in edit.replacement for fix in found.fixes for edit in fix.edits)
