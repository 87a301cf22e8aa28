"""An input of another dtype than the layer is cast before the states are made like it."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.{kind}(3, 5, batch_first=True)

        def forward(self, x):
            {cast}state = {state}
            out, _ = self.rnn(x, {given})
            return out[:, -1]

    torch.manual_seed(2)
    print(round(Net()(torch.randn(2, 4, 3, dtype=torch.float64)).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("kind", "state", "given"),
    [
        ("GRU", "x.new_zeros(1, x.size(0), 5)", "state"),
        ("LSTM", "x.new_zeros(1, x.size(0), 5)", "(state, state)"),
        ("RNN", "torch.zeros(1, x.size(0), 5, dtype=x.dtype)", "state"),
    ],
)
def test_it_is_cast_in_front_of_them(kind, state, given):
    parts = {"kind": kind, "state": state, "given": given}
    found = mended(PROGRAM.format(cast="", **parts))
    assert found.output == printed(PROGRAM.format(cast="x = x.float()\n            ", **parts))
    assert not found.doubts


def test_states_of_the_right_dtype_stay():
    parts = {"kind": "GRU", "state": "torch.zeros(1, x.size(0), 5)", "given": "state"}
    found = mended(PROGRAM.format(cast="", **parts))
    assert "x = x.float()\n" not in found.text
    assert found.output == printed(PROGRAM.format(cast="x = x.float(); ", **parts))
