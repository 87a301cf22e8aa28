"""What a contract accepts and warns of stands in the report of a watch and of a checked layer."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from shapecheck import CheckedLSTM, ShapeError, watch
from shapecheck.errors import ShapeWarning

pytestmark = pytest.mark.filterwarnings("ignore:Using a target size:UserWarning")


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(1, 8, batch_first=True)
        self.linear = nn.Linear(8, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear(self.lstm(x)[0][..., -1, :])


def found(report):
    return [(each.slug, each.severity) for each in report.diagnoses]


def test_a_loss_over_all_pairs_is_raised_at_every_call():
    model, loss = Net(), nn.MSELoss()
    with watch(model, loss) as seen:
        for _ in range(2):
            with pytest.raises(ShapeError, match=r"SC404: .*\n\n  seen      loss\.input: \(32, 1\)"):
                loss(model(torch.zeros(32, 7, 1)), torch.zeros(32))
    assert found(seen.report) == [("loss_over_all_pairs", "error")]
    assert not seen.report.ok


def test_it_is_warned_of_once_or_only_recorded():
    model, loss = Net(), nn.MSELoss()
    with watch(model, loss, on_violation="warn"):
        with pytest.warns(ShapeWarning, match="SC404"):
            loss(model(torch.zeros(32, 7, 1)), torch.zeros(32))
        loss(model(torch.zeros(32, 7, 1)), torch.zeros(32))
    with watch(model, loss, on_violation="record") as seen:
        loss(model(torch.zeros(32, 7, 1)), torch.zeros(32))
    assert found(seen.report) == [("loss_over_all_pairs", "error")]


def test_a_warning_and_a_note_are_never_raised():
    model, loss = Net(), nn.MSELoss()
    with watch(model, loss) as seen:
        for steps in (7, 8):
            model(torch.zeros(steps, 1))
        loss(model(torch.zeros(4, 7, 1)), torch.zeros(1, 1))
    assert found(seen.report) == [("spread_by_broadcasting", "warning"), ("one_unbatched_sequence", "note")]
    assert seen.report.ok


def test_a_right_step_and_a_batch_of_one_say_nothing():
    model, loss = Net(), nn.MSELoss()
    with watch(model, loss) as seen:
        for batch in (32, 1):
            loss(model(torch.zeros(batch, 7, 1)), torch.zeros(batch, 1))
    assert found(seen.report) == []


def test_a_checked_layer_has_a_report():
    layer = CheckedLSTM(1, 8, batch_first=True)
    assert not layer.report.checked
    layer(torch.zeros(1, 7, 1))
    assert found(layer.report) == []
    layer(torch.zeros(7, 1))
    assert found(layer.report) == [("one_unbatched_sequence", "note")]
    assert layer.report.checked == ("every call, held against the contract of LSTM",)
