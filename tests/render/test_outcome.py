"""What a contract says of a call, as it is printed."""

from __future__ import annotations

import torch
from torch import nn

from shapecheck import audit, predict
from shapecheck.render.html import fixed_width


def test_what_is_accepted_says_what_comes_back_and_what_to_know():
    assert str(predict(nn.LSTM(3, 4, 2), torch.randn(5, 3))).splitlines() == [
        "accepted",
        "  output  (seq_length 5, hidden_size 4) float32",
        "  h_n     (num_layers 2, hidden_size 4) float32",
        "  c_n     (num_layers 2, hidden_size 4) float32",
        "  but     a 2-D input is read as one sequence of 5 steps with 3 features each, not as a batch of 5 samples:",
        "          every row influences the rows below it",
    ]


def test_what_is_refused_says_why():
    text = str(predict(nn.Linear(3, 4), torch.randn(5, 2)))
    assert text.startswith("refused\n")
    assert "expected  (..., H_in=3)" in text
    assert "because   a Linear mixes the numbers along the last axis" in text


def test_a_report_is_printed_with_its_findings_last():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 5), nn.Softmax(dim=1))
    report = audit(model, nn.CrossEntropyLoss(), (torch.randn(4, 3), torch.tensor([0, 1, 2, 3])))
    text = str(report)
    assert text.startswith(f"shapecheck: 1 finding in {len(report.checked)} checks\n")
    assert "the loss is fed with what it takes" in report.checked
    assert text.index("attribute `checked`") < text.index("SC731: an activation stands in front")
    assert report._repr_mimebundle_()["text/html"] == fixed_width(str(report))
