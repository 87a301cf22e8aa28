"""The width of a layer where the call that it comes from wrote it: ``Block(14, 8)`` for the ``conv(c, 8)`` in Block."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.edits import bracketed
from shapecheck.reading.failing import failed, kind, number, shape
from shapecheck.reading.layers.layer_arguments import TAKEN
from shapecheck.reading.layers.proportions import doubt_of_proportion
from shapecheck.reading.mismatches import without_axis
from shapecheck.reading.sizes.names_of_size import names_of_size
from shapecheck.reading.sizes.written_settings import class_numbers
from shapecheck.reading.sources import function_around, names_in, node_at, parents, source_of, walk
from shapecheck.remedies.widths.summed_widths import summed

_COST = 0.03
# Another name may be of this size by chance.
_OF_NAME = 0.45
# A number that is written may be right, and what came wrong.
_OF_NUMBER = 0.65
_TURNED = "another axis of what came is so long, and may hold what the layer reads"
_TAKEN = "another layer takes the width that is written there"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Another width in the call farthest out that handed it on to the layer."""
    operation = failed(evidence, *TAKEN)
    sizes = shape(operation, "input")
    if operation is None or sizes is None or len(sizes) < 2:
        return []
    name, _, axis = TAKEN[kind(operation)]
    places = evidence.told.get(name, ())
    have, came = number(operation, name), sizes[axis]
    if len(places) < 2 or have == came or have < 1:
        return []
    is_taken = _is_taken_elsewhere(evidence, operation, axis, have)
    others = (spans for other, spans in evidence.told.items() if other != name)
    doubt = _TAKEN if is_taken or any(places[-1] in spans for spans in others) else ""
    if have > 1 and have in without_axis(sizes, axis):
        doubt = doubt or _TURNED
    trial = (Step("configure", "", (name, came)),)
    found = [way for place in reversed(places[1:]) for way in _ways(evidence, name, place, have, came)]
    if all(map(_is_read_once, places[:-1])):
        found += summed(evidence, operation, name, places[-1], have, came, trial, cost=_COST)
    if places[-1].text == str(have):
        change = Change(places[-1], str(came))
        doubt = doubt or doubt_of_proportion(change)
        found.append(Candidate(f"{have} -> {came}", (change,), trial, _OF_NUMBER, doubt))
    return found


def _ways(evidence: Evidence, name: str, place: Span, have: int, came: int) -> Iterator[Candidate]:
    """A product or another name at one place on the way."""
    trial, node = (Step("configure", "", (name, came)),), node_at(place)
    if isinstance(node, ast.Name | ast.Attribute):
        ways = [(text, _COST + 0.02) for text in _times_of_class(place, have, came)]
        own = names_in(next(parents(node), None))
        ways += [(text, _OF_NAME) for text in names_of_size(evidence, place, came) if text not in own]
        for text, cost in ways:
            yield Candidate(f"{place.text} -> {text}", (Change(place, text),), trial, cost)


def _is_read_once(place: Span) -> bool:
    """Whether a name goes into this layer alone: what else is made with it would be changed along."""
    node = node_at(place)
    reads = [each for each in walk(function_around(node)) if isinstance(each, ast.Name)]
    own = [each for each in reads if isinstance(each.ctx, ast.Load) and ast.unparse(each) == place.text]
    return len(own) == 1 or not isinstance(node, ast.Name)


def _times_of_class(place: Span, have: int, came: int) -> Iterator[str]:
    """A name times what the blocks of a class have more than they are told: ``planes * Block.expansion``."""
    source = source_of(place.file)
    classes = source.classes if source is not None else []
    found = [
        f"{owner.name}.{name}"
        for owner in classes
        for name, factor in class_numbers(owner)
        if factor > 1 and factor * have == came
    ]
    if len(found) == 1:
        yield f"{bracketed(place.text)} * {found[0]}"


def _is_taken_elsewhere(evidence: Evidence, operation: Operation, axis: int, have: int) -> bool:
    """Whether a layer beside the one that failed went well with what is written."""
    prefix = operation.module.rpartition(".")[0]
    for entry in evidence.trace or ():
        call = entry.call
        is_beside = bool(prefix) and call.module.startswith(f"{prefix}.") and call.module != operation.module
        sizes = [each.shape[axis] for each in call.inputs if len(each.shape) > abs(axis)]
        if is_beside and call.status != "raised" and have in sizes[:1]:
            return True
    return False
