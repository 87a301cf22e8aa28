"""A state cut along its layers by what counts samples."""

import pytest
from mended import mended, printed

PLAIN = """
    rnn, x, h = nn.GRU(4, 6, 2), torch.randn(5, 20, 4), torch.randn(2, 20, 6)
    for at in range(0, 20, 8):
        print(rnn(x[:, at:at + 8], {state})[0].sum().item())
"""
PAIR = """
    rnn, x, state = nn.LSTM(4, 6, batch_first=True), torch.randn(20, 5, 4), (torch.randn(1, 20, 6),) * 2
    for at in range(0, 20, 8):
        part = tuple({state} for each in state)
        print(rnn(x[at:at + 8], part)[0].sum().item())
"""
CALLED = """
    class Scorer(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(4, 6, 3, batch_first=True)

        def forward(self, x, memory):
            return self.rnn(x, memory)[0].sum()

    model, x, memory = Scorer(), torch.randn(20, 5, 4), torch.randn(3, 20, 6)
    for low in range(0, 20, 8):
        high = min(low + 8, 20)
        print(model(x[low:high], {state}).item())
"""


@pytest.mark.parametrize(
    ("program", "wrong", "right"),
    [
        (PAIR, "each[at:at + 8, :, :]", "each[:, at:at + 8, :]"),
        (CALLED, "memory[low:high]", "memory[:, low:high]"),
    ],
)
def test_samples_are_cut_along_their_own_axis(program, wrong, right):
    found = mended(program.format(state=wrong), most=1)
    assert found.output == printed(program.format(state=right))
    assert not found.doubts


def test_layers_may_be_meant_where_nothing_else_is_cut_along_its_first_axis():
    assert mended(PLAIN.format(state="h[at:at + 8]"), most=1).doubts
