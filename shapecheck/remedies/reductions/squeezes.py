"""A squeeze that names no axis, and so drops the batch of one sample too: with an axis, or every sample as one row."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.applied import told_to, written_axis
from shapecheck.reading.edits import bracketed
from shapecheck.reading.failing import failed, operand, says, tensors
from shapecheck.reading.joined.nothing_left import nothing_left
from shapecheck.reading.mismatches import JOINS, sizes_of
from shapecheck.reading.origins import kind_of, spans_of
from shapecheck.reading.samples.axes_of_one import axis_made
from shapecheck.reading.samples.first_axis_squeezed import first_axis_squeezed
from shapecheck.reading.samples.squeezes import squeezed_of_one, squeezes
from shapecheck.reading.sources import Source, found_at, function_around, last_name, receivers, walk
from shapecheck.records import CallRecord
from shapecheck.remedies.samples.batches import drop_last

_TOO_FEW = (
    *(r"Dimension out of range", r"too many indices", r"\(got 1D input\)|got 1D", r"zero-dimensional (tensor|array)"),
    r"the array at index \d+ has 0 dimension",
)


def candidates(evidence: Evidence) -> list[Candidate]:
    """An axis for a squeeze, where an operation found too few of them."""
    return [*_where_too_few(evidence), *_where_only_backward_refuses(evidence)]


def _where_too_few(evidence: Evidence) -> list[Candidate]:
    found = squeezed_of_one(evidence) or nothing_left(evidence)
    if found is not None:
        return list(named_squeeze(evidence, cost=0.0, only=found[1]))
    first = first_axis_squeezed(evidence)
    if first is not None:
        source, call, base = first
        span, inside = source.span(call), source.span(base)
        change = Change(span, inside.text)
        return [Candidate(f"{inside.text} without squeeze", (change,), cause="batch_lost_by_squeeze")]
    if says(evidence, *_TOO_FEW) is not None:
        return list(named_squeeze(evidence, cost=0.12))
    # Of parts that a loop has made alike the last one has fewer axes, and nothing else could have dropped them.
    only = list(squeezes(evidence)) if says(evidence, r"must have same number of dimensions") is not None else []
    return list(named_squeeze(evidence, cost=0.12, only=only[0][1])) if len(only) == 1 and _is_of_list(evidence) else []


def _is_of_list(evidence: Evidence) -> bool:
    """Whether the parts that are put together stand in a list that has a name."""
    listed = operand(failed(evidence, *JOINS, "vstack"), "tensors", "arrays", "tup")
    return listed is not None and listed.expression.isidentifier()


def _where_only_backward_refuses(evidence: Evidence) -> Iterator[Candidate]:
    """The loss took the scores of one sample without its axis, and its gradient does not fit."""
    is_late = says(evidence, r"size mismatch \(got input: \[\d+\], target: \[1\]\)") is not None
    if is_late and failed(evidence, "backward") is not None:
        yield from named_squeeze(evidence, cost=0.1)
        yield from drop_last(evidence, cost=0.5)


def named_squeeze(evidence: Evidence, *, cost: float, only: ast.Call | None = None) -> Iterator[Candidate]:
    """A squeeze() that names no axis and so drops the batch where that has size 1."""
    cause = "axis_of_one_squeezed" if only is None and _keeps_samples(evidence) else "batch_lost_by_squeeze"
    yield from (replace(each, cause=cause) for each in _named_squeezes(evidence, cost, only))


def _keeps_samples(evidence: Evidence) -> bool:
    """Whether an operand still has as many rows as a tensor with more axes: then another axis was dropped."""
    counts = {sizes[0] for sizes in map(sizes_of, tensors(failed(evidence))) if sizes}
    held = [value.record.shape for value in evidence.held_anywhere if value.record is not None]
    least = min((len(sizes_of(item)) for item in tensors(failed(evidence))), default=0)
    return any(len(sizes) > least and sizes[0] > 1 and sizes[0] in counts for sizes in held)


def _named_squeezes(evidence: Evidence, cost: float, only: ast.Call | None) -> Iterator[Candidate]:
    found = list(squeezes(evidence))
    for source, call, base in found:
        if only is not None and call is not only:
            continue
        made = axis_made(base) or _axis_seen(evidence, source, base)
        alike = [other for where, other, its in found if where is source and _is_alike(base, its)]
        if len(alike) > 1 and call is (only or alike[0]):
            changes = tuple(Change(source.span(each), _named(source, each, made or "-1")) for each in alike)
            yield Candidate(", ".join(each.text for each in changes), changes, (), cost - 0.01 - 0.1 * bool(made))
        span, inside = source.span(call), source.span(base)
        for far, axis in enumerate(dict.fromkeys((made, "-1", "0", "1")) if made else ("-1", "0", "1")):
            # Only the right one leaves what follows its axes, with one sample as with many.
            text = _named(source, call, axis)
            yield Candidate(text, (Change(span, text),), (), cost + 0.02 * far - 0.1 * (axis == made))
        # Where the axis was dropped before, only the batch is left to drop. Lengths have one axis, or are refused.
        is_sure = failed(evidence, "pack_padded_sequence") is not None and _is_reduced(base)
        without = cost - 0.03 if is_sure else cost + 0.07
        yield Candidate(f"{inside.text} without squeeze", (Change(span, inside.text),), (), without)
        if any(value.record is not None and value.record.shape == () for value in evidence.held_anywhere):
            # With more samples nothing but their axis was left.
            text = f"{bracketed(inside.text)}.flatten()"
            yield Candidate(text, (Change(span, text),), (), cost + 0.065)
        # Several axes of size 1, as a pooled map has them.
        text = f"{bracketed(inside.text)}.flatten(1)"
        yield Candidate(text, (Change(span, text),), (), cost + (-0.02 if _pools(source) else 0.06))


def _is_reduced(base: ast.expr) -> bool:
    """Whether an expression is a sum over an axis that it does not keep."""
    if not isinstance(base, ast.Call) or last_name(base.func) != "sum":
        return False
    given, named = told_to(base), {each.arg: each.value for each in base.keywords}
    kept = given[1] if len(given) > 1 else named.get("keepdim")
    is_dropped = kept is None or (isinstance(kept, ast.Constant) and not kept.value)
    return is_dropped and written_axis(base) is not None


def _named(source: Source, call: ast.Call, axis: str) -> str:
    text = source.span(call).text
    return f"{text[: text.rindex(')')]}{', ' if call.args else ''}{axis})"


def _is_alike(one: ast.expr, other: ast.expr) -> bool:
    """Whether two expressions are calls of a layer of this object, in one function, with the very same arguments."""
    calls = [each for each in (one, other) if isinstance(each, ast.Call)]
    if len(calls) != 2 or function_around(one) is not function_around(other):
        return False
    given = [[ast.dump(part) for part in (*each.args, *each.keywords)] for each in calls]
    return given[0] == given[1] and all(re.fullmatch(r"self\.\w+", ast.unparse(each.func)) for each in calls)


def _pools(source: Source) -> bool:
    """Whether maps are pooled to one place somewhere."""
    calls = (node for node in walk(source.tree) if isinstance(node, ast.Call))
    return any(re.search(r"(?i)adaptive_?(avg|max)_?pool[23]d", ast.unparse(call.func)) for call in calls)


def _axis_seen(evidence: Evidence, source: Source, base: ast.expr) -> str:
    """The one axis of one, behind that of the samples, of what the layer gave that an expression was made by.

    Args:
        evidence: The problem.
        source: The file of the expression.
        base: The expression, with methods behind the call of the layer that keep the axes.

    Returns:
        The axis as text; nothing where none is seen, or not one alone.
    """
    for span in spans_of(evidence, source.span(base), through=True, parts=True):
        home, node = found_at(span)
        for call in receivers(node) if home is not None and node is not None else ():
            if not isinstance(call, ast.Call) or home is None:
                continue
            kind = kind_of(evidence, home.span(call.func))
            seen = [entry.call for entry in evidence.trace or () if _is_made_by(entry.call, call.func, kind)]
            shapes = [record.shape for each in seen for record in each.outputs]
            if seen and any(record.shape[:1] not in ((), (1,)) for record in seen[-1].outputs[:1]):
                # It was no batch of one that was given last, so that axis is what should not have been dropped.
                continue
            axes = {axis for shape in shapes for axis, size in enumerate(shape) if axis and size == 1}
            if len(axes) == 1:
                return str(axes.pop())
    return ""


def _is_made_by(call: CallRecord, called: ast.expr, kind: str) -> bool:
    """Whether a call that was seen is one of a layer: by its path in the model, or that of the model by its class."""
    if isinstance(called, ast.Attribute) and call.module.rpartition(".")[2] == called.attr:
        return True
    return not call.module and bool(last_name(called)) and call.type == kind
