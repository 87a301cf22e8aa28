"""Strategies for recurrent layers and Linear with inputs that fit them, or that break exactly one thing."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor, nn

from shapecheck.strategies import tensors
from shapecheck.strategies.sizes import Coincidence, sizes

Recurrent = nn.RNN | nn.LSTM | nn.GRU
KINDS: tuple[type[Recurrent], ...] = (nn.RNN, nn.LSTM, nn.GRU)


@dataclass(frozen=True, slots=True, eq=False)
class LayerExample:
    """A layer and the arguments of one call of it.

    Args:
        layer: The layer.
        arguments: What its forward is given.
        violation: What is wrong with the arguments; empty if they are right.
    """

    layer: nn.Module
    arguments: tuple[Any, ...]
    violation: str = ""

    def call(self) -> Any:
        """Call the layer."""
        return self.layer(*self.arguments)

    def __repr__(self) -> str:
        given = ", ".join(map(_shown, self.arguments))
        return f"<{self.layer} of {given}{f'; wrong: {self.violation}' if self.violation else ''}>"


@st.composite
def rnn_modules(draw: st.DrawFn, kinds: Collection[type[Recurrent]] = KINDS) -> Recurrent:
    """Recurrent layers of any configuration, small, with weights seeded from the example."""
    kind = draw(st.sampled_from(tuple(kinds)))
    num_features, hidden_size = draw(sizes(2, max_size=6))
    options: dict[str, Any] = {
        "num_layers": draw(st.integers(1, 3)),
        "bias": draw(st.booleans()),
        "batch_first": draw(st.booleans()),
        "bidirectional": draw(st.booleans()),
    }
    # On the CPU a projection makes oneDNN warn at every call; it stays rare and small.
    if kind is nn.LSTM and draw(st.integers(0, 3)) == 3:
        options["proj_size"] = draw(st.integers(1, hidden_size - 1))
    with tensors.seeded(draw(tensors.SEEDS)):
        return kind(num_features, hidden_size, **options)


@st.composite
def rnn_inputs(
    draw: st.DrawFn,
    layer: Recurrent | None = None,
    *,
    kinds: Collection[type[Recurrent]] = KINDS,
    batched: bool | None = None,
    with_state: bool | None = None,
    coincidences: Collection[Coincidence] = (),
) -> LayerExample:
    """A recurrent layer with arguments that fit it.

    Args:
        draw: Given by Hypothesis.
        layer: The layer; any of ``kinds`` if left out.
        kinds: The classes to choose from.
        batched: Whether the input has a batch axis; either if left out.
        with_state: Whether an initial state is given; either if left out.
        coincidences: Sizes to allow beyond pairwise different ones, as in `sizes`; an empty batch, never an empty
            sequence, which torch refuses.
    """
    layer = draw(rnn_modules(kinds)) if layer is None else layer
    rows = layer.num_layers * (2 if layer.bidirectional else 1)
    # Batch and time differ from each other and from the sizes of the layer, so that no swap can hide.
    taken = {layer.input_size, layer.hidden_size, layer.proj_size, rows} if not coincidences else set()
    pair = sizes(2, max_size=12, coincidences=coincidences)
    batch, steps = draw(pair.filter(lambda drawn: drawn[1] > 0 and not taken & set(drawn)))
    is_batched = draw(st.booleans()) if batched is None else batched
    leading = ((batch, steps) if layer.batch_first else (steps, batch)) if is_batched else (steps,)
    dtype = next(layer.parameters()).dtype
    arguments: tuple[Any, ...] = (draw(tensors.floats((*leading, layer.input_size), dtype)),)
    if draw(st.booleans()) if with_state is None else with_state:
        between = (batch,) if is_batched else ()
        h_0 = draw(tensors.floats((rows, *between, layer.proj_size or layer.hidden_size), dtype))
        c_0 = draw(tensors.floats((rows, *between, layer.hidden_size), dtype))
        arguments = (*arguments, (h_0, c_0) if isinstance(layer, nn.LSTM) else h_0)
    return LayerExample(layer, arguments)


def lstm_inputs(layer: nn.LSTM | None = None, **options: Any) -> st.SearchStrategy[LayerExample]:
    """An LSTM with arguments that fit it; the options are those of `rnn_inputs`."""
    return rnn_inputs(layer, kinds=(nn.LSTM,), **options)


@st.composite
def linear_inputs(
    draw: st.DrawFn, layer: nn.Linear | None = None, *, coincidences: Collection[Coincidence] = ()
) -> LayerExample:
    """A Linear with an input that fits it: any number of leading axes, also none."""
    if layer is None:
        in_features, out_features = draw(sizes(2, max_size=6))
        with tensors.seeded(draw(tensors.SEEDS)):
            layer = nn.Linear(in_features, out_features, bias=draw(st.booleans()))
    leading = draw(st.integers(0, 3).flatmap(lambda count: sizes(count, max_size=9, coincidences=coincidences)))
    return LayerExample(layer, (draw(tensors.floats((*leading, layer.in_features), layer.weight.dtype)),))


@st.composite
def invalid_rnn_inputs(
    draw: st.DrawFn, layer: Recurrent | None = None, *, kinds: Collection[type[Recurrent]] = KINDS
) -> LayerExample:
    """A recurrent layer with arguments of which exactly one thing is wrong; the example's ``violation`` names it."""
    example = draw(rnn_inputs(layer, kinds=kinds, batched=True))
    state = ("state layers", "state batch", "state features", "state axis order", "state kind")
    names = ("features", "extra axis", "dtype", *(state if len(example.arguments) > 1 else ()))
    violation = draw(st.sampled_from(names))
    return replace(example, arguments=_broken(example, violation), violation=violation)


def invalid_lstm_inputs(layer: nn.LSTM | None = None) -> st.SearchStrategy[LayerExample]:
    """An LSTM with arguments of which exactly one thing is wrong."""
    return invalid_rnn_inputs(layer, kinds=(nn.LSTM,))


@st.composite
def invalid_linear_inputs(draw: st.DrawFn, layer: nn.Linear | None = None) -> LayerExample:
    """A Linear with an input of the wrong width, or of the wrong dtype."""
    example = draw(linear_inputs(layer))
    violation = draw(st.sampled_from(("features", "dtype")))
    return replace(example, arguments=(_INPUT[violation](example.arguments[0]),), violation=violation)


_INPUT: dict[str, Callable[[Tensor], Tensor]] = {
    "features": lambda x: torch.cat((x, x[..., :1]), dim=-1),
    "extra axis": lambda x: x.unsqueeze(0),
    "dtype": lambda x: x.double() if x.dtype != torch.float64 else x.float(),
}
_STATE: dict[str, Callable[[Tensor], Tensor]] = {
    "state layers": lambda h: torch.cat((h, h[:1])),
    "state batch": lambda h: torch.cat((h, h[:, :1]), dim=1),
    "state features": lambda h: torch.cat((h, h[..., :1]), dim=-1),
    "state axis order": lambda h: h.transpose(0, 1),
}


def _broken(example: LayerExample, violation: str) -> tuple[Any, ...]:
    first, *rest = example.arguments
    if violation in _INPUT:
        return (_INPUT[violation](first), *rest)
    state = rest[0]
    if violation == "state kind":
        # The pair of an LSTM given to a GRU, and the single tensor of a GRU given to an LSTM.
        return (first, state[0] if isinstance(state, tuple) else (state, state))
    if isinstance(state, tuple):
        return (first, (_STATE[violation](state[0]), state[1]))
    return (first, _STATE[violation](state))


def _shown(argument: Any) -> str:
    if isinstance(argument, tuple):
        return f"({', '.join(map(_shown, argument))})"
    return f"{tuple(argument.shape)}"
