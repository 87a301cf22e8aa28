"""`axis_flow` says of each axis what it is, for models of many kinds."""

# ruff: noqa: E501 - a table

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from shapecheck import axis_flow
from shapecheck.errors import ShapecheckError

BATCH, STEPS, FEATURES = 4, 7, 6


class Around(nn.Module):
    """Layers with a function of them as forward."""

    def __init__(self, forward, **layers):
        super().__init__()
        self.layers = nn.ModuleDict(layers)
        self.act = forward

    def forward(self, *inputs):
        return self.act(self.layers, *inputs)


def last(model, *inputs, of=0):
    return axis_flow(model, *inputs, of=of).output


def floats():
    return torch.randn(BATCH, STEPS, FEATURES)


CASES = {
    "linear": (lambda: nn.Linear(FEATURES, 5), floats, "own", "own"),
    "lstm, batch first": (lambda: Around(lambda m, x: m["l"](x)[0], l=nn.LSTM(FEATURES, 5, batch_first=True)), floats, "own", "causal"),
    "lstm, time first": (lambda: Around(lambda m, x: m["l"](x)[0], l=nn.LSTM(FEATURES, 5)), floats, "causal", "own"),
    "gru, two layers with dropout": (lambda: Around(lambda m, x: m["l"](x)[0], l=nn.GRU(FEATURES, 5, 2, dropout=0.5, batch_first=True)), floats, "own", "causal"),
    "bidirectional": (lambda: Around(lambda m, x: m["l"](x)[0], l=nn.RNN(FEATURES, 5, batch_first=True, bidirectional=True)), floats, "own", "all"),
    "batch norm": (lambda: Around(lambda m, x: m["n"](x.transpose(1, 2)).transpose(1, 2), n=nn.BatchNorm1d(FEATURES)), floats, "own", "own"),
    "layer norm": (lambda: nn.LayerNorm(FEATURES), floats, "own", "own"),
    "attention, batch first": (lambda: Around(lambda m, x: m["a"](x, x, x)[0], a=nn.MultiheadAttention(FEATURES, 2, batch_first=True)), floats, "own", "all"),
    "attention, time first": (lambda: Around(lambda m, x: m["a"](x, x, x)[0], a=nn.MultiheadAttention(FEATURES, 2)), floats, "all", "own"),
    "causal attention": (
        lambda: Around(
            lambda m, x: m["a"](x, x, x, attn_mask=torch.ones(STEPS, STEPS, dtype=torch.bool).triu(1))[0],
            a=nn.MultiheadAttention(FEATURES, 2, batch_first=True),
        ),
        floats, "own", "causal",
    ),
    "encoder layer": (lambda: nn.TransformerEncoderLayer(FEATURES, 2, 8, batch_first=True), floats, "own", "all"),
    "dropout": (lambda: nn.Sequential(nn.Dropout(0.5), nn.Linear(FEATURES, 3)), floats, "own", "own"),
    "flip of time": (lambda: Around(lambda m, x: x.flip(1)), floats, "own", "permuted"),
    "cumulative sum": (lambda: Around(lambda m, x: x.cumsum(1)), floats, "own", "causal"),
    "in place": (lambda: Around(lambda m, x: x.mul(2).add_(1)), floats, "own", "own"),
    "softmax over the batch": (lambda: Around(lambda m, x: x.softmax(0)), floats, "all", "own"),
    "random noise": (lambda: Around(lambda m, x: x + torch.randn_like(x)), floats, "own", "own"),
    "embedding of integers": (lambda: nn.Embedding(20, 3), lambda: torch.randint(0, 20, (BATCH, STEPS)), "own", "own"),
    "packed": (
        lambda: Around(
            lambda m, x: pad_packed_sequence(
                m["l"](pack_padded_sequence(x, [STEPS] * BATCH, batch_first=True))[0], batch_first=True
            )[0],
            l=nn.GRU(FEATURES, 5),
        ),
        floats, "own", "causal",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_axes_of_the_output_are_told_by_behaviour(name):
    make, inputs, batch, time = CASES[name]
    torch.manual_seed(0)
    stage = last(make(), inputs())
    assert (stage.how(0, of=0), stage.how(1, of=1)) == (batch, time)


def test_a_swap_is_followed_to_the_axis_where_it_went():
    stage = last(Around(lambda m, x: x.transpose(0, 1)), floats())
    assert (stage.how(1, of=0), stage.how(0, of=1)) == ("own", "own")
    assert stage.how(0, of=0) == "all"


def test_merged_axes_hold_a_block_for_each_item():
    stage = last(Around(lambda m, x: x.flatten(0, 1)), floats())
    assert (stage.how(0, of=0), stage.how(0, of=1)) == ("block", "block")


def test_a_reshape_that_scrambles_is_the_place_where_the_batch_is_lost():
    model = Around(lambda m, x: m["l"](x.view(STEPS, BATCH, FEATURES))[0], l=nn.LSTM(FEATURES, 5))
    stage = axis_flow(model, floats()).lost(0)
    assert stage.operation == "view"
    assert "x.view(STEPS, BATCH, FEATURES)" in stage.place.source


def test_a_second_input_is_probed_and_other_arguments_pass_through():
    model = Around(lambda m, x, keep, y: m["l"](torch.cat([x, y], 2) if keep else x), l=nn.Linear(2 * FEATURES, 3))
    assert last(model, floats(), True, floats(), of=1).how(0, of=0) == "own"


def test_state_that_a_model_keeps_is_not_touched():
    class Stateful(nn.Module):
        def __init__(self):
            super().__init__()
            self.gru, self.state, self.calls = nn.GRU(FEATURES, 5, batch_first=True), None, 0

        def forward(self, x):
            out, self.state = self.gru(x, self.state)
            self.calls += 1
            return out

    model = Stateful()
    assert last(model, floats()).how(0, of=0) == "own"
    assert (model.state, model.calls) == (None, 0)


def test_nothing_is_changed():
    model = nn.Sequential(nn.Dropout(0.3), nn.Linear(FEATURES, 5), nn.BatchNorm1d(STEPS)).train()
    inputs, state = floats(), copy.deepcopy(model.state_dict())
    before, draws = inputs.clone(), torch.get_rng_state()
    axis_flow(model, inputs)
    assert torch.equal(torch.get_rng_state(), draws)
    assert torch.equal(inputs, before)
    assert model.training
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())


def test_it_prints_as_a_table_with_the_place_marked():
    text = str(axis_flow(Around(lambda m, x: m["l"](x)[0], l=nn.LSTM(FEATURES, 5)), floats()))
    assert text.splitlines()[0] == "input 0: (4, 7, 6)"
    assert "<- the items of axis 0 are not apart any more" in text
    told = text.partition("\nown: position k depends on item k alone")[2]
    assert "causal: on the items up to k" in told
    assert "block" not in told


@pytest.mark.parametrize(
    ("of", "axes", "message"),
    [
        (3, (0, 1), "axis_flow: there is no input 3; 1 tensor was given"),
        (0, (5,), "axis_flow: none of the axes (5,) of (4, 7, 6) has two items to tell apart"),
    ],
)
def test_what_cannot_be_probed_is_refused_with_the_reason(of, axes, message):
    with pytest.raises(ShapecheckError) as error:
        axis_flow(nn.Linear(FEATURES, 2), floats(), of=of, axes=axes)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("inputs", "said"), [(([1, 2, 3],), "a list"), ((), "nothing"), ((3, None), "a int, a NoneType")]
)
def test_inputs_without_a_tensor_are_refused_before_the_model_runs(inputs, said):
    with pytest.raises(ShapecheckError) as error:
        axis_flow(nn.LSTM(FEATURES, 2), *inputs)
    assert str(error.value) == f"axis_flow: expected a tensor among the inputs of the model, got {said}"


def test_what_is_no_model_is_refused():
    with pytest.raises(TypeError, match=r"axis_flow: expected the model to be an nn\.Module, got function"):
        axis_flow(lambda x: x, floats())


def test_a_model_that_raises_is_explained_in_a_note():
    with pytest.raises(RuntimeError, match="must be equal to input_size") as caught:
        axis_flow(nn.GRU(5, 2, batch_first=True), floats())
    [note] = caught.value.__notes__
    assert "in test_a_model_that_raises" in note
    assert "expected  (N, L, H_in=5)" in note


def test_an_input_without_influence_is_refused():
    with pytest.raises(ShapecheckError) as error:
        axis_flow(Around(lambda m, x, y: x + 1), floats(), floats(), of=1)
    assert str(error.value) == "axis_flow: the output does not hang on input 1"
