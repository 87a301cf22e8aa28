"""One vector of each sequence that a decoder read as if all of them were one sequence: repeated for each step."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import bracketed
from shapecheck.reading.failing import INDEX_LOSSES, RECURRENT, SAME_SHAPE_LOSSES, failed, kind, shape
from shapecheck.reading.sources import Source, found_at, function_around, walk
from shapecheck.reading.ways_back import spans_behind

_COST = 0.03


def candidates(evidence: Evidence) -> list[Candidate]:
    """``decoder(z.unsqueeze(1).repeat(1, x.size(1), 1))`` where what came has one row a sequence, and no steps."""
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
    for call in ast.walk(root) if root is not None and flat else ():
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
    stored = {node.id for node in ast.walk(home or source.tree) if isinstance(node, ast.Name) and _is_set(node)}
    for each in walk(home):
        if isinstance(each, ast.Call) and ast.unparse(each.func).startswith("self.") and each.args and each is not call:
            given = each.args[0]
            if isinstance(given, ast.Name) and given.id in parameters - stored:
                return f"{given.id}.size(1)"
    return ""


def _is_set(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)
