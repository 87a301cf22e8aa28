"""One vector of each sequence that a decoder read as if all of them were one sequence: repeated for each step."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.assignments import stored_in, values_given
from shapecheck.reading.definitions import method_of
from shapecheck.reading.edits import bracketed, suffixed
from shapecheck.reading.failing import INDEX_LOSSES, RECURRENT, SAME_SHAPE_LOSSES, STATES, failed, kind, operand, shape
from shapecheck.reading.sources import (
    Source,
    class_around,
    found_at,
    function_around,
    node_at,
    source_of,
    user_sources,
    walk,
)
from shapecheck.reading.ways_back import spans_behind

_COST = 0.03


def candidates(evidence: Evidence) -> list[Candidate]:
    """``decoder(z.unsqueeze(1).repeat(1, x.size(1), 1))`` where what came has one row a sequence, and no steps."""
    return [*_beside_state(evidence), *_before_loss(evidence)]


def _beside_state(evidence: Evidence) -> Iterator[Candidate]:
    """As often as the class was told by a number that nothing reads, where the state has one row a sequence too."""
    operation = failed(evidence, *RECURRENT)
    item, state = operand(operation, "input"), shape(operation, *STATES)
    if operation is None or item is None or item.span is None or not state or len(state) != 3:
        return
    sizes = shape(operation, "input")
    if sizes is None or len(sizes) != 2 or sizes[0] != state[1]:
        return
    # As many as there are rows count the samples.
    counts = {name for name, count in _unread_counts(evidence, item.span).items() if count not in (1, sizes[0])}
    if len(counts) == 1:
        name = f"self.{counts.pop()}"
        is_first = operation.config.get("batch_first")
        text = f".unsqueeze(1).repeat(1, {name}, 1)" if is_first else f".unsqueeze(0).repeat({name}, 1, 1)"
        change = suffixed(item.span, text)
        yield Candidate(change.text, (change,), (), _COST)


def _unread_counts(evidence: Evidence, place: Span) -> dict[str, int]:
    """The numbers that the class around keeps of parameters which it reads for nothing else, and nobody asks it for."""
    made, source = method_of(class_around(node_at(place)), "__init__"), source_of(place.file)
    nodes = list(walk(made))
    reads = [each.id for each in nodes if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)]
    every = (each for one in user_sources(evidence) for each in walk(one.tree) if isinstance(each, ast.Attribute))
    asked = {each.attr for each in every if isinstance(each.ctx, ast.Load)}
    found: dict[str, int] = {}
    for target, value in (pair for each in nodes for pair in values_given(each)):
        is_kept = isinstance(target, ast.Attribute) and target.attr not in asked
        if is_kept and isinstance(target, ast.Attribute) and isinstance(value, ast.Name) and source is not None:
            count = worked_out(evidence, source.span(value)) if reads.count(value.id) == 1 else None
            found |= {target.attr: count} if type(count) is int else {}
    return found


def _before_loss(evidence: Evidence) -> list[Candidate]:
    """The same where a recurrent layer has taken all rows for one sequence, and the loss found no steps."""
    operation = failed(evidence, *SAME_SHAPE_LOSSES, *INDEX_LOSSES)
    given, target = (shape(operation, role) for role in ("input", "target"))
    if operation is None or operation.span is None or not given or not target or len(given) != 2 or len(target) < 2:
        return []
    # Labels have no axis for the classes.
    features = () if kind(operation) in INDEX_LOSSES else given[1:]
    if given[:1] != target[:1] or target[2:] != features:
        return []
    flat = {name for name, samples in _read_as_one(evidence) if samples == given[0]}
    return [each for span in spans_behind(evidence, operation.span) for each in _repeated(span, flat)]


def _read_as_one(evidence: Evidence) -> Iterator[tuple[str, int]]:
    """The recurrent layers that take samples first, and were given as many rows without an axis for them."""
    for entry in evidence.trace or ():
        records = [each for each in entry.call.inputs if each.role == "input"] or list(entry.call.inputs[:1])
        is_first = "batch_first=True" in entry.call.config
        if entry.call.type in RECURRENT and is_first and records and len(records[0].shape) == 2:
            yield entry.call.module.rpartition(".")[2], records[0].shape[0]


def _repeated(span: Span, flat: set[str]) -> Iterator[Candidate]:
    source, root = found_at(span)
    for call in walk(root) if root is not None and flat else ():
        if source is None or not isinstance(call, ast.Call) or len(call.args) != 1 or call.keywords:
            continue
        name = ast.unparse(call.func).removeprefix("self.")
        steps = _steps(source, call) if name in flat else ""
        if steps:
            place = source.span(call.args[0])
            text = f"{bracketed(place.text)}.unsqueeze(1).repeat(1, {steps}, 1)"
            yield Candidate(text, (Change(place, text),), (), _COST)


def _steps(source: Source, call: ast.Call) -> str:
    """How many steps the sequences have that another layer of the same function was given first, by their name."""
    home = function_around(call)
    parameters = {each.arg for each in home.args.args} if home is not None else set()
    stored = stored_in(home or source.tree)
    for each in walk(home):
        if isinstance(each, ast.Call) and ast.unparse(each.func).startswith("self.") and each.args and each is not call:
            given = each.args[0]
            if isinstance(given, ast.Name) and given.id in parameters - stored:
                return f"{given.id}.size(1)"
    return ""
