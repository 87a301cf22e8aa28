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
