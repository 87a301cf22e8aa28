"""The door `watch`: what it shows, and what it refuses."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from shapecheck import Protocol, ProtocolError, watch


class Net(nn.Module):
    """An LSTM and a Linear; ``reorder`` says how the output of the one becomes the input of the other."""

    def __init__(self, reorder=lambda out: out, dropout=0.0):
        super().__init__()
        self.lstm = nn.LSTM(1, 5, num_layers=2, batch_first=True, dropout=dropout)
        self.linear = nn.Linear(5, 1)
        self.reorder = reorder

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.linear(self.reorder(out).reshape(-1, 5))


def rows(trace):
    return [(entry.call.module, entry.count, entry.call.status) for entry in trace]


# What it shows


def test_trace_is_in_the_order_in_which_modules_begin():
    model = Net()
    with watch(model) as seen:
        for _ in range(3):
            model(torch.randn(4, 7, 1))
    assert rows(seen.trace) == [("", 3, "returned"), ("lstm", 3, "returned"), ("linear", 3, "returned")]
    assert seen.trace.model == "Net"
    assert dict(seen.trace.parameters) == {"": 406, "lstm": 400, "linear": 6}


def test_order_of_nested_modules():
    inner = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.ReLU(), nn.Linear(2, 2)))
    model = nn.Sequential(nn.Linear(2, 2), inner, nn.Tanh())
    with watch(model) as seen:
        model(torch.randn(3, 2))
    assert [entry.call.module for entry in seen.trace] == ["", "0", "1", "1.0", "1.1", "1.1.0", "1.1.1", "2"]


def test_every_tensor_of_an_lstm_has_its_name_and_its_dims():
    model = Net()
    with watch(model) as seen:
        model(torch.randn(4, 7, 1))
    (entry,) = seen.trace.of("lstm")
    found = {record.role: (record.shape, record.dims) for record in (*entry.call.inputs, *entry.call.outputs)}
    assert found == {
        "input": ((4, 7, 1), ("batch_size", "seq_length", "num_features")),
        "output": ((4, 7, 5), ("batch_size", "seq_length", "hidden_size")),
        "h_n": ((2, 4, 5), ("num_layers", "batch_size", "hidden_size")),
        "c_n": ((2, 4, 5), ("num_layers", "batch_size", "hidden_size")),
    }
    assert entry.call.outputs[1].rows == ("layer 0 forward", "layer 1 forward")


def test_new_shapes_are_new_entries_and_old_ones_are_counted():
    model = Net()
    with watch(model) as seen:
        for batch_size in (4, 3, 4, 3, 3):
            model(torch.randn(batch_size, 7, 1))
    assert [(entry.call.inputs[0].shape[0], entry.count) for entry in seen.trace.of("lstm")] == [(4, 2), (3, 3)]


def test_training_mode_and_dtype_are_part_of_the_signature():
    model = Net()
    with watch(model) as seen:
        model(torch.randn(4, 7, 1))
        model.eval()
        model(torch.randn(4, 7, 1))
        model.double()
        model(torch.randn(4, 7, 1).double())
    assert [(entry.call.training, entry.call.inputs[0].dtype) for entry in seen.trace.of("linear")] == [
        (True, "float32"),
        (False, "float32"),
        (False, "float64"),
    ]


def test_inputs_have_the_names_of_forwards_parameters():
    class Two(nn.Module):
        def forward(self, left, *more, scale=None, **rest):
            return {"sum": left + more[0], "parts": [left]}

    model = Two()
    with watch(model) as seen:
        model(torch.zeros(2), torch.zeros(2), scale=torch.zeros(1), other=torch.zeros(3))
    (entry,) = seen.trace
    assert [record.role for record in entry.call.inputs] == ["left", "more[0]", "scale", "other"]
    assert [record.role for record in entry.call.outputs] == ["output['sum']", "output['parts'][0]"]


def test_trace_is_a_value_that_does_not_change():
    model = Net()
    with watch(model) as seen:
        model(torch.randn(4, 7, 1))
        before = seen.trace
        model(torch.randn(3, 7, 1))
    assert len(before) == 3
    assert len(seen.trace) == 6
    assert type(before).from_json(before.to_json()) == before


def test_trace_size_does_not_grow_with_training():
    model = Net()
    with watch(model) as seen:
        sizes = set()
        for _ in range(20):
            model(torch.randn(4, 7, 1))
            sizes.add(len(seen.trace))
    assert sizes == {3}


def test_shared_module_is_one_module():
    layer = nn.Linear(2, 2)
    model = nn.Sequential(layer, nn.ReLU(), layer)
    with watch(model) as seen:
        model(torch.randn(3, 2))
    assert rows(seen.trace) == [("", 1, "returned"), ("0", 2, "returned"), ("1", 1, "returned")]
    assert dict(seen.trace.parameters) == {"": 6, "0": 6, "1": 0, "2": 6}


def test_submodule_called_without_the_model():
    model = Net()
    with watch(model) as seen:
        model.linear(torch.randn(3, 5))
    assert rows(seen.trace) == [("linear", 1, "returned")]


def test_sizes_are_those_of_the_last_forward():
    model = Net()
    with watch(model, protocol=Protocol.documented()) as seen:
        model(torch.randn(4, 7, 1))
        model(torch.randn(3, 2, 1))
        assert dict(seen.trace.sizes)["batch_size"] == 3
        model(torch.randn(4, 7, 1))
    assert dict(seen.trace.sizes) == {
        "batch_size": 4, "seq_length": 7, "num_features": 1, "hidden_size": 5, "out_size": 1, "num_layers": 2,
    }  # fmt: skip
    assert seen.trace.protocol == "documented flow, every step"


def test_sizes_without_a_protocol_follow_the_last_forward_too():
    model = Net()
    with watch(model) as seen:
        model(torch.randn(4, 7, 1))
        model(torch.randn(3, 2, 1))
        model(torch.randn(4, 7, 1))
    sizes = dict(seen.trace.sizes)
    assert (sizes["batch_size"], sizes["seq_length"]) == (4, 7)


def test_repr():
    model = Net()
    watcher = watch(model)
    model(torch.randn(4, 7, 1))
    assert repr(watcher) == "<watch of Net, on, 3 distinct calls, 0 violations>"
    watcher.remove()
    assert repr(watcher) == "<watch of Net, over, 3 distinct calls, 0 violations>"


# What is refused, before anything is changed


def test_protocol_that_names_a_module_that_is_not_there():
    model = Net()
    with pytest.raises(ProtocolError, match="did you mean 'lstm', an LSTM\\?"):
        watch(model, protocol=Protocol.documented(lstm="lstn"))
    assert not model._forward_hooks


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"model": 3}, TypeError, "expected the model to be an nn.Module, got int"),
        ({"loss": F.mse_loss}, TypeError, "got function; for a function, call loss_inputs of the watch"),
        ({"on_violation": "shout"}, ValueError, "to be one of 'raise', 'warn', 'record', got 'shout'"),
    ],
)
def test_wrong_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        watch(**{"model": Net(), **arguments})
