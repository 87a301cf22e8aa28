"""Stages where things are odd: what cannot be compared, what was not seen, and ways too many to remember."""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from shapecheck import Protocol, ShapeError, Stage, watch
from shapecheck.watching import trail


class Call(nn.Module):
    """Runs a function as its forward, with layers at hand."""

    def __init__(self, function, **layers):
        super().__init__()
        self.function = function
        for name, layer in layers.items():
            setattr(self, name, layer)

    def forward(self, *args):
        return self.function(self, *args)


def whys(watcher):
    return {item.what: item.why for item in watcher.report.not_checked}


def net(reorder=lambda out: out):
    def forward(self, x):
        return self.linear(reorder(self.lstm(x)[0]).reshape(-1, 5))

    return Call(forward, lstm=nn.LSTM(1, 5, batch_first=True), linear=nn.Linear(5, 1))


def test_product_with_two_unknown_factors_is_not_checked():
    protocol = Protocol("p", (Stage("flat", "linear.input", "batch_size*seq_length hidden_size"),))
    model = net()
    with watch(model, protocol=protocol) as seen:
        model(torch.randn(4, 7, 1))
    assert whys(seen)["batch_size*seq_length of stage 'flat'"] == "more than one of its factors was not known yet"


def test_part_called_without_the_model_has_no_stage_before_it():
    model = net()
    with watch(model, protocol=Protocol.documented()) as seen:
        model.linear(torch.randn(28, 5))
    assert whys(seen)["the content of stage 'Linear input'"] == "stage 'LSTM output' was not seen before it"


def test_content_on_a_device_without_values_cannot_be_compared():
    model = net().to("meta")
    with watch(model, protocol=Protocol.documented()) as seen:
        model(torch.randn(4, 7, 1, device="meta"))
    assert "cannot be compared" in whys(seen)["the content of stage 'Linear input'"]


def test_packed_sequence_is_held_against_the_spec_of_its_padded_twin():
    def forward(self, x, lengths):
        return self.lstm(pack_padded_sequence(x, lengths, batch_first=True))[0].data

    protocol = Protocol("p", (Stage("in", "lstm.input", "batch_size seq_length 1"),), {"batch_size": 3})
    model = Call(forward, lstm=nn.LSTM(1, 5, batch_first=True))
    with watch(model, protocol=protocol) as seen:
        model(torch.randn(3, 7, 1), torch.tensor([7, 4, 2]))
        assert dict(seen.trace.sizes)["seq_length"] == 7
        with pytest.raises(ShapeError):
            model(torch.randn(2, 7, 1), torch.tensor([7, 4]))


def test_ways_too_many_to_remember_are_checked_in_size_but_not_in_content(monkeypatch):
    monkeypatch.setattr(trail, "MAX_REMEMBERED", 8)
    model = net()
    with watch(model, protocol=Protocol.documented()) as seen:
        for batch_size in range(1, 12):
            model(torch.randn(batch_size, 7, 1))
        with pytest.raises(ShapeError):
            model.linear(torch.randn(2, 3, 5))
    assert "are remembered" in whys(seen)["the content of further stages"]


def test_content_is_caught_in_the_next_forward_where_this_one_was_not_looked_at():
    model = net()
    with watch(model, protocol=Protocol.documented()) as seen:
        model(torch.randn(4, 7, 1))
        model(torch.randn(2, 14, 1))
        # The sizes of each stage alone are known, their combination is new only at the linear layer.
        model.function = lambda self, x: self.linear(self.lstm(x)[0].transpose(0, 1).reshape(-1, 5)[:14])
        protocol_breaks = 0
        for _ in range(3):
            try:
                model(torch.randn(4, 7, 1))
            except ShapeError:
                protocol_breaks += 1
    assert protocol_breaks == 3
    assert seen.violations[0].stage == "Linear input"


def test_step_from_the_model_to_the_loss():
    protocol = Protocol(
        "p",
        (
            Stage("scores", "output", "batch_size seq_length num_classes"),
            Stage(
                "loss input",
                "loss.input",
                "batch_size num_classes seq_length",
                step="batch_size seq_length num_classes -> batch_size num_classes seq_length",
            ),
        ),
    )
    model, loss = nn.Linear(2, 3), nn.CrossEntropyLoss()
    labels = torch.randint(0, 3, (4, 5))
    with watch(model, loss, protocol) as seen:
        scores = model(torch.randn(4, 5, 2))
        loss(scores.mT, labels)
        assert any("the content of stage 'loss input'" in item for item in seen.report.checked)
    with watch(model, loss, protocol), pytest.raises(ShapeError) as caught:
        loss(model(torch.randn(4, 5, 2)).reshape(4, 3, 5), labels)
    assert caught.value.diagnoses[0].violation.kind == "content"


def test_several_stages_at_one_call():
    protocol = Protocol(
        "p",
        (
            Stage("out", "lstm.output", "batch_size seq_length hidden_size"),
            Stage("h", "lstm.h_n", "1 batch_size hidden_size"),
            Stage("c", "lstm.c_n", "1 batch_size seq_length"),
        ),
    )
    model = net()
    with watch(model, protocol=protocol, on_violation="record") as seen:
        model(torch.randn(4, 7, 1))
    assert [violation.stage for violation in seen.violations] == ["c"]
