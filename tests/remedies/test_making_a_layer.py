"""Layers that cannot be made: arguments that they do not take, sizes that are no whole numbers."""

import pytest
from mended import mended
from torch import nn

from shapecheck.scripts.crash_report import report_of


@pytest.mark.parametrize(
    ("lines", "code", "because", "fixed"),
    [
        ("nn.GRU(3, 4, batch_frist=True)", "SC536", "perhaps batch_first was meant", "nn.GRU(3, 4, batch_first=True)"),
        ("nn.Linear(3, 4, dropout=0.1)", "SC536", "Linear takes in_features, out_features, bias", "nn.Linear(3, 4)"),
        ("nn.Conv2d(3, 8)", "SC536", "kernel_size must be given as well", None),
        ("nn.LSTM(3)", "SC536", "hidden_size must be given as well", None),
        ("nn.LSTM(3, 8, input_size=5)", "SC536", "input_size is given twice", None),
        ("nn.Linear(3, 8, True, None, None, 7)", "SC536", "nothing takes 7", None),
        ("nn.Embedding('50', 8)", "SC537", "'50' is a text", "nn.Embedding(50, 8)"),
        ("nn.LSTM(3, 8.0)", "SC537", "8.0 is the float 8.0", "nn.LSTM(3, 8)"),
        ("n = 8\nhalf = n / 2\nnn.Linear(half, 3)", "SC537", "half is the float 4.0", "half = n // 2"),
        (
            "n = [8, 2]\nnn.Linear((n[0] + 2) / n[1], 3)",
            "SC537",
            "is the float 5.0",
            "nn.Linear((n[0] + 2) // n[1], 3)",
        ),
        (
            "class Net(nn.Module):\n    def __init__(self, width):\n        super().__init__()\nNet(widht=4)",
            "SC536",
            "Net takes width",
            "Net(width=4)",
        ),
    ],
)
def test_it_is_said_what_the_layer_takes(lines, code, because, fixed):
    after = mended(f"{lines}\n")
    found = after.diagnoses[0]
    assert (found.code, found.violation) == (code, None)
    assert because in found.explanation
    if fixed is not None:
        assert after.changed == [fixed]
        assert after.output == ""


def test_what_is_made_is_not_told_as_a_call_without_its_tensor():
    with pytest.raises(ValueError, match="probability") as caught:
        nn.Dropout(1.5)
    (found,) = report_of(caught.value).report.diagnoses
    assert (found.code, found.headline, found.violation) == ("SC000", "the call failed", None)
