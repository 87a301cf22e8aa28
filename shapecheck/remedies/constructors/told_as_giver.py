"""The name by which the layer that gives a width was told it, for the other name by which the one that takes it was."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.assignments import values_given
from shapecheck.reading.definitions import called_as
from shapecheck.reading.failing import failed, kind, maker, number, shape
from shapecheck.reading.layers.layer_arguments import GIVEN, KEPT, TAKEN, told_for
from shapecheck.reading.layers.layer_input import input_of
from shapecheck.reading.layers.layers_told import layers_told, told_to_givers
from shapecheck.reading.origins import given_for
from shapecheck.reading.sources import (
    class_around,
    found_at,
    function_around,
    is_own,
    last_name,
    parameters,
    user_sources,
    walk,
)

_COST, _LATER = 0.52, 0.01
_EITHER = "the layer that gives the width, or the one that takes it, may have been told by the wrong name"
# So many calls at most hand a width on, from where it is written to a layer.
_CALLS = 4


def candidates(evidence: Evidence) -> list[Candidate]:
    """``nn.Linear(self.state_size, n)`` for ``nn.Linear(self.hidden_size, n)`` behind ``nn.GRUCell(n, state_size)``.

    The other way round as well: which of the two was told by the wrong name, the lines behind tell.
    """
    operation = failed(evidence, *TAKEN, *KEPT)
    sizes = shape(operation, "input")
    if operation is None or not sizes:
        return []
    width = TAKEN.get(kind(operation)) or KEPT[kind(operation)]
    shaped = operation.config.get(width.name)
    want = int(shaped[-1]) if isinstance(shaped, tuple) and shaped else number(operation, width.name)
    if not -len(sizes) <= width.axis < len(sizes) or want < 2 or sizes[width.axis] in (want, 1):
        return []
    came = sizes[width.axis]
    taken = list(_handed(told_for(maker(evidence, operation), width.name)))
    trial = (Step("configure", "", (width.name, came)),)
    names: dict[tuple[Span, str], dict[Span, str]] = {}
    item = input_of(evidence, operation)
    told = next((given for _, given in told_to_givers(evidence, item)), None) if item is not None else None
    for given in [told] if told is not None else _given(evidence, came, width.axis):
        for place in taken:
            for other in _handed(given):
                text = _as_read_at(other, place)
                if text:
                    names.setdefault((place, text), {})[other] = _as_read_at(place, other)
    if len(names) != 1:
        # Of several names nobody knows which one was meant.
        return []
    ((place, text), others), *_ = names.items()
    # What would not be read any more was told for the layer that gives the width.
    either = "" if all(map(_is_read_once, others)) else _EITHER
    found = [Candidate(f"{place.text} -> {text}", (Change(place, text),), trial, _COST, unless_read=either)]
    ways = tuple(Change(other, back) for other, back in others.items() if back)
    if len(ways) == len(others):
        found.append(Candidate(f"{ways[0].span.text} -> {ways[0].text}", ways, (), _COST + _LATER, unless_read=_EITHER))
    return found


def _given(evidence: Evidence, size: int, axis: int) -> Iterator[Span]:
    """What the layers of the script were told that give so many numbers along an axis."""
    for source in user_sources(evidence):
        for told in layers_told(evidence, source):
            name = last_name(told.call.func)
            if name in GIVEN and told.given is not None and told.gives == size and GIVEN[name].axis == axis:
                yield told.given


def _handed(given: Span | None) -> Iterator[Span]:
    """Where a width is read by a name: where a layer is told it, and in the only calls that handed it on."""
    for _ in range(_CALLS):
        source, node = found_at(given)
        if source is None or given is None or not isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
            return
        function = function_around(node)
        if isinstance(node, ast.Name) and (function is None or node.id not in parameters(function)):
            # What is worked out on the spot may itself be wrong.
            return
        yield given
        if function is None or not isinstance(node, ast.Name):
            return
        calls = list(source.calls(called_as(function)))
        value = given_for(calls[0], function, node.id) if len(calls) == 1 else None
        given = source.span(value) if value is not None else None


def _is_read_once(span: Span) -> bool:
    """Whether a name is read at this place alone in its function."""
    node = found_at(span)[1]
    if node is None:
        return False
    nodes = (each for each in walk(function_around(node)) if isinstance(each, ast.expr))
    reads = [each for each in nodes if ast.unparse(each) == ast.unparse(node)]
    return sum(isinstance(getattr(each, "ctx", None), ast.Load) for each in reads) == 1


def _as_read_at(span: Span, place: Span) -> str:
    """How a name is read at another place, of the same function or the same class; nothing where it is not."""
    source, node = found_at(span)
    _, there = found_at(place)
    if source is None or span.file != place.file or node is None or there is None or span.text == place.text:
        return ""
    home, other = function_around(node), function_around(there)
    if home is other and home is not None:
        return span.text
    owner = class_around(node)
    if owner is None or owner is not class_around(there) or function_around(there) is None:
        return ""
    kept = dict(_kept(owner))
    if is_own(node):
        # In the constructor it need not be kept yet.
        return next((name for name, own in kept.items() if own == span.text), "") if _makes(other) else span.text
    return kept.get(span.text, "") if _makes(home) else ""


def _makes(function: ast.FunctionDef | None) -> bool:
    return function is not None and function.name == "__init__"


def _kept(owner: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """The parameters of a class's constructor that it keeps as they are, each with the attribute."""
    home = next((each for each in owner.body if isinstance(each, ast.FunctionDef) and _makes(each)), None)
    names = parameters(home) if home is not None else []
    for target, value in (pair for line in walk(home) for pair in values_given(line)):
        if is_own(target) and isinstance(value, ast.Name) and value.id in names:
            yield value.id, ast.unparse(target)
