"""Hypothesis strategies for shapes, layers, losses and whole batches.

>>> from hypothesis import given, settings
>>> from torch import nn
>>> from shapecheck.strategies import rnn_inputs
>>> @settings(deadline=None)
... @given(rnn_inputs(kinds=[nn.GRU]))
... def check_that_the_state_is_never_batch_first(example):
...     output, h_n = example.call()
...     assert h_n.shape[0] == example.layer.num_layers * (2 if example.layer.bidirectional else 1)
>>> check_that_the_state_is_never_batch_first()

Sizes are pairwise different and at least 2 unless ``coincidences`` are asked for, and every tensor's values come from a
seed that is part of the example, so that a failure replays. Every ``invalid_...`` strategy breaks exactly one thing and
says which.
"""

from __future__ import annotations

from shapecheck.strategies.layers import (
    LayerExample,
    invalid_linear_inputs,
    invalid_lstm_inputs,
    invalid_rnn_inputs,
    linear_inputs,
    lstm_inputs,
    rnn_inputs,
    rnn_modules,
)
from shapecheck.strategies.losses import (
    LossExample,
    cross_entropy_inputs,
    invalid_cross_entropy_inputs,
    invalid_loss_inputs,
    loss_inputs,
)
from shapecheck.strategies.nouns import call_records, tensor_records, traces
from shapecheck.strategies.protocols import Batch, batches, invalid_batches
from shapecheck.strategies.sizes import bindings, sizes, specs
from shapecheck.strategies.tensors import floats, integers

__all__ = [
    "Batch",
    "LayerExample",
    "LossExample",
    "batches",
    "bindings",
    "call_records",
    "cross_entropy_inputs",
    "floats",
    "integers",
    "invalid_batches",
    "invalid_cross_entropy_inputs",
    "invalid_linear_inputs",
    "invalid_loss_inputs",
    "invalid_lstm_inputs",
    "invalid_rnn_inputs",
    "linear_inputs",
    "loss_inputs",
    "lstm_inputs",
    "rnn_inputs",
    "rnn_modules",
    "sizes",
    "specs",
    "tensor_records",
    "traces",
]
