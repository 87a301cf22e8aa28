"""The letters of an einsum in another order."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import permutations

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Operation
from shapecheck.reading.edits import expression
from shapecheck.reading.failing import operand


def einsum_letters(operation: Operation) -> Iterator[Candidate]:
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
