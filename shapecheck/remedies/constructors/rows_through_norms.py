"""Steps as rows of their own for a container whose BatchNorm1d reads features, and apart again behind it."""

from __future__ import annotations

import ast
import re

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Operation
from shapecheck.reading.edits import bracketed
from shapecheck.reading.failing import failed, kind, maker, number, shape, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import function_around, last_name, node_at, source_of

_COST = 0.05
# What reads more axes than the last one: of rows of their own it would make something else.
_READS_STEPS = re.compile(r"(Log)?Soft(max|min)|(Un)?Flatten|.*Pool[123]d|Conv.*|Dropout1d|LSTM|GRU|RNN|Transformer.*")


def candidates(evidence: Evidence) -> list[Candidate]:
    """The call with its first two axes as one, and apart again behind it, where the norm's features lie last."""
    norm, whole = failed(evidence, "BatchNorm1d"), evidence.operation
    if norm is None or whole is None or whole.span is None or kind(whole) != "Sequential":
        return []
    item, sizes = next(iter(tensors(whole)), None), shape(norm, "input") or ()
    if item is None or item.span is None or len(sizes) != 3 or sizes_of(item)[:2] != sizes[:2]:
        return []
    if sizes[2] != number(norm, "num_features") or _reads_steps(evidence, whole):
        return []
    rows = f"{item.expression}.shape[:2]" if item.expression.isidentifier() else f"(-1, {sizes[1]})"
    text = f"{whole.callee}({bracketed(item.span.text)}.flatten(0, 1)).unflatten(0, {rows})"
    return [Candidate(text, (Change(whole.span, text),), (Step("flatten", "input", (0, 1)),), _COST)]


def _reads_steps(evidence: Evidence, whole: Operation) -> bool:
    """Whether a layer of the container, or of what makes a list of its layers, reads the axis of the steps."""
    origin = maker(evidence, whole)
    node = node_at(origin.span) if origin is not None else None
    is_listed = not isinstance(node, ast.Call) or any(isinstance(each, ast.Starred) for each in node.args)
    source = source_of(origin.span.file) if origin is not None and is_listed else None
    place = (function_around(node) or source.tree) if source is not None else node
    calls = [each for each in ast.walk(place) if isinstance(each, ast.Call)] if place is not None else []
    return any(_READS_STEPS.fullmatch(last_name(each.func)) and not _is_along_last(each) for each in calls)


def _is_along_last(call: ast.Call) -> bool:
    return "-1" in [ast.unparse(each) for each in (*call.args, *(keyword.value for keyword in call.keywords))]
