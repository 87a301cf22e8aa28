"""A tensor that is laid out anew by its own sizes in another order."""

import pytest
from mended import mended, printed

LOSS = """
    scores, labels = torch.randn(4, 7, 5), torch.arange(28).view(4, 7) % 5
    print(F.cross_entropy(scores.{turned}, labels).item())
"""
STEPS = """
    moves = torch.randn(8, 6, 3)
    print(nn.LSTM(3, 4)(moves.{turned}, (torch.zeros(1, 8, 4), torch.zeros(1, 8, 4)))[0].sum().item())
"""


@pytest.mark.parametrize(
    ("program", "wrong", "right"),
    [
        (LOSS, "reshape(scores.shape[0], scores.shape[2], scores.shape[1], scores.shape[3])", "transpose(1, 2)"),
        (STEPS, "reshape(moves.shape[1], moves.shape[0])", "transpose(0, 1)"),
    ],
)
def test_turned_instead(program, wrong, right):
    found = mended(program.replace("{turned}", wrong))
    assert found.output == printed(program.replace("{turned}", right))
    assert right in found.changed[0]
    assert not found.doubts
