"""A width that several layers take and that no layer gives, behind one that was told its own width twice."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.failing import failed, maker, number, shape
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.sources import class_around, function_around, is_named, last_name, node_at, source_of, walk

_NOBODY_GIVES = "several layers take this width and none gives it: the one in front may have been meant to"
_COST = 0.08


@dataclass(frozen=True, slots=True)
class _Told:
    """The layer in front.

    Args:
        given: What it was told for the width that it gives, which is what it takes as well.
        name: The width that the layers behind take.
    """

    given: Span
    name: str


def candidates(evidence: Evidence) -> list[Candidate]:
    """``nn.Linear(n, hidden)`` for ``nn.Linear(n, n)``, where ``hidden`` is what all the others take."""
    found = _told(evidence)
    if found is None:
        return []
    return [Candidate(f"out_features={found.name}", (Change(found.given, found.name),), (), _COST)]


def doubt_of_width(evidence: Evidence) -> str:
    """What stands against another number for the width that the failing layer takes."""
    return _NOBODY_GIVES if _told(evidence) is not None else ""


def _told(evidence: Evidence) -> _Told | None:
    operation = failed(evidence, "Linear")
    sizes = shape(operation, "input")
    origin = maker(evidence, operation)
    taken = told_for(origin, "in_features")
    source = source_of(origin.span.file) if origin is not None else None
    home = function_around(node_at(origin.span)) if origin is not None else None
    if operation is None or taken is None or source is None or home is None or class_around(home) is None or not sizes:
        return None
    name, came = taken.text, sizes[-1]
    parameters = {each.arg for each in (*home.args.args, *home.args.kwonlyargs)}
    if name not in parameters or number(operation, "in_features") == came:
        return None
    made = [node for node in walk(home) if isinstance(node, ast.Call) and last_name(node.func) == "Linear"]
    spans = [source.span(call) for call in made]
    pairs = [(told_for(span, "in_features"), told_for(span, "out_features")) for span in spans]
    takers = [one for one, _ in pairs if one is not None and one.text == name]
    reads = [each for each in walk(home) if is_named(each, name)]
    if len(takers) < 2 or len(reads) != len(takers):
        # Something else reads it, and may give it.
        return None
    twice = [
        given
        for one, given in pairs
        if one is not None and given is not None and one.text == given.text and worked_out(evidence, given) == came
    ]
    return _Told(twice[0], name) if len(twice) == 1 else None
