"""One sample without its axis of samples, which a layer takes and what comes behind it does not."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Frame, Span
from shapecheck.reading.edits import as_whole, expression, suffixed, whole_number
from shapecheck.reading.entries import entry_of, first_entry
from shapecheck.reading.failing import RECURRENT, STATES, failed, operand, shape
from shapecheck.reading.origins import trace
from shapecheck.reading.samples.drawn_tokens import BRANCHES, are_drawn_at_once
from shapecheck.reading.samples.first_axes import first_axis_readings
from shapecheck.reading.samples.given_samples import given_sample
from shapecheck.reading.samples.single_samples import axes_of_sample
from shapecheck.reading.sources import found_at, function_around, last_name, node_at, parents, statement_of
from shapecheck.reading.steps.layouts import batch_stands_first

CAUSE = "missing_batch_axis"
ROWS = "the rows may be samples, each of which has one step"
_OTHER_AXIS = "a layer here has its steps in front, and the samples behind them"
_AS_MANY = "there were as many samples as steps before, so which of them the rows are is not known"
_READ_BOTH = "what comes out is read with an axis of samples, and without it"


def candidates(evidence: Evidence) -> list[Candidate]:
    """An axis of one sample where the model was called, if a norm, the last layer or an index tells that it lacks.

    Where one sample was taken of several and goes on under a name, what comes behind may count on the axis as well.
    """
    axes = axes_of_sample(evidence)
    place = _entry(evidence, axes + 1) if axes else None
    found = list(_of_forward(evidence)) if place is None else _at_entry(evidence, place, axes)
    return [*found, *(way for each in found for way in _where_taken(evidence, each))]


def _where_taken(evidence: Evidence, found: Candidate) -> Iterator[Candidate]:
    """The same axis where the one sample was taken: ``sample = data[0].unsqueeze(0)``."""
    (change,) = found.changes
    for origin in trace(evidence, change.span)[:1] if change.span.text.isidentifier() else ():
        node = expression(origin.span.text)
        if isinstance(node, ast.Subscript) and whole_number(node.slice) is not None:
            text = change.text.removeprefix(change.span.text)
            whole = suffixed(origin.span, text)
            yield Candidate(whole.text, (whole,), (), found.cost + 0.02, found.doubt, found.unless_read)


def _at_entry(evidence: Evidence, place: Span, axes: int) -> list[Candidate]:
    """The axis in front; where rows may be samples of one step each, behind them too, and what follows decides."""
    change = suffixed(place, ".unsqueeze(0)")
    if axes != 1 or _is_called_elsewhere(place):
        return [Candidate(change.text, (change,), (), 0.04)]
    if failed(evidence, "__getitem__"):
        return [Candidate(change.text, (change,), (), 0.04, ROWS)]
    ways = (change, suffixed(place, ".unsqueeze(1)"))
    return [Candidate(each.text, (each,), (), 0.04 + 0.01 * at, unless_read=ROWS) for at, each in enumerate(ways)]


def _of_forward(evidence: Evidence) -> Iterator[Candidate]:
    """The same where forward itself counts on the axis; what was read without it loses it again."""
    given = given_sample(evidence)
    if (
        given is not None
        and failed(evidence, *RECURRENT)
        and (axis := _axis_by_state(evidence, given.place)) is not None
    ):
        change = suffixed(_in_caller(evidence, given.place, given.frame), f".unsqueeze({axis})")
        doubt = BRANCHES if are_drawn_at_once(evidence, given.place) and not _is_step_of_each(evidence) else ""
        yield Candidate(change.text, (change,), (), 0.04, _AS_MANY if _were_as_many(evidence) else doubt)
        return
    if given is None or (not given.is_sample and failed(evidence, *RECURRENT)):
        # Of a layer that refused it itself more is known than that.
        return
    doubt = "" if given.is_sample else ROWS
    if batch_stands_first(evidence) is False:
        doubt = doubt or _OTHER_AXIS
    place = _in_caller(evidence, given.place, given.frame)
    change = suffixed(place, ".unsqueeze(0)")
    if place is given.place:
        readings = first_axis_readings(given.frame.span)
        if readings == {"other"} and not _is_taken_apart(given.frame.span):
            whole = as_whole(given.frame.span, change)
            change = Change(whole.span, f"{whole.text}.squeeze(0)")
        elif "other" in readings:
            doubt = doubt or _READ_BOTH
    yield Candidate(change.text, (change,), (), 0.3 if doubt else 0.04, doubt)


def _axis_by_state(evidence: Evidence, place: Span) -> int | None:
    """The axis that is missing where a recurrent layer has run with all of them before, by the batch of its state.

    So many rows as the state has sequences are one step of each; the rows of a single one are its steps.
    """
    operation = failed(evidence, *RECURRENT)
    sizes = shape(operation, "input")
    item = operand(operation, *STATES)
    # A state that forward makes by the size of what it was given says nothing of its own.
    entry = entry_of(evidence, item) if item is not None else None
    is_given = entry is not None and entry.place != place
    state = shape(operation, *STATES) if operation is not None and is_given else None
    before = {len(each.shape) for call in evidence.earlier for each in call.inputs if each.role == "input"}
    if operation is None or sizes is None or state is None or before != {3} or (len(sizes), len(state)) != (2, 3):
        return None
    batch_axis = 0 if operation.config.get("batch_first") else 1
    if sizes[0] == state[1]:
        return 1 - batch_axis
    return batch_axis if state[1] == 1 else None


def _is_step_of_each(evidence: Evidence) -> bool:
    """Whether there are as many rows as the state has samples."""
    operation = failed(evidence, *RECURRENT)
    sizes, state = ((shape(operation, *each) or ()) if operation is not None else () for each in (("input",), STATES))
    return bool(sizes) and sizes[:1] == state[1:2]


def _were_as_many(evidence: Evidence) -> bool:
    """Whether what the layer was given before had as many samples as steps, and there are so many rows now."""
    operation = failed(evidence, *RECURRENT)
    sizes = shape(operation, "input")
    before = [each.shape for call in evidence.earlier for each in call.inputs if each.role == "input"]
    return sizes is not None and any(each[:2] == (sizes[0], sizes[0]) for each in before)


def _in_caller(evidence: Evidence, place: Span, frame: Frame) -> Span:
    """What the function was given, where others call it too and it only hands on what it was given."""
    source, node = found_at(place)
    home = function_around(node)
    if source is None or not isinstance(node, ast.Name) or home is None or len(list(source.calls(home.name))) < 2:
        return place
    if node.id not in [each.arg for each in (*home.args.posonlyargs, *home.args.args, *home.args.kwonlyargs)]:
        return place
    user = [each for each in evidence.frames if each.is_user]
    before = user[user.index(frame) - 1] if user.index(frame) else None
    known = evidence.chains.get(place, ())[:1]
    return known[0].span if before is not None and known and before.span.holds(known[0].span) else place


def _is_taken_apart(call: Span) -> bool:
    node = node_at(call)
    statement = statement_of(node)
    return isinstance(statement, ast.Assign) and any(isinstance(each, ast.Tuple) for each in statement.targets)


def _is_called_elsewhere(place: Span) -> bool:
    """Whether the same model is called at another place too, where what it is given has its samples."""
    source, node = found_at(place)
    call = next((up for up in parents(node) if isinstance(up, ast.Call)), None) if node is not None else None
    return source is not None and call is not None and len(list(source.calls(last_name(call.func)))) > 1


def _entry(evidence: Evidence, count: int) -> Span | None:
    """What the outermost module of the script was called with, where that has so many axes."""
    entry = first_entry(evidence)
    return entry.place if entry is not None and len(entry.record.shape) == count else None
