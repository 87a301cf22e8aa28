"""An index that takes a position of the features where a step was meant, plain or inside a call."""

import pytest
from mended import mended, printed

PROGRAM = """
    torch.manual_seed(1)
    rnn, drop, head = nn.LSTM(5, 8, batch_first=True), nn.Dropout(0.0), nn.Linear(8, 3)
    out, _ = rnn(torch.randn(4, 6, 5))
    last = {taken}
    print(head(last).sum().item())
"""


@pytest.mark.parametrize("around", ["{}", "drop({})", "torch.tanh(drop({}))"])
@pytest.mark.parametrize(("wrong", "right"), [("out[:, :, -1]", "out[:, -1]"), ("out[..., 2]", "out[..., 2, :]")])
def test_a_step_is_taken_instead(around, wrong, right):
    found = mended(PROGRAM.format(taken=around.format(wrong)))
    assert found.changed == [f"last = {around.format(right)}"]
    assert found.output == printed(PROGRAM.format(taken=around.format(right)))


LAST = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.RNN(3, 8, batch_first=True)
            self.head = nn.Linear(8, 4)

        def forward(self, x):
            steps, _ = self.rnn(x)
            return self.head({taken})

    print(F.cross_entropy(Net()(torch.randn(6, 9, 3)), torch.randint(0, 4, (6,))).item())
"""


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("steps[-1, :, :]", "steps[:, -1, :]"), ("steps[-1, :]", "steps[:, -1]"), ("steps[-1]", "steps[:, -1]")],
)
def test_the_last_sample_for_the_last_step(wrong, right):
    found = mended(LAST.format(taken=wrong))
    assert found.changed == [f"return self.head({right})"]
    assert found.output == printed(LAST.format(taken=right))
