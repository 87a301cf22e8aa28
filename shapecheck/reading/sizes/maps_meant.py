"""Whether maps of a size that is written would come of the layers in front, were one of them made otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from shapecheck.evidence import Evidence
from shapecheck.records import CallRecord

_OF_MAPS = 4


class _Layer(NamedTuple):
    """What a layer does to the side of a map."""

    kernel: int
    stride: int
    padding: int
    is_pool: bool

    def side(self, side: int) -> int:
        return (side + 2 * self.padding - self.kernel) // self.stride + 1


_POOL = _Layer(2, 2, 0, True)


def may_be_meant(evidence: Evidence, written: int, arrived: int) -> bool:
    """Whether a side as it is written would arrive with one padding, pool or stride more, or less.

    Args:
        evidence: The problem.
        written: The side of the maps that is written.
        arrived: The side that arrived.

    Returns:
        True also where the layers in front are not known, or do not come to what arrived.
    """
    first, layers = _layers(evidence)
    if not layers or _run(layers, first) != arrived:
        return True
    return any(_run(others, first) == written for others in _others(layers))


def _layers(evidence: Evidence) -> tuple[int, list[_Layer]]:
    """The first side, and what was done to it: by layers, and between them by what is no layer."""
    calls = [each.call for each in evidence.trace or () if each.call.status == "returned"]
    first, side, layers = 0, 0, list[_Layer]()
    for call in calls:
        layer = _layer(call)
        if layer is None or len(call.inputs[0].shape) != _OF_MAPS or not call.outputs:
            continue
        came = call.inputs[0].shape[-1]
        first = first or came
        layers += [_between(side, came)] if 0 < came < side else []
        layers.append(layer)
        side = call.outputs[0].shape[-1]
    last = [each for call in calls for each in call.outputs[:1] if len(each.shape) == _OF_MAPS]
    if last and 0 < last[-1].shape[-1] < side:
        layers.append(_between(side, last[-1].shape[-1]))
    return first, layers


def _layer(call: CallRecord) -> _Layer | None:
    """What is known of a layer by its printed settings; None for what leaves the side of a map as it is."""
    is_pool = call.type in ("MaxPool2d", "AvgPool2d")
    if not (is_pool or call.type == "Conv2d") or not call.inputs:
        return None
    told = {name: int(size) for name, size in re.findall(r"(kernel_size|stride|padding)=\(?(\d+)", call.config)}
    kernel = told.get("kernel_size", 1)
    return _Layer(kernel, told.get("stride", kernel if is_pool else 1), told.get("padding", 0), is_pool)


def _between(side: int, came: int) -> _Layer:
    factor = max(side // came, 1)
    return _Layer(factor, factor, 0, True)


def _others(layers: list[_Layer]) -> Iterator[list[_Layer]]:
    """The same layers with one of them made otherwise, and with all paddings as convolutions have them."""
    padded = [each if each.is_pool else each._replace(padding=each.kernel // 2) for each in layers]
    yield padded
    yield [each if each.is_pool else each._replace(padding=0) for each in layers]
    for at, layer in enumerate(layers):
        yield [*layers[:at], padded[at], *layers[at + 1 :]]
        yield [*layers[:at], layer._replace(padding=0), *layers[at + 1 :]]
        yield [*layers[: at + 1], _POOL, *layers[at + 1 :]]
        if layer.is_pool:
            yield [*layers[:at], *layers[at + 1 :]]
            yield [*padded[:at], *padded[at + 1 :]]
            continue
        for stride in (1, 2):
            yield [*layers[:at], layer._replace(stride=stride), *layers[at + 1 :]]


def _run(layers: Iterable[_Layer], side: int) -> int:
    for each in layers:
        side = each.side(side)
    return side
