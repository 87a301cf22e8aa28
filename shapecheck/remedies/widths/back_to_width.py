"""A row of layers whose output is added to what it was given: its last layer is told the width that the first takes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import call_of, piece
from shapecheck.reading.failing import failed
from shapecheck.reading.layers.layer_arguments import GIVEN_AT_EACH_PLACE, TAKEN, told_for
from shapecheck.reading.mismatches import both_ways, sizes_of, written
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import function_at, is_named, items_of, last_name, parameters, walk

# What is given for the one is known, so that no number of the other is in doubt.
_COST = 0.05
_UNREAD = "what the last layer gives has a name of its own, which nobody would read then"
_ROWS = ("Sequential", "ModuleList")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``nn.Linear(wide, width)`` at the end of ``self.feed``, where ``x + self.feed(x)`` is refused."""
    pairs = both_ways(failed(evidence, "add", "add_"))
    return [each for item, other in pairs for each in _led_back(evidence, item, other)]


def _led_back(evidence: Evidence, item: Argument, other: Argument) -> Iterator[Candidate]:
    sizes, wanted = sizes_of(item), sizes_of(other)
    apart = [at for at, (one, two) in enumerate(zip(sizes, wanted, strict=False)) if one != two]
    if len(sizes) != len(wanted) or len(apart) != 1 or other.span is None:
        return
    for origin in written(evidence, item):
        call = call_of(origin.span)
        given = call.args[0] if call is not None and len(call.args) == 1 else None
        if call is None or given is None or ast.unparse(given) != other.span.text:
            continue
        for made in trace(evidence, piece(origin.span, call.func)):
            layers = list(_layers(made.span))
            ends = _ends(layers, apart[0], len(sizes)) if len(layers) > 1 else None
            if ends is None:
                continue
            takes, gives = ends
            if worked_out(evidence, takes) == wanted[apart[0]] and worked_out(evidence, gives) == sizes[apart[0]]:
                change = Change(gives, takes.text)
                trial = (Step("stand_in", item.role, wanted),)
                doubt = _UNREAD if _is_read_there_alone(gives) else ""
                yield Candidate(f"{gives.text} -> {takes.text}", (change,), trial, _COST, doubt)
            return


def _layers(made: Span) -> Iterator[Span]:
    """The layers of a row in their order, as far as they are written there."""
    call = call_of(made)
    if call is None or last_name(call.func) not in _ROWS:
        return
    for part in call.args:
        for each in items_of(part) if isinstance(part, ast.List | ast.Tuple) else [part]:
            if isinstance(each, ast.Call):
                yield piece(made, each)


def _ends(layers: list[Span], axis: int, count: int) -> tuple[Span, Span] | None:
    """What the first layer that has widths is told to take, and the last one to give, along an axis."""
    kinds = {span: last_name(call.func) for span in layers if (call := call_of(span)) is not None}
    wide = [span for span in layers if kinds.get(span) in TAKEN and kinds.get(span) in GIVEN_AT_EACH_PLACE]
    if len(wide) < 2:
        return None
    first, last = TAKEN[kinds[wide[0]]], GIVEN_AT_EACH_PLACE[kinds[wide[-1]]]
    takes, gives = told_for(wide[0], first.name), told_for(wide[-1], last.name)
    if takes is None or gives is None or {first.axis % count, last.axis % count} != {axis}:
        return None
    return takes, gives


def _is_read_there_alone(place: Span) -> bool:
    """Whether a parameter of the function around is read at this one place."""
    function = function_at(place)
    if function is None or place.text not in parameters(function):
        return False
    read = [each for each in walk(function) if is_named(each, place.text)]
    return len(read) == 1
