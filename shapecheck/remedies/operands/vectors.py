"""Operands that need an axis, a step less, one layer of a state, or their batch left where it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.compared.nearly_alike import one_step_apart
from shapecheck.reading.edits import bracketed, piece, place_behind, suffixed
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import JOINS, pair, sizes_of, state_beside_steps, taken_apart, vectors
from shapecheck.reading.samples.columns_kept import drops_axis
from shapecheck.reading.samples.folded_views import folded_view
from shapecheck.reading.sizes.size_texts import asked
from shapecheck.reading.sources import found_at, function_around, node_at, source_of, walk
from shapecheck.reading.ways_back import spans_behind
from shapecheck.reading.where_made import made

BOTH_ENDS = "the longer one may have a step too many at its end or at its beginning"
# What is cut to what follows each step, or goes before it -> the end that the step itself does not have.
_SHIFTED = {"1:": -1, ":-1": 0}


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes of one operand that has to go with another."""
    return [
        *_apart(evidence),
        *_vectors(evidence),
        *_rows_of_batches(evidence),
        *_step_less(evidence),
        *_last_layer(evidence),
        *_batch_kept(evidence),
    ]


def _apart(evidence: Evidence) -> Iterator[Candidate]:
    """A tensor of pairs as a pair of tensors: taken apart along its last axis."""
    found = taken_apart(evidence)
    if found is not None and found[0].span is not None:
        item, axis = found
        change = suffixed(item.span, ".t()" if len(sizes_of(item)) == 2 else f".unbind({axis})") if item.span else None
        yield from [] if change is None else [Candidate(change.text, (change,), (), 0.1)]


def _vectors(evidence: Evidence) -> Iterator[Candidate]:
    """Each matrix times its own vector: the vectors as matrices of one column, and the column dropped again."""
    found, operation = vectors(evidence), failed(evidence)
    if found is None or operation is None or operation.span is None:
        return
    left, right = found
    steps = (Step("unsqueeze", right.role, (-1,)),)
    if right.span is not None and drops_axis(operation.span):
        column = suffixed(right.span, ".unsqueeze(-1)")
        yield Candidate(column.text, (column,), steps, 0.05)
        return
    if "@" in operation.span.text:
        text = f"({bracketed(left.expression)} @ {bracketed(right.expression)}.unsqueeze(-1)).squeeze(-1)"
    else:
        text = f"torch.matmul({left.expression}, {bracketed(right.expression)}.unsqueeze(-1)).squeeze(-1)"
    yield Candidate(text, (Change(operation.span, text),), steps, 0.05)


def _rows_of_batches(evidence: Evidence) -> Iterator[Candidate]:
    """The same of ``bmm``, which takes no vectors: each as a matrix of one row or of one column."""
    operation = failed(evidence, "bmm")
    operands = pair(operation)
    if operation is None or operands is None or operation.span is None or not operation.callee.endswith("torch.bmm"):
        return
    for vector, matrix, axis in ((*operands, 1), (*operands[::-1], 2)):
        rows, sizes = sizes_of(vector), sizes_of(matrix)
        if len(rows) == 2 and len(sizes) == 3 and rows == (sizes[0], sizes[axis]) and vector.span is not None:
            end, made = operation.span, suffixed(vector.span, f".unsqueeze({axis})")
            is_dropped = drops_axis(end)
            changes = (made,) if is_dropped else (made, Change(place_behind(end), f".squeeze({axis})"))
            title = made.text if is_dropped else f"{made.text} ... .squeeze({axis})"
            yield Candidate(title, changes, (), 0.01)


def _step_less(evidence: Evidence) -> Iterator[Candidate]:
    """The longer of two without the step that the other lacks: the end that is used apart is the one too many."""
    found = one_step_apart(evidence)
    if found is None or found[0].span is None:
        return
    longer, shorter = found
    assert longer.span is not None
    sizes, other = sizes_of(longer), sizes_of(shorter)
    axis = next(at for at, size in enumerate(sizes) if size != other[at])
    yield from _cut_alike(evidence, longer, shorter)
    apart = _ends_used_apart(longer, axis) or _ends_cut_beside(evidence, longer, shorter, axis)
    for end, cut in ((-1, ":-1"), (0, "1:")):
        index = ", ".join([":"] * axis + [cut])
        text = f"{bracketed(longer.expression)}[{index}]"
        if apart == {end}:
            cost, doubt = 0.1, ""
        else:
            cost, doubt = 0.35, BOTH_ENDS
        step = Step("narrow", longer.role, (axis, 0 if end else 1, other[axis]))
        yield Candidate(text, (Change(longer.span, text),), (step,), cost, doubt)


def _cut_alike(evidence: Evidence, longer: Argument, shorter: Argument) -> Iterator[Candidate]:
    """The longer one made of the same steps as the shorter: ``ids[1:] != PAD`` beside what ``ids[1:]`` picked."""
    whole, part = (next(iter(made(evidence, item)), None) for item in (longer, shorter))
    one, other = (node_at(origin.span) if origin is not None else None for origin in (whole, part))
    source = source_of(whole.span.file) if whole is not None else None
    if source is None or one is None or other is None or function_around(one) is not function_around(other):
        return
    cuts = {
        (ast.unparse(each.value), ast.unparse(each.slice).strip("()"))
        for each in walk(other)
        if isinstance(each, ast.Subscript) and re.fullmatch(r"\(?(:, )*(1:|:-1)\)?", ast.unparse(each.slice))
    }
    if len(cuts) != 1:
        return
    name, index = cuts.pop()
    bare = [each for each in walk(one) if isinstance(each, ast.Name | ast.Attribute) and ast.unparse(each) == name]
    if len(bare) == 1 and not isinstance(getattr(bare[0], "parent", None), ast.Subscript):
        text = f"{name}[{index}]"
        yield Candidate(text, (Change(source.span(bare[0]), text),), (), 0.08)


def _ends_used_apart(item: Argument, axis: int) -> set[int]:
    """Which ends of an operand, 0 and -1, the function around it also reads by themselves."""
    assert item.span is not None
    source, node = found_at(item.span)
    if source is None or node is None:
        return set()
    shifted, read = set[int](), set[int]()
    for part in walk(function_around(node) or source.tree):
        if isinstance(part, ast.Subscript) and ast.unparse(part.value) == item.expression:
            index = ast.unparse(part.slice).strip("()").removeprefix(":, " * axis)
            # values[1:] beside values: what follows each step, so that the step itself is all but the last.
            shifted |= {_SHIFTED[index]} if index in _SHIFTED else set()
            read |= {int(index)} if index in ("0", "-1") else set()
    return shifted or read


def _ends_cut_beside(evidence: Evidence, longer: Argument, shorter: Argument, axis: int) -> set[int]:
    """Which end the longer one does not go with, where the shorter holds what follows each item that it was made of.

    ``model(ids)`` beside ``ids[:, 1:]`` is what is said of each but the last.
    """
    assert longer.span is not None
    assert shorter.span is not None
    nodes = [each for span in spans_behind(evidence, shorter.span) for each in _subscripts(span)]
    cuts = {(ast.unparse(each.value), ast.unparse(each.slice).strip("()")) for each in nodes}
    behind = [node for span in spans_behind(evidence, longer.span) if (node := node_at(span)) is not None]
    read = {
        ast.unparse(each)
        for node in behind
        for each in walk(node)
        if isinstance(each, ast.Name) and not isinstance(getattr(each, "parent", None), ast.Subscript | ast.Attribute)
    }
    ends = {":, " * axis + cut: end for cut, end in _SHIFTED.items()}
    return {ends[index] for name, index in cuts if index in ends and name in read}


def _subscripts(span: Span) -> Iterator[ast.Subscript]:
    node = node_at(span)
    yield from (each for each in walk(node) if isinstance(each, ast.Subscript))


def _last_layer(evidence: Evidence) -> Iterator[Candidate]:
    """The state of the last layer, with an axis for the steps that it goes with."""
    item = state_beside_steps(evidence)
    if item is None or item.span is None:
        return
    steps = [Step("item", item.role, (-1,)), Step("unsqueeze", item.role, (1,))]
    suffix = "[-1].unsqueeze(1)"
    operands = pair(failed(evidence, *JOINS))
    if operands is not None:
        # To be joined with every step it must be there for every step.
        other = operands[1] if operands[0] is item else operands[0]
        count = sizes_of(other)[1]
        suffix += f".expand(-1, {asked(other, 1)}, -1)"
        steps.append(Step("expand", item.role, (-1, count, -1)))
    change = suffixed(item.span, suffix)
    yield Candidate(change.text, (change,), tuple(steps), 0.1)


def _batch_kept(evidence: Evidence) -> Iterator[Candidate]:
    """``view(1, 1, -1)`` written for one sample: the batch stays an axis of its own."""
    for _, span, call, axis, batch in folded_view(evidence):
        text = _batch_text(evidence, call, batch)
        if text:
            one = piece(span, call.args[axis])
            yield Candidate(f"{one.text} -> {text}", (Change(one, text),), (), 0.05)


def _batch_text(evidence: Evidence, call: ast.Call, batch: int) -> str:
    """How to ask a name in what is viewed for its batch; empty where none has it as its first axis."""
    base = call.func.value if isinstance(call.func, ast.Attribute) else call
    for node in walk(base):
        held = evidence.held.get(node.id) if isinstance(node, ast.Name) else None
        if (
            held is not None
            and held.record is not None
            and held.record.shape[:1] == (batch,)
            and isinstance(node, ast.Name)
        ):
            return f"{node.id}.size(0)"
    return ""
