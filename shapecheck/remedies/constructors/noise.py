"""Numbers that are drawn for a layer by the sizes of other data, in another width than it was made for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.applied import given_as
from shapecheck.reading.assignments import own_names
from shapecheck.reading.edits import expression
from shapecheck.reading.failing import maker, number
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.sizes.written_sizes import written_sizes
from shapecheck.reading.sources import found_at, function_around, last_name, names_in, parameters
from shapecheck.reading.where_made import made_or_written

_DRAWS = re.compile(r"\brandn?\(")
_ASKED = re.compile(r"\.size\(|\.shape\[|\blen\(")


def drawn_as_wide(
    evidence: Evidence, operation: Operation, item: Argument, name: str, *, cost: float
) -> Iterator[Candidate]:
    """Noise as wide as the layer takes it, said as the layer was told where that can be read there.

    Args:
        evidence: The problem.
        operation: The layer.
        item: What it was given.
        name: The layer's argument: ``"input_size"``.
        cost: What it costs.
    """
    record, want = item.value.record, number(operation, name)
    origins = (*made_or_written(evidence, item), *trace(evidence, item.span, parts=True))
    for origin in origins if record is not None and want else ():
        sizes = written_sizes(origin.span, evidence) if _DRAWS.search(origin.span.text) else None
        if sizes is None or record is None or len(sizes) != len(record.shape):
            continue
        if not evidence.earlier and not _ASKED.search(origin.span.text):
            # What takes no size of any data may be the data themselves, until the layer has read other data.
            continue
        text = _told(evidence, operation, name, sizes[-1]) or str(want)
        step = Step("stand_in", item.role, (*record.shape[:-1], want))
        is_asked = _ASKED.search(sizes[-1].text) is not None
        change = Change(sizes[-1], text)
        yield Candidate(f"{sizes[-1].text} -> {text}", (change,), (step,), cost + (0.0 if is_asked else 0.25))
        return


def _told(evidence: Evidence, operation: Operation, name: str, place: Span) -> str:
    """How the layer's class was told its width, in a text that means the same at a place; else nothing."""
    origin = maker(evidence, operation)
    if origin is None:
        return ""
    given = told_for(origin, name)
    for span in spans_of(evidence, given, parts=True):
        node = expression(span.text)
        if not isinstance(node, ast.Name | ast.Attribute | ast.Subscript) or span.file != place.file:
            continue
        names = names_in(node)
        if all(_means(span, name) == _means(place, name) for name in names):
            return span.text
    return ""


def _means(place: Span, name: str) -> str:
    """Whose a name is at a place: the file's, a function's, or that of a caller which hands it on by the same name."""
    source, node = found_at(place)
    function = function_around(node)
    if source is None or function is None or name not in own_names(function):
        return "global"
    if name not in parameters(function):
        return function.name
    places = [each.arg for each in function.args.args if each.arg not in ("self", "cls")]
    at = places.index(name) if name in places else -1
    for call in source.calls(function.name):
        if function_around(call) is function:
            # The same method of a class above it.
            continue
        given = given_as(call, name, at)
        if isinstance(given, ast.Name) and last_name(given) == name:
            return _means(source.span(given), name)
    return f"{function.name}()"
