"""The last step left out of what a model reads, where its targets are the same sequence without the first."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from math import prod

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import expression, piece, suffixed
from shapecheck.reading.sizes.size_texts import asked
from shapecheck.reading.sources import Source, function_at, home_around, last_name, node_at, user_sources, walk
from shapecheck.reading.steps.begun_anew import begun_anew
from shapecheck.reading.steps.steps_left_out import unfilled_first
from shapecheck.reading.ways_back import spans_behind
from shapecheck.remedies.moves import put_behind

_RESHAPES = ("flatten", "view", "reshape", "transpose", "permute")
_LABELS = "the targets may be labels of their own, which lack another step than the last"
_ONE_STEP = re.compile(r"\.unsqueeze\((dim=)?1\)$|\[:, None(, :)?\]$")
_CUTS = {":, 1:": "[:, :-1]", "1:": "[:-1]"}


def left_out(evidence: Evidence, given: Argument, target: Argument, *, cost: float) -> Iterator[Candidate]:
    """The prediction, the input of the model, or the first of a pair, without its last step.

    Args:
        evidence: The problem.
        given: The prediction, which has rows too many.
        target: The targets.
        cost: What it costs.
    """
    left, right = given.value.record, target.value.record
    if left is None or right is None or given.span is None or target.span is None:
        return
    more = prod(left.shape[: 1 if len(right.shape) == 1 else 2]) - prod(right.shape)
    if more <= 0 or prod(right.shape) % more:
        return
    if _begins_with_another_step(evidence, given.span):
        # A picture stands in front of the words: what comes out begins one step earlier, and so do the targets.
        for base, _, place in _cuts_behind(evidence, target.span):
            yield Candidate(f"{place.text} -> {base}", (Change(place, base),), (), cost)
            return
        return
    for base, _, place in _cuts_behind(evidence, target.span):
        if any(begun_anew(home_around(node_at(place)) or ast.Pass(), base)):
            # It was read behind a step of its own, so what comes out is that very sequence.
            yield Candidate(f"{place.text} -> {base}", (Change(place, base),), (), cost)
            return
    first = _unfilled(evidence, given.span)
    if first:
        # No step was foretold for the first one, with which all that is made begins.
        yield from _of_prediction(given.span, target.span, cost, "", first)
        return
    yield from _behind_another_step(evidence, given.span, target.span, cost)
    read = {base for base, _, place in _cuts_behind(evidence, target.span) if _names(evidence, given.span, base, place)}
    yield from _of_prediction(given.span, target.span, cost, "" if read else _LABELS)
    for base, cut, place in _cuts_behind(evidence, target.span):
        for span in _read_whole(evidence, given.span, base, place):
            change = suffixed(span, cut)
            yield Candidate(change.text, (change,), (), cost)
            return
    for source in user_sources(evidence):
        for whole, cut in _pairs(source):
            change = suffixed(source.span(whole), cut)
            yield Candidate(change.text, (change,), (), cost)


def _begins_with_another_step(evidence: Evidence, given: Span) -> bool:
    """Whether a step of something else stands in front of a sequence without its last."""
    trees = (expression(span.text) or ast.Pass() for span in spans_behind(evidence, given))
    nodes = (node for tree in trees for node in walk(tree))
    is_cut = any(isinstance(node, ast.Subscript) and ast.unparse(node.slice).strip("()") == ":, :-1" for node in nodes)
    return is_cut and bool(list(_with_another_step(evidence, given)))


def _with_another_step(evidence: Evidence, given: Span) -> Iterator[Span]:
    """What stands behind one step of something else: the second of ``cat([x[:, None], y], 1)``."""
    for span in spans_behind(evidence, given):
        for node in walk(expression(span.text)):
            is_join = isinstance(node, ast.Call) and last_name(node.func) in ("cat", "concat")
            parts = getattr(node.args[0], "elts", []) if isinstance(node, ast.Call) and is_join and node.args else []
            if len(parts) == 2 and _ONE_STEP.search(ast.unparse(parts[0])):
                yield piece(span, parts[1])


def _behind_another_step(evidence: Evidence, given: Span, target: Span, cost: float) -> Iterator[Candidate]:
    """The last step left out of what stands behind a picture, where each step is asked for that very sequence."""
    if any(_cuts_behind(evidence, target)):
        # They were moved by a step already.
        return
    asked_for = {span for span in spans_behind(evidence, target, only_whole=True) if span != target}
    for whole in _with_another_step(evidence, given):
        for span in spans_behind(evidence, whole):
            looked_up = expression(span.text)
            if not isinstance(looked_up, ast.Call) or len(looked_up.args) != 1:
                continue
            read = piece(span, looked_up.args[0])
            if read.text.isidentifier() and asked_for & set(spans_behind(evidence, read, only_whole=True)):
                change = suffixed(read, "[:, :-1]")
                yield Candidate(change.text, (change,), (), cost)
                return


def last_targets(evidence: Evidence, given: Argument, target: Argument, *, cost: float) -> Iterator[Candidate]:
    """The targets of the last steps, where the model has read all but the last of a sequence and answers fewer.

    What each step is asked for is the one behind it, so a layer that needs several to begin with leaves the first out.

    Args:
        evidence: The problem.
        given: The scores, (samples, classes, steps) or (samples, steps, classes).
        target: The labels, (samples, steps).
        cost: What it costs.
    """
    left, right = given.value.record, target.value.record
    if left is None or right is None or len(right.shape) != 2 or left.shape[:1] != right.shape[:1] or not given.span:
        return
    axis = next((at for at in (2, 1) if len(left.shape) > at and left.shape[at] < right.shape[1]), None)
    bases = {(base, cut) for base, cut, _ in _cuts_behind(evidence, target.span)} if target.span is not None else set()
    reads = [
        ast.unparse(node)
        for span in spans_behind(evidence, given.span)
        for node in walk(expression(span.text))
        if isinstance(node, ast.Subscript)
    ]
    if axis is None or not any(f"{base}{cut}" in reads for base, cut in bases):
        return
    if 2 * left.shape[axis] <= right.shape[1] + 1:
        # So few come of a stride, which leaves steps out all along.
        return
    step = Step("narrow", target.role, (1, right.shape[1] - left.shape[axis], left.shape[axis]))
    yield from put_behind(evidence, target, f"[:, -{asked(given, axis)}:]", [step], cost=cost)


def _pairs(source: Source) -> Iterator[tuple[ast.expr, str]]:
    """The whole sequences that a data set, or what puts a batch together, gives beside one without its first step."""
    for node in walk(source.tree):
        parts = node.value.elts if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple) else []
        for part in parts:
            cut = _cut_with(part)
            if isinstance(part, ast.Subscript) and cut:
                yield from ((each, cut) for each in parts if ast.unparse(each) == ast.unparse(part.value))


def _names(evidence: Evidence, given: Span, base: str, place: Span) -> bool:
    """Whether the same function names a sequence on the way to the prediction."""
    return any(
        ast.unparse(node) == base and _function(span) == _function(place)
        for span in spans_behind(evidence, given)
        for node in walk(expression(span.text))
        if isinstance(node, ast.expr)
    )


def _unfilled(evidence: Evidence, given: Span) -> str:
    """The cut that drops the first step of a prediction, where the loop that makes it begins with the second."""
    for span in spans_behind(evidence, given):
        around = function_at(span) if span.text.isidentifier() else None
        cut = unfilled_first(around, span.text) if around is not None else ""
        if cut:
            return cut
    return ""


def _of_prediction(given: Span, target: Span, cost: float, doubt: str, first: str = "") -> Iterator[Candidate]:
    cut = first or next((short for long, short in _CUTS.items() if f"[{long}]" in target.text), "")
    node = expression(given.text)
    if cut and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _RESHAPES:
        change = suffixed(piece(given, node.func.value), cut)
        yield Candidate(change.text, (change,), (), cost, doubt)


def _cuts_behind(evidence: Evidence, target: Span) -> Iterator[tuple[str, str, Span]]:
    """What the targets are without its first step, the cut that goes with it, and where that is written."""
    for span in spans_behind(evidence, target):
        for node in walk(expression(span.text)):
            cut = _cut_with(node)
            if isinstance(node, ast.Subscript) and cut and isinstance(node.value, ast.Name | ast.Attribute):
                yield ast.unparse(node.value), cut, piece(span, node)


def _cut_with(node: ast.AST) -> str:
    """The cut that goes with one that drops the first step: ``[:, :-1]`` for ``words[:, 1:]``; else nothing."""
    return _CUTS.get(ast.unparse(node.slice).strip("()"), "") if isinstance(node, ast.Subscript) else ""


def _read_whole(evidence: Evidence, given: Span, base: str, place: Span) -> Iterator[Span]:
    """The same sequence where a call on the way to the prediction reads it."""
    for span in spans_behind(evidence, given):
        if span.text == base and _function(span) == _function(place) and _is_given_a_name(span):
            # Another name for it: ``inputs, targets = words, words[:, 1:]``.
            yield span
        for node in walk(expression(span.text)):
            if isinstance(node, ast.Call) and _function(span) == _function(place):
                yield from (piece(span, each) for each in node.args if ast.unparse(each) == base)


def _is_given_a_name(span: Span) -> bool:
    """Whether an expression is what an assignment gives one of its names."""
    node = node_at(span)
    up = getattr(node, "parent", None)
    up = getattr(up, "parent", None) if isinstance(up, ast.Tuple) else up
    return isinstance(up, ast.Assign)


def _function(span: Span) -> object:
    """The function that a place stands in; its file where it stands in none."""
    return function_at(span) or span.file
