"""Follows an operand that failed to the argument by which it came into the model."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from shapecheck.evidence import Argument, Evidence, Frame, Origin, Span, Value
from shapecheck.reading.edits import call_of, piece
from shapecheck.reading.only_handed_on import is_left_by_round
from shapecheck.reading.sources import last_name
from shapecheck.records import TensorRecord


@dataclass(frozen=True, slots=True)
class Entry:
    """What a model was called with.

    Args:
        place: Where it stands in the call.
        model: What was called.
        frames: The user's frames, outermost first, down to the one that calls.
        record: What it was.
        history: How it came there.
    """

    place: Span
    model: Value
    frames: tuple[Frame, ...]
    record: TensorRecord
    history: tuple[Origin, ...]


def entry_of(evidence: Evidence, item: Argument) -> Entry | None:
    """The argument of the outermost module that an operand was made of; None if it was made of none, or inside."""
    history, called = evidence.origins.get(item.expression, ()), _model_call(evidence)
    if called is None or is_left_by_round(evidence, item):
        # What a loop began with has gone well in its first round.
        return None
    for place in called.places:
        step = next((step for step, each in enumerate(history) if each.span == place), None)
        held = called.inside.names.get(history[step].expression) if step is not None else None
        if held is not None and held.record is not None:
            return Entry(place, called.model, called.frames, held.record, history[step:])
    return None


def only_entry_of_dtype(evidence: Evidence, dtype: str) -> Entry | None:
    """The one argument of the outermost module that has a dtype, where a name holds it; None if there are more."""
    called, found = _model_call(evidence), []
    if called is None:
        return None
    for place in called.places:
        held = called.frames[-1].names.get(place.text)
        if held is not None and held.record is not None and held.record.dtype == dtype:
            found.append(Entry(place, called.model, called.frames, held.record, evidence.chains.get(place, ())))
    return found[0] if len(found) == 1 else None


def first_entry(evidence: Evidence) -> Entry | None:
    """The first argument of the outermost module, whatever became of it inside; its shape is that of the trace."""
    begun = [entry.call for entry in evidence.trace or () if entry.call.status == "raised" and not entry.call.module]
    record = next((each for call in begun for each in call.inputs[:1]), None)
    for at, frame in enumerate(evidence.user_frames if record is not None else ()):
        call = call_of(frame.span)
        model = frame.names.get(piece(frame.span, call.func).text) if call is not None else None
        if call is not None and record is not None and model is not None and model.kind == "module":
            places = [piece(frame.span, each) for each in call.args[:1] if not isinstance(each, ast.Starred)]
            frames = evidence.user_frames[: at + 1]
            return Entry(places[0], model, frames, record, evidence.chains.get(places[0], ())) if places else None
    return None


@dataclass(frozen=True, slots=True)
class _Call:
    model: Value
    frames: tuple[Frame, ...]
    inside: Frame
    places: tuple[Span, ...]


def _model_call(evidence: Evidence) -> _Call | None:
    user = [frame for frame in evidence.frames if frame.is_user]
    for at, frame in enumerate(user[:-1]):
        call = call_of(frame.span)
        model = frame.names.get(piece(frame.span, call.func).text) if call is not None else None
        if call is not None and isinstance(call.func, ast.Call) and user[at + 1].function == "forward":
            # It is called where it is made, and has run never before.
            model = Value("module", last_name(call.func.func))
        if call is not None and model is not None and model.kind == "module":
            given = (*call.args, *(each.value for each in call.keywords))
            return _Call(model, tuple(user[: at + 1]), user[at + 1], tuple(piece(frame.span, each) for each in given))
    return None
