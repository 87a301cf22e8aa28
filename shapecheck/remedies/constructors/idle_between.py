"""A layer that a model makes and nobody calls, which leads from the one to the other of two tensors that do not fit."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Value
from shapecheck.reading.failing import SAME_SHAPE_LOSSES, Shape, failed
from shapecheck.reading.mismatches import both_ways, sizes_of
from shapecheck.reading.sources import names_in, user_sources, walk

_COST = 0.02
_EITHER = "another layer that nobody calls leads the other way"
_SUMS = ("add", "add_", "sub", "sub_", "mul")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``student.adapt(features)`` beside features of the teacher, which are as wide as what that layer gives."""
    operands = both_ways(failed(evidence, *SAME_SHAPE_LOSSES, *_SUMS))
    ways = [list(_through(evidence, item, other)) for item, other in operands if item.span is not None]
    doubt = _EITHER if len(ways) == 2 and all(ways) else ""
    return [replace(each, doubt=doubt) for way in ways for each in way]


def _through(evidence: Evidence, item: Argument, other: Argument) -> Iterator[Candidate]:
    (sizes, wanted) = (sizes_of(item), sizes_of(other))
    apart = [axis for axis, (left, right) in enumerate(zip(sizes, wanted, strict=False)) if left != right]
    if len(sizes) != len(wanted) or len(apart) != 1 or item.span is None:
        return
    layers = [
        name
        for name, held in evidence.held.items()
        if held.kind == "module" and "." in name and _leads(held, apart[0], sizes, wanted) and _is_idle(evidence, name)
    ]
    if len(layers) == 1:
        text = f"{layers[0]}({item.span.text})"
        yield Candidate(text, (Change(item.span, text),), (Step("stand_in", item.role, wanted),), _COST)


def _leads(layer: Value, axis: int, sizes: Shape, wanted: Shape) -> bool:
    """Whether a layer makes what is so wide along this axis of the other, and leaves all else as it is."""
    config = layer.config
    if layer.type == "Linear":
        widths, place = (config.get("in_features"), config.get("out_features")), len(sizes) - 1
    elif layer.type in ("Conv1d", "Conv2d", "Conv3d"):
        widths, place = (config.get("in_channels"), config.get("out_channels")), 1
        is_one = all(set(_numbers(config.get(name))) <= {1} for name in ("kernel_size", "stride"))
        if not is_one or len(sizes) != int(layer.type[4]) + 2:
            return False
    else:
        return False
    return axis == place and widths == (sizes[axis], wanted[axis])


def _numbers(setting: object) -> tuple[object, ...]:
    return setting if isinstance(setting, tuple) else (setting,)


def _is_idle(evidence: Evidence, name: str) -> bool:
    """Whether nobody reads the attribute, and nobody asks for all layers at once."""
    leaf = name.rpartition(".")[2]
    for source in user_sources(evidence):
        for node in walk(source.tree):
            read = node.attr if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) else ""
            if read in (leaf, "children", "modules", "named_children") or names_in(node) == {"getattr"}:
                return False
    return True
