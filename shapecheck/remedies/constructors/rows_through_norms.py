"""Steps as rows of their own for a container whose BatchNorm1d reads features, and apart again behind it."""

from __future__ import annotations

import ast
import re

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Operation
from shapecheck.reading.calls import all_given, calls_in
from shapecheck.reading.edits import bracketed
from shapecheck.reading.failing import failed, kind, maker, number, shape, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import function_around, last_name, node_at, source_of, user_sources, walk

_COST = 0.05
_OWN = "a layer of the container is the script's own, and may read the axis of the steps"
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
    layers = _layers(evidence, whole)
    if sizes[2] != number(norm, "num_features") or any(map(_reads_steps, layers)):
        return []
    rows = f"{item.expression}.shape[:2]" if item.expression.isidentifier() else f"(-1, {sizes[1]})"
    text = f"{whole.callee}({bracketed(item.span.text)}.flatten(0, 1)).unflatten(0, {rows})"
    trees = [source.tree for source in user_sources(evidence)]
    own = {each.name for tree in trees for each in walk(tree) if isinstance(each, ast.ClassDef)}
    doubt = _OWN if own & {last_name(each.func) for each in layers} else ""
    return [Candidate(text, (Change(whole.span, text),), (Step("flatten", "input", (0, 1)),), _COST, doubt)]


def _layers(evidence: Evidence, whole: Operation) -> list[ast.Call]:
    """The calls that make the layers of a container, or, of a list of them, all in the function that makes the list."""
    origin = maker(evidence, whole)
    node = node_at(origin.span) if origin is not None else None
    is_listed = not isinstance(node, ast.Call) or any(isinstance(each, ast.Starred) for each in node.args)
    source = source_of(origin.span.file) if origin is not None and is_listed else None
    place = (function_around(node) or source.tree) if source is not None else node
    return calls_in(place)


def _reads_steps(call: ast.Call) -> bool:
    """Whether a layer reads the axis of the steps, not that of the features alone."""
    told = [ast.unparse(each) for each in all_given(call)]
    return bool(_READS_STEPS.fullmatch(last_name(call.func))) and "-1" not in told
