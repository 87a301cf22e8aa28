"""A module that reads channels second, called with what has them last: turned in front of the call, and back behind."""

from __future__ import annotations

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.assignments import stored_in
from shapecheck.reading.edits import bracketed, call_of, piece
from shapecheck.reading.failing import failed, kind, number, operand
from shapecheck.reading.layers.layer_arguments import KEPT, TAKEN
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import function_at

CAUSE = "channels_not_second"
_COST = 0.12
_BACK = "what comes out may be wanted as it went in, or turned"
_LAYERS = ("Conv1d", "BatchNorm1d", "InstanceNorm1d")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``net(x.transpose(1, 2)).transpose(1, 2)``, where a layer of the module was given what the module was."""
    operation = failed(evidence, *_LAYERS)
    item = operand(operation, "input")
    sizes = sizes_of(item)
    frames = [each for each in evidence.frames if each.is_user]
    if operation is None or item is None or len(sizes) != 3 or len(frames) < 2:
        return []
    name = {**TAKEN, **KEPT}[kind(operation)].name
    if number(operation, name) != sizes[2] or sizes[1] == sizes[2]:
        return []
    place = frames[-2].span
    call = call_of(place)
    given = piece(place, call.args[0]) if call is not None and len(call.args) == 1 and not call.keywords else None
    if call is None or given is None or not _is_what_was_given(item.span):
        return []
    turned = f"{piece(place, call.func).text}({bracketed(given.text)}.transpose(1, 2))"
    return [_told(place, text) for text in (f"{turned}.transpose(1, 2)", turned)]


def _is_what_was_given(place: Span | None) -> bool:
    """Whether a layer reads what the function around it was given alone, as it is."""
    function = function_at(place) if place is not None else None
    names = [each.arg for each in function.args.args[1:]] if function is not None else []
    return (
        place is not None and function is not None and names == [place.text] and place.text not in stored_in(function)
    )


def _told(place: Span, text: str) -> Candidate:
    trial = (Step("transpose", "input", (1, 2)),)
    return Candidate(text, (Change(place, text),), trial, _COST, unless_read=_BACK)
