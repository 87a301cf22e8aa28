"""The width of a layer that reads several tensors joined: the sum of the parameters that are as wide as these."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import expression
from shapecheck.reading.failing import RECURRENT, failed, features_taken, kind, maker
from shapecheck.reading.joined.joins import joins
from shapecheck.reading.layers.layer_arguments import READ_LAST, told_for
from shapecheck.reading.layers.layer_input import input_of
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import Source, found_at, function_at, is_named, parameters, walk

_COST = 0.1


def candidates(evidence: Evidence) -> list[Candidate]:
    """``nn.GRU(embedding + hidden, hidden)`` for ``nn.GRU(2 * hidden, hidden)``, which reads both side by side."""
    operation = failed(evidence, "Linear", *RECURRENT)
    item = input_of(evidence, operation)
    sizes = sizes_of(item)
    if operation is None or item is None or item.span is None or not sizes or sizes[-1] == features_taken(operation):
        return []
    name = READ_LAST[kind(operation)]
    given = told_for(maker(evidence, operation), name)
    source, _ = found_at(given)
    if given is None or source is None or isinstance(expression(given.text), ast.Constant):
        return []
    named = dict(_named(evidence, source, given))
    for join in joins(evidence, item.span):
        widths = [_width(evidence, each) for each in join.parts]
        known = [each for each in widths if each]
        if len(widths) - len(known) == 1:
            # What is left is that of the one whose size no name holds.
            widths = [each or sizes[-1] - sum(known) for each in widths]
        if len(widths) < 2 or sum(each or 0 for each in widths) != sizes[-1]:
            continue
        fitting = [[name for name, size in named.items() if size == width] for width in widths]
        # So many times what was told already is a product, and no sum.
        is_known = all(each == [given.text] for each in fitting)
        if all(len(each) == 1 for each in fitting) and not is_known:
            text = " + ".join(each[0] for each in fitting)
            steps = (Step("configure", "", (name, sizes[-1])),)
            return [Candidate(f"{given.text} -> {text}", (Change(given, text),), steps, _COST)]
    return []


def _width(evidence: Evidence, part: Span) -> int | None:
    """How many columns a part has, where a name of the failing line holds it."""
    held = evidence.held.get(part.text)
    return held.record.shape[-1] if held is not None and held.record is not None and held.record.shape else None


def _named(evidence: Evidence, source: Source, given: Span) -> Iterator[tuple[str, int]]:
    """The whole numbers that the constructor is given which tells the layer its width."""
    function = function_at(given)
    for name in parameters(function) if function is not None else ():
        read = (each for each in walk(function) if is_named(each, name) and isinstance(each.ctx, ast.Load))
        sizes = {worked_out(evidence, source.span(each)) for each in read}
        size = next(iter(sizes), None)
        if len(sizes) == 1 and type(size) is int:
            yield name, size
