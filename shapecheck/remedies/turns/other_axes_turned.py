"""A transpose of other axes than those that were meant: ``x.transpose(1, 2)`` for ``x.transpose(0, 2)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import combinations

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.applied import applied_to, told_to
from shapecheck.reading.edits import expression, piece, whole_number
from shapecheck.reading.failing import (
    CONVOLUTIONS,
    INDEX_LOSSES,
    NORMS,
    RECURRENT,
    Shape,
    failed,
    kind,
    operand,
    tensors,
)
from shapecheck.reading.layers.layer_input import input_of
from shapecheck.reading.mismatches import ELEMENTWISE, JOINS, sizes_of, with_exchanged
from shapecheck.reading.sizes.sizes_told import number_of
from shapecheck.reading.vocabulary import EXCHANGES
from shapecheck.reading.where_made import made

CAUSE = "other_axes_turned"
# Two turns in a row are seldom written: it is likelier that the one that stands there goes along other axes.
_COST, _FARTHER = 0.05, 0.02
_NEAR = 2
_EITHER = "more than one order of the axes fits, and nothing tells which was meant"
_OF_FEATURES = ("Linear", *RECURRENT)
# The settings by which a layer checks an axis of its input.
_LAST, _SECOND = ("in_features", "input_size"), ("in_channels", "num_features")


def candidates(evidence: Evidence) -> list[Candidate]:
    """Other axes for an operand's transpose, where its sizes then fit, and do not as they lie without it."""
    operation = failed(evidence, *ELEMENTWISE, *JOINS, *INDEX_LOSSES, *_OF_FEATURES, *CONVOLUTIONS, *NORMS)
    if operation is None:
        return []
    items = [item for item in tensors(operation) if item.span is not None]
    whole = input_of(evidence, operation)
    items = items or ([whole] if whole is not None else [])
    return [
        each
        for item in items
        for far, span in enumerate(_spans(evidence, item))
        for each in _ways(operation, item, span, _COST + _FARTHER * far)
    ]


def _spans(evidence: Evidence, item: Argument) -> list[Span]:
    if item.span is None:
        return []
    return [item.span, *(each.span for each in made(evidence, item)[:_NEAR])]


def _ways(operation: Operation, item: Argument, span: Span, cost: float) -> Iterator[Candidate]:
    sizes, node = sizes_of(item), expression(span.text)
    turn = _turn(node, len(sizes))
    if turn is None:
        return
    count, (one, other), (base, *places) = len(sizes), *turn
    lying = with_exchanged(sizes, one, other)
    # One that turns nothing was meant to turn something.
    is_open = one != other and _fits(operation, item, lying)
    if is_open and kind(operation) not in ELEMENTWISE:
        # Then it is likelier that nothing was to be turned.
        return
    fitting = []
    for pair in combinations(range(count), 2):
        order = with_exchanged(with_exchanged(tuple(range(count)), one, other), *pair)
        turned = tuple(sizes[axis] for axis in order)
        is_other = set(pair) != {one, other} and (one != other or one in pair)
        # What lies alike along its samples is not turned away from them.
        if is_other and _fits(operation, item, turned) and not (is_open and turned[0] != lying[0]):
            fitting.append((pair, order))
    doubt = _EITHER if len(fitting) + is_open > 1 else ""
    written = [whole_number(each) or 0 for each in places]
    for pair, order in fitting:
        texts = _written(written, pair, count)
        changes = tuple(
            Change(piece(span, each), text)
            for each, text in zip(places, texts, strict=True)
            if ast.unparse(each) != text
        )
        # The classes may lie along the other axis that is as long.
        is_alike = kind(operation) in INDEX_LOSSES and [sizes[axis] for axis in order].count(sizes[order[1]]) > 1
        title = f"axes {written[0]}, {written[1]} -> {', '.join(texts)}"
        yield Candidate(title, changes, (Step("permute", item.role, order),), cost, _EITHER if is_alike else "", doubt)
    if fitting and is_open:
        text, step = piece(span, base).text, Step("transpose", item.role, (one, other))
        yield Candidate(f"{text} as it is", (Change(span, text),), (step,), cost, unless_read=doubt)


def _turn(node: ast.AST | None, count: int) -> tuple[tuple[int, int], list[ast.expr]] | None:
    """The two axes that an expression exchanges last, counted from the front; what it turns, and where they stand."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in EXCHANGES:
        return None
    base, places = applied_to(node), told_to(node)
    axes = [whole_number(each) for each in places]
    if base is None or count < 3 or len(axes) != 2 or node.keywords:
        return None
    one, other = (axis % count if axis is not None and -count <= axis < count else -1 for axis in axes)
    return ((one, other), [base, *places]) if min(one, other) >= 0 else None


def _written(before: list[int], pair: tuple[int, int], count: int) -> list[str]:
    """The new axes, as the ones before are written: from the end, and the one that is kept where it stands."""
    new = tuple(axis - count for axis in pair) if any(axis < 0 for axis in before) and pair[0] > 0 else pair
    first, second = (axis % count for axis in before)
    is_kept = first == pair[1] or (second == pair[0] and first != second)
    return [str(each) for each in (new[::-1] if is_kept else new)]


def _fits(operation: Operation, item: Argument, sizes: Shape) -> bool:
    """Whether a failed operation takes an operand that has these sizes, by what is known of its others."""
    met = next((sizes_of(each) for each in tensors(operation) if each is not item), ())
    if kind(operation) in ELEMENTWISE:
        return len(met) == len(sizes) and all(
            left == right or 1 in (left, right) for left, right in zip(sizes, met, strict=True)
        )
    if kind(operation) in JOINS:
        told = operand(operation, "dim")
        at = number_of(told) if told is not None else 0
        return (
            at is not None
            and len(met) == len(sizes)
            and all(
                left == right or axis == at % len(sizes)
                for axis, (left, right) in enumerate(zip(sizes, met, strict=True))
            )
        )
    if item.role != "input":
        return False
    if kind(operation) in INDEX_LOSSES:
        return sizes[:1] + sizes[2:] == met
    return any(sizes[-1] == operation.config.get(name) for name in _LAST) or any(
        sizes[1] == operation.config.get(name) for name in _SECOND
    )
