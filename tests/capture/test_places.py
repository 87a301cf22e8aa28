"""Where hooks go, and how many parameters stand there."""

import pytest
import torch
from torch import nn

from shapecheck.capture.parameters import parameters
from shapecheck.capture.places import class_names, hookable, paths_of, unwrapped


def paths(model):
    return [paths[0] for _, paths in hookable(model)]


def test_containers_that_are_never_called_get_no_hook():
    model = nn.ModuleDict({"layers": nn.ModuleList([nn.Linear(2, 2), nn.Sequential(nn.ReLU())])})
    assert paths(model) == ["layers.0", "layers.1", "layers.1.0"]
    assert class_names(model)["layers"] == "ModuleList"


def test_forward_that_was_put_on_the_object_counts():
    model = nn.ModuleList([nn.ReLU()])
    model.forward = model[0].forward
    assert paths(model) == ["", "0"]


def test_shared_modules_have_all_their_paths():
    layer = nn.Linear(2, 2)
    assert [found for _, found in paths_of(nn.Sequential(layer, nn.Sequential(layer)))] == [("",), ("0", "1.0"), ("1",)]


@pytest.mark.parametrize(
    ("options", "is_fused"),
    [
        ({"batch_first": True}, True),
        ({"batch_first": False}, False),
        ({"batch_first": True, "nhead": 1}, False),
        ({"batch_first": True, "bias": False}, False),
        ({"batch_first": True, "activation": torch.tanh}, False),
        ({"batch_first": True, "activation": "gelu"}, True),
    ],
)
def test_encoder_layers_that_torch_may_fuse_get_no_hooks(options, is_fused):
    layer = nn.TransformerEncoderLayer(**{"d_model": 8, "nhead": 2, "dim_feedforward": 16, **options})
    assert (len(paths(layer)) == 0) == is_fused


def test_encoder_layers_get_hooks_when_the_fused_path_is_off():
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        assert paths(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True))
    finally:
        torch.backends.mha.set_fastpath_enabled(True)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch's own, when its compiler is imported
def test_unwrapped():
    model = nn.Linear(2, 2)
    assert unwrapped(model) is model
    assert unwrapped(torch.compile(model)) is model


# Parameters


def test_parameters_are_counted_as_torch_has_them():
    model = nn.Sequential(
        nn.LSTM(3, 4, 2, bidirectional=True), nn.Sequential(nn.Linear(8, 2), nn.BatchNorm1d(2)), nn.ReLU()
    )
    found = dict(parameters(model))
    expected = {
        path: sum(parameter.numel() for parameter in module.parameters()) for path, module in model.named_modules()
    }
    assert found == expected


def test_shared_parameters_are_counted_once_in_what_holds_them():
    layer = nn.Linear(2, 3)
    assert parameters(nn.Sequential(layer, layer)) == (("", 9), ("0", 9), ("1", 9))


def test_lazy_parameters_count_as_none_yet():
    assert dict(parameters(nn.Sequential(nn.LazyLinear(3))))["0"] == 0


def test_counting_leaves_the_model_as_it_is():
    model = nn.Sequential(nn.Linear(2, 2), nn.Dropout())
    before = torch.get_rng_state()
    state = {path: dict(module.__dict__) for path, module in model.named_modules()}
    parameters(model)
    assert torch.equal(before, torch.get_rng_state())
    assert {path: dict(module.__dict__) for path, module in model.named_modules()} == state


@pytest.mark.filterwarnings("ignore:.torch.jit")
def test_what_torchinfo_cannot_count_has_no_numbers(monkeypatch):
    def fail(*args, **kwargs):
        raise TypeError

    monkeypatch.setattr("torchinfo.summary", fail)
    assert parameters(nn.Linear(2, 2)) == ()
