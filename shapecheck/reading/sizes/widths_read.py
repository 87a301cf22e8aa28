"""The width of a layer, said as the one that reads its output is told it: `GRU(n, 2 * h)` before `Linear(2 * h, 5)`."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Set

from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.assignments import first_name_given
from shapecheck.reading.failing import RECURRENT, maker
from shapecheck.reading.layers.layer_arguments import TAKEN, told_for
from shapecheck.reading.sources import Source, found_at, function_around, items_of, last_name, walk

_SAME_WIDTH = ("Dropout", "LayerNorm", "ReLU", "Tanh", "GELU", "relu", "tanh", "dropout", "contiguous", "squeeze")


def width_of_reader(evidence: Evidence, operation: Operation, size: int) -> str:
    """How the layer that takes the output of a recurrent layer is told this width; or nothing.

    Args:
        evidence: The problem.
        operation: The call of the recurrent layer.
        size: The width that its state has.
    """
    origin = maker(evidence, operation)
    source, call = found_at(operation.span)
    home = function_around(call)
    if origin is None or source is None or call is None or home is None or origin.span.file != source.file:
        return ""
    layers = _made(source, origin.span)
    texts = set()
    for reader in _readers(home, call, layers):
        layer = layers.get(reader)
        kind = last_name(layer.func) if layer is not None else ""
        is_known = layer is not None and kind in ("Linear", *RECURRENT)
        given = told_for(source.span(layer), TAKEN[kind].name) if layer is not None and is_known else None
        if given is None or worked_out(evidence, given) != size:
            return ""
        texts.add(given.text)
    return texts.pop() if len(texts) == 1 else ""


def _made(source: Source, place: Span) -> dict[str, ast.Call]:
    """The layers that are made in the same function: ``self.out`` -> its constructor's call."""
    at = source.node_at(place)
    home = function_around(at)
    return {
        ast.unparse(target): node.value
        for node in walk(home)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        for target in node.targets
    }


def _readers(home: ast.FunctionDef, call: ast.AST, layers: Mapping[str, ast.Call]) -> Iterator[str]:
    """The layers of the same model that are given the output of a call, or a part of it, as it is."""
    keep = {name for name, layer in layers.items() if last_name(layer.func) in _SAME_WIDTH}
    name = first_name_given(call)
    for node in walk(home) if name else ():
        if not isinstance(node, ast.Call) or not node.args or node is call:
            continue
        reader = ast.unparse(node.func)
        if reader.startswith("self.") and reader not in keep and _is_of(node.args[0], name, keep):
            yield reader


def _is_of(node: ast.expr, name: str, keep: Set[str]) -> bool:
    """Whether an expression is a name, its steps, or what keeps its width."""
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Subscript):
            parts = items_of(node.slice)
            if len(parts) > 2:
                return False
            node = node.value
        elif isinstance(node, ast.Call) and (last_name(node.func) in _SAME_WIDTH or ast.unparse(node.func) in keep):
            inner = node.func.value if isinstance(node.func, ast.Attribute) and not node.args else None
            node = node.args[0] if node.args else inner or ast.Constant(0)
        else:
            return False
    return node.id == name
