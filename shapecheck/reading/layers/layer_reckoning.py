"""Works out what a method of the script comes to that asks layers for their kernels and strides, without running it."""

from __future__ import annotations

import ast
from typing import Any

from shapecheck.reading.reckoning import Names, Reckoner
from shapecheck.reading.sources import Source, is_named, last_name

_CONVOLUTION = ("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation")
_POOLING = ("kernel_size", "stride", "padding")
# How many axes each of them goes along.
_CONVOLUTIONS = {"Conv1d": 1, "Conv2d": 2, "Conv3d": 3}
_POOLINGS = ("MaxPool1d", "MaxPool2d", "AvgPool1d", "AvgPool2d")
_LISTS = ("ModuleList", "Sequential")


class Layer(dict[str, Any]):
    """The settings of a layer, by the names of its attributes."""


class LayerReckoner(Reckoner):
    """A reckoner that knows what a convolution and a pooling were made with."""

    def _value(self, source: Source, node: ast.expr, names: Names, depth: int) -> Any:
        if isinstance(node, ast.Attribute) and not (is_named(node.value, "self")):
            held = self.known(source, node.value, names, depth)
            if isinstance(held, Layer):
                return held[node.attr]
        return super()._value(source, node, names, depth)

    def _call(self, source: Source, node: ast.Call, names: Names, depth: int) -> Any:
        name = last_name(node.func)
        if name in _LISTS:
            # One list of layers, or the layers themselves.
            given = [self.value(source, each, names, depth) for each in node.args]
            return given[0] if len(given) == 1 and isinstance(given[0], list) else given
        if name not in (*_CONVOLUTIONS, *_POOLINGS):
            return super()._call(source, node, names, depth)
        order = _CONVOLUTION if name in _CONVOLUTIONS else _POOLING
        told: Names = {"stride": 1, "padding": 0, "dilation": 1} if name in _CONVOLUTIONS else {"padding": 0}
        told |= {key: self.value(source, each, names, depth) for key, each in zip(order, node.args, strict=False)}
        told |= {str(each.arg): self.value(source, each.value, names, depth) for each in node.keywords}
        if name in _POOLINGS:
            return Layer({"stride": told["kernel_size"], **told})
        axes = _CONVOLUTIONS[name]
        for key in ("kernel_size", "stride", "padding", "dilation"):
            told[key] = told[key] if isinstance(told[key], list) else [told[key]] * axes
        return Layer(told)
