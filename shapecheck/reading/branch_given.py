"""Which of the ways to a value gave a tuple, where the others give a tensor: branches of a condition, rounds before."""

from __future__ import annotations

import ast

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import Source, found_at, receivers


def branch_given(evidence: Evidence, span: Span) -> Span:
    """The branch that a tuple came from, ``states[k - 1]`` of ``states[k - 1] if k else x``.

    Args:
        evidence: The problem.
        span: The expression.

    Returns:
        The whole expression where it is no conditional one, or where either branch may have given it.
    """
    (source, node), whole = found_at(span), expression(span.text)
    if not isinstance(whole, ast.IfExp) or not isinstance(node, ast.IfExp) or source is None:
        return span
    is_tensor = [gives_tensor(evidence, source, each) for each in (node.body, node.orelse)]
    if sum(is_tensor) != 1:
        return span
    return piece(span, whole.orelse if is_tensor[0] else whole.body)


def gives_tensor(evidence: Evidence, source: Source, node: ast.expr) -> bool:
    """Whether an expression is a tensor that has a name, or a part of one: ``x``, ``x[:, t]``, ``x.squeeze(1)``."""
    held = held_around(evidence, source, node)
    *_, base = receivers(node)
    return isinstance(base, ast.Name) and base.id in held and held[base.id].kind == "tensor"
