"""The width that is handed from layer to layer, times what a layer multiplies it by: ``width = hidden * heads``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Operation
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.calls import all_given
from shapecheck.reading.edits import bracketed
from shapecheck.reading.failing import failed, kind, number, shape
from shapecheck.reading.layers.layer_arguments import TAKEN
from shapecheck.reading.sources import Source, function_around, loop_around, names_in, node_at, source_of, walk

_SEVERAL = "the layer is told several numbers that the width may be multiplied by"


def candidates(evidence: Evidence) -> list[Candidate]:
    """A factor for the width that a loop, or a function, goes on with, where what comes is so many times wider."""
    operation = failed(evidence, "Linear", "Conv1d", "Conv2d")
    sizes = shape(operation, "input")
    return list(_of_loop(evidence, operation, sizes)) if operation is not None and sizes else []


def _of_loop(evidence: Evidence, operation: Operation, sizes: tuple[int, ...]) -> Iterator[Candidate]:
    name, _, axis = TAKEN[kind(operation)]
    have, want = number(operation, name), sizes[axis] if len(sizes) > max(axis, 0) else 0
    if have < 2 or want <= have or want % have:
        return
    for origin in evidence.origins.get(f"{operation.callee}.{name}", ()):
        node, source = node_at(origin.span), source_of(origin.span.file)
        call = getattr(node, "parent", None)
        call = getattr(call, "parent", None) if isinstance(call, ast.keyword) else call
        loop = loop_around(call) or _function(call, node)
        if source is None or loop is None or not isinstance(node, ast.Name) or not isinstance(call, ast.Call):
            continue
        for value in _handed_on(loop, node.id):
            factors = [
                each for each in _told(evidence, source, call, want // have) if each not in {node.id, *names_in(value)}
            ]
            if factors and worked_out(evidence, source.span(value)) == have:
                place = source.span(value)
                text = f"{bracketed(place.text)} * {factors[0]}"
                yield Candidate(text, (Change(place, text),), (), 0.05, _SEVERAL if len(factors) > 1 else "")
        return


def _function(call: ast.AST | None, name: ast.expr | None) -> ast.FunctionDef | None:
    """The function around a call that gives a name its only value, where several layers are told that name."""
    function = function_around(call)
    names = [
        each for each in walk(function) if isinstance(each, ast.Name) and each.id == ast.unparse(name or ast.Pass())
    ]
    stored = [each for each in names if isinstance(each.ctx, ast.Store)]
    return function if len(stored) == 1 and len(names) > 2 else None


def _handed_on(loop: ast.For | ast.FunctionDef, name: str) -> Iterator[ast.expr]:
    """What the rounds of a loop give a name for the next one, or a function for the layers behind."""
    for node in walk(loop):
        if isinstance(node, ast.Assign) and [ast.unparse(each) for each in node.targets] == [name]:
            yield node.value


def _told(evidence: Evidence, source: Source, call: ast.Call, factor: int) -> Iterator[str]:
    """The names that a call gives for other parameters and that are this number."""
    for each in all_given(call):
        if isinstance(each, ast.Name) and worked_out(evidence, source.span(each)) == factor:
            yield each.id
