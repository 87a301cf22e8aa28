"""Two factors of a matrix product: one turned, both exchanged, a width made another, the axis of batches put in."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.applied import told_to
from shapecheck.reading.edits import bracketed, call_of, expression
from shapecheck.reading.factors import doubt_of_exchange, doubt_of_shares
from shapecheck.reading.failing import failed, operand, tensors
from shapecheck.reading.mismatches import PRODUCTS, sizes_of, without_axis
from shapecheck.reading.sources import last_name
from shapecheck.remedies.cuts.cut_columns import doubt_of_turn
from shapecheck.remedies.moves import put_behind
from shapecheck.remedies.operands.made_wider import made_wider, made_wider_behind_turn
from shapecheck.remedies.targets.scores_compared import scores_beside_labels

_EITHER_AXIS = "without either of its axes of one the product runs"

_TOLD_WIDTH = "a view has told its last size, which may be what it is for"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes for the factors of a product of matrices, or of an einsum."""
    operation = failed(evidence, *PRODUCTS, "einsum")
    if operation is None or scores_beside_labels(operation) is not None:
        return []
    name = operation.name.rpartition(".")[2]
    if name == "einsum":
        return list(_einsum_letters(operation))
    items = [item for item in tensors(operation) if item.value.record is not None]
    if len(items) < 2:
        return []
    left, right = items[:2] if name == "linear" else items[-2:]
    return list(_product(evidence, operation, left, right, name))


def _is_told_width(item: Argument) -> bool:
    """Whether a matrix is a view that names its last size alone: ``weight.view(-1, width)``."""
    call = call_of(item.span) if item.span is not None else None
    told = told_to(call) if call is not None and last_name(call.func) in ("view", "reshape") else []
    return len(told) > 1 and ast.unparse(told[0]) == "-1" and ast.unparse(told[-1]) != "-1"


def _exchanged(evidence: Evidence, left: Argument, right: Argument) -> Iterator[Candidate]:
    """The two factors in the other order: a square matrix, such as that of a graph, stands in front of the rows."""
    a, b = (sizes_of(item) for item in (left, right))
    if len(a) < 2 or len(b) < 2 or b[-1] != a[-2] or a[-1] == b[-2] or left.span is None or right.span is None:
        return
    texts = [bracketed(item.span.text) for item in (right, left) if item.span is not None]
    changes = (Change(left.span, texts[0]), Change(right.span, texts[1]))
    trial = (Step("swap", left.role, (right.role,)), Step("swap", right.role, (left.role,)))
    # What a square matrix is multiplied with keeps its shape.
    square = b[-1] == b[-2] or a[-1] == a[-2]
    doubt = doubt_of_exchange(evidence, left, right)
    yield Candidate(f"{texts[0]} times {texts[1]}", changes, trial, 0.1 if square and not doubt else 0.45, doubt)


def _axis_of_one_dropped(evidence: Evidence, left: Argument, right: Argument) -> Iterator[Candidate]:
    """An axis of one that a factor has too many, where it fits as soon as that is gone."""
    a, b = sizes_of(left), sizes_of(right)
    for item, other, behind in ((left, b, True), (right, a, False)):
        sizes = sizes_of(item)
        if len(sizes) != 4 or len(other) != 3:
            continue
        ways = {axis: without_axis(sizes, axis) for axis in range(4) if sizes[axis] == 1}
        fitting = [
            axis
            for axis, left_over in ways.items()
            if left_over[0] == other[0] and (left_over[2] == other[1] if behind else left_over[1] == other[2])
        ]
        doubt = _EITHER_AXIS if len({ways[axis] for axis in fitting}) > 1 else ""
        for axis in reversed(fitting):
            step = Step("squeeze", item.role, (axis,))
            for each in put_behind(evidence, item, f".squeeze({axis})", [step], cost=0.05):
                yield each.doubted(doubt)


def _product(
    evidence: Evidence, operation: Operation, left: Argument, right: Argument, name: str
) -> Iterator[Candidate]:
    first, second = left.value.record, right.value.record
    assert first is not None
    assert second is not None
    a, b = first.shape, second.shape
    if name == "linear" and a and len(b) == 2:
        yield from made_wider(evidence, left, b[1], cost=0.3)
        return
    if len(a) >= 2 and len(b) >= 2 and a[-1] != b[-2]:
        yield from (others := list(made_wider(evidence, left, b[-2], cost=0.8)))
        yield from made_wider_behind_turn(evidence, right, a[-1], other_way=bool(others), cost=0.3)
    yield from _exchanged(evidence, left, right)
    for item, sizes, cost in ((right, b, 0.2), (left, a, 0.4)):
        if len(sizes) >= 2:
            text = ".t()" if len(sizes) == 2 else ".transpose(-2, -1)"
            step, doubt = Step("transpose", item.role, (-2, -1)), doubt_of_turn(evidence, left, right, item)
            doubt = doubt or (doubt_of_shares(evidence, left) if item is left else "")
            unless = _TOLD_WIDTH if doubt == "" and _is_told_width(item) else ""
            for each in put_behind(evidence, item, text, [step], cost=cost):
                yield replace(each.doubted(doubt), unless_read=unless)
    if name == "bmm":
        yield from _axis_of_one_dropped(evidence, left, right)
        for item, sizes in ((right, b), (left, a)):
            if len(sizes) == 2:
                for axis in (1, 2, 0):
                    step = Step("unsqueeze", item.role, (axis,))
                    yield from put_behind(evidence, item, f".unsqueeze({axis})", [step], cost=0.1 + 0.1 * (axis == 1))
        if len(a) == len(b) == 3 and a[0] != b[0]:
            for item, sizes, other in ((right, b, a), (left, a, b)):
                if sizes[1] == other[0]:
                    step = Step("transpose", item.role, (0, 1))
                    yield from put_behind(evidence, item, ".transpose(0, 1)", [step], cost=0.3)
                for order in ((1, 2, 0), (1, 0, 2)):
                    step = Step("permute", item.role, order)
                    yield from put_behind(evidence, item, f".permute{order}", [step], cost=0.5)
    if name == "mm" and {1, 3} & {len(a), len(b)} and operation.span is not None:
        text = operation.span.text.replace("torch.mm(", "torch.matmul(", 1).replace(".mm(", ".matmul(", 1)
        yield Candidate(text, (Change(operation.span, text),), (), 0.1 if 3 in (len(a), len(b)) else 0.2)


def _einsum_letters(operation: Operation) -> Iterator[Candidate]:
    """The letters of one operand in another order."""
    equation = operand(operation, "equation", "args[0]") or next(iter(operation.arguments), None)
    node = expression(equation.span.text) if equation is not None and equation.span is not None else None
    if (
        equation is None
        or equation.span is None
        or not isinstance(node, ast.Constant)
        or not isinstance(node.value, str)
    ):
        return
    left, arrow, right = node.value.replace(" ", "").partition("->")
    terms = left.split(",")
    for at, term in enumerate(terms):
        for order in permutations(term):
            if "".join(order) == term or len(term) > 4:
                continue
            new = ",".join("".join(order) if place == at else each for place, each in enumerate(terms)) + arrow + right
            moved = sum(one != other for one, other in zip(order, term, strict=True))
            step = Step("set", equation.role, (new,))
            cost = 0.2 + 0.05 * moved - 0.03 * len(term)
            yield Candidate(f'"{new}"', (Change(equation.span, f'"{new}"'),), (step,), cost)
