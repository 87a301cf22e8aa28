"""The record of a call: roles from the contract or from forward's parameters, whatever way the call is written."""

import pytest
import torch
from torch import nn

from shapecheck.capture.calls import MAX_CONFIG, call_record, inputs_of, outputs_of, parameter_names, pick
from shapecheck.capture.configs import contract_of

X, H = torch.zeros(7, 4, 1), torch.zeros(1, 4, 5)


def roles(found):
    return [role for role, _ in found]


@pytest.mark.parametrize(
    ("args", "kwargs", "expected"),
    [
        ((X,), {}, ["input"]),
        ((X, (H, H)), {}, ["input", "h_0", "c_0"]),
        ((X, [H, H]), {}, ["input", "h_0", "c_0"]),
        ((X,), {"hx": (H, H)}, ["input", "h_0", "c_0"]),
        ((), {"input": X, "hx": (H, H)}, ["input", "h_0", "c_0"]),
        ((X, None), {}, ["input"]),
        ((X, H), {}, ["input", "hx"]),
        ((X, (H, H, H)), {}, ["input", "h_0", "c_0", "hx[2]"]),
    ],
)
def test_roles_of_a_contract(args, kwargs, expected):
    lstm = nn.LSTM(1, 5)
    assert roles(inputs_of(lstm, args, kwargs, contract_of(lstm))) == expected


def test_roles_of_parameters_without_a_contract():
    class Net(nn.Module):
        def forward(self, x, *more, mask=None, **rest):
            return x

    found = inputs_of(Net(), (X, X, (X, X)), {"mask": X, "extra": X})
    assert roles(found) == ["x", "more[0]", "more[1][0]", "more[1][1]", "mask", "extra"]


def test_arguments_that_do_not_fit_are_recorded_all_the_same():
    class Net(nn.Module):
        def forward(self, x):
            return x

    assert roles(inputs_of(Net(), (X, X), {"other": X})) == ["x", "args[1]", "other"]


def test_forward_without_a_signature():
    class Odd(nn.Module):
        forward = dict

    assert parameter_names(Odd()) in ((), ("args", "kwargs"))
    assert roles(inputs_of(Odd(), (X,), {})) == ["args[0]"]


def test_outputs_of_a_contract():
    lstm = nn.LSTM(1, 5)
    assert roles(outputs_of(lstm(X), contract_of(lstm))) == ["output", "h_n", "c_n"]
    assert roles(outputs_of((X, X))) == ["output[0]", "output[1]"]
    assert roles(outputs_of(None)) == []


def test_pick_takes_the_first_tensor_where_none_has_the_name():
    found = [("x", X), ("mask", H)]
    assert pick(found, "mask", "input") == ("mask", H)
    assert pick(found, "input", "input") == ("x", X)
    assert pick(found, "target", "input") is None
    assert pick([], "input", "input") is None


def test_record_of_a_call():
    lstm = nn.LSTM(1, 5).eval()
    call = call_record("encoder", lstm, [("input", X)], [("output", H)])
    assert (call.module, call.type, call.config, call.status, call.training) == (
        "encoder",
        "LSTM",
        "1, 5",
        "returned",
        False,
    )
    assert call.inputs[0].shape == (7, 4, 1)
    assert call.outputs[0].shape == (1, 4, 5)


def test_config_is_one_line_and_not_a_long_one():
    class Net(nn.Module):
        def extra_repr(self):
            return "a,\n  b" + "c" * 1000

    config = call_record("", Net(), []).config
    assert config.startswith("a, bc")
    assert len(config) == MAX_CONFIG + len("...")


def test_a_class_of_the_scripts_own_is_told_from_torchs_of_the_same_name():
    own = type("RNN", (nn.Module,), {})
    torchs = type("LSTM", (nn.LSTM,), {})
    assert [call_record("", module, []).namesake for module in (own(), torchs(1, 5), nn.RNN(1, 5))] == [
        True,
        False,
        False,
    ]
