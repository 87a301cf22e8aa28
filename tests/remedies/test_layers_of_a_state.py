"""Scores of the whole state: the axis in front is that of the layers, and is told as that."""

import pytest
import torch
from mended import mended
from torch import nn

from shapecheck.scripts.crash_report import report_of

NET = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.{layer}
            self.head = nn.Linear(6, 3)

        def forward(self, x):
            {lines}

    model = Net()
    loss = {loss}
    print(loss.shape)
"""
CLASSES = "F.cross_entropy(model(torch.randn(9, 5, 4)), torch.randint(3, (9,)))"


@pytest.mark.parametrize(
    ("layer", "lines"),
    [
        ("LSTM(4, 6, num_layers=2, batch_first=True)", "out, (h, c) = self.rnn(x)\n            return self.head(h)"),
        ("GRU(4, 6, 3, batch_first=True)", "_, h = self.rnn(x)\n            return self.head(h)"),
    ],
)
def test_layers_are_told_as_layers(layer, lines):
    after = mended(NET.format(layer=layer, lines=lines, loss=CLASSES))
    assert [found.slug for found in after.diagnoses] == ["all_layers_of_state_used"]
    assert "layers in front" in after.diagnoses[0].explanation
    assert after.changed == ["return self.head(h[-1])"]
    assert after.output == "torch.Size([])\n"


def test_steps_are_told_as_steps():
    lines = "out, (h, c) = self.rnn(x)\n            return self.head(out)"
    after = mended(NET.format(layer="LSTM(4, 6, 2, batch_first=True)", lines=lines, loss=CLASSES))
    assert [found.slug for found in after.diagnoses] == ["every_step_against_one_label"]


def test_what_a_loss_refused_has_not_the_axes_that_it_would_read():
    scores, labels = torch.randn(9, 5, 3), torch.randint(3, (9,))
    with pytest.raises(RuntimeError, match="target size") as caught:
        nn.CrossEntropyLoss()(scores, labels)
    (found,) = report_of(caught.value).report.diagnoses
    assert [(operand.expression, operand.dims) for operand in found.evidence] == [("scores", ()), ("labels", ())]
