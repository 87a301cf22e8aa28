"""Factors of a product for which more speaks than that they stand in the wrong order."""

from __future__ import annotations

import ast

from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import expression
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import last_name

_TURNED = "one of the factors is turned, which may be what is wrong in place of their order"
_SHARES = "what adds up to one along the axis that is summed would be summed along the other one"
_TURNS = ("t", "transpose", "swapaxes", "T", "mT")


def doubt_of_exchange(evidence: Evidence, left: Argument, right: Argument) -> str:
    """What speaks against it that two factors are in each other's place.

    Args:
        evidence: The problem.
        left: The factor in front, whose last axis is summed.
        right: The other one, whose last axis but one is.
    """
    if any(_is_turned(item) for item in (left, right)):
        return _TURNED
    return doubt_of_shares(evidence, left)


def doubt_of_shares(evidence: Evidence, left: Argument) -> str:
    """What speaks against it that another axis than the last of the factor in front is summed."""
    nodes = [expression(each.text) for each in spans_of(evidence, left.span)]
    last = ("-1", str(len(sizes_of(left)) - 1))
    return _SHARES if any(isinstance(node, ast.Call) and _is_along(node, last) for node in nodes) else ""


def _is_turned(item: Argument) -> bool:
    node = expression(item.span.text) if item.span is not None else None
    node = node.func if isinstance(node, ast.Call) else node
    return isinstance(node, ast.Attribute) and node.attr in _TURNS


def _is_along(call: ast.Call, axes: tuple[str, ...]) -> bool:
    told = [*call.args, *(each.value for each in call.keywords)]
    return last_name(call.func) == "softmax" and any(ast.unparse(each) in axes for each in told)
