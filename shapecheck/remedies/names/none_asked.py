"""A tensor that may be missing, asked for its truth where it was to be asked for being there: ``if mask:``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import prod

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Frame
from shapecheck.reading.assignments import values_given
from shapecheck.reading.failing import says
from shapecheck.reading.sources import Source, class_around, defaults_of, function_of_line, is_named, source_of, walk

_AMBIGUOUS = (r"Boolean value of Tensor", r"truth value of an array")
_COST = 0.02
_ANY = "whether any of them, or all, are true may have been meant to be asked"
_TESTS = (ast.If, ast.While, ast.IfExp, ast.Assert)


def candidates(evidence: Evidence) -> list[Candidate]:
    """``mask is not None`` for ``mask``, where the script lets it be None as well."""
    frame = evidence.user_frame
    source = source_of(frame.span.file) if frame is not None and says(evidence, *_AMBIGUOUS) else None
    if frame is None or source is None:
        return []
    for whole, leaf in _asked(source, frame):
        held = frame.names.get(ast.unparse(leaf))
        if held is None or held.record is None or prod(held.record.shape) < 2:
            continue
        if not _may_be_none(evidence, source, leaf):
            return []
        text, span = source.span(leaf).text, source.span(whole)
        if isinstance(whole, ast.BoolOp):
            rest = source.span(whole.values[1]).text
            new = f"{text} if {text} is not None else {rest}"
            is_alone = isinstance(getattr(whole, "parent", None), ast.Assign | ast.Return | ast.keyword)
            new = new if is_alone else f"({new})"
        else:
            new = f"{text} is None" if isinstance(whole, ast.UnaryOp) else f"{text} is not None"
        is_flags = held.record.dtype == "bool" and not _is_parameter(source, leaf)
        return [Candidate(new, (Change(span, new),), (), _COST, _ANY if is_flags else "")]
    return []


def _asked(source: Source, frame: Frame) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What is asked for its truth on the line that failed, in its order: what is to be replaced, and the name."""
    first, last = frame.span.line, frame.span.end_line
    for node in walk(source.tree):
        if first <= getattr(node, "lineno", 0) <= last:
            if isinstance(node, _TESTS):
                yield from _leaves(node.test)
            elif isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or) and len(node.values) == 2:
                is_value = not isinstance(getattr(node, "parent", None), (ast.BoolOp, ast.UnaryOp, *_TESTS))
                if is_value and isinstance(node.values[0], ast.Name | ast.Attribute):
                    yield node, node.values[0]


def _leaves(node: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    if isinstance(node, ast.BoolOp):
        for each in node.values:
            yield from _leaves(each)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        if isinstance(node.operand, ast.Name | ast.Attribute):
            yield node, node.operand
        else:
            yield from _leaves(node.operand)
    elif isinstance(node, ast.Name | ast.Attribute):
        yield node, node


def _may_be_none(evidence: Evidence, source: Source, leaf: ast.expr) -> bool:
    """Whether it is None by default, is given None somewhere, or comes from what returns None on another way."""
    text = ast.unparse(leaf)
    if any(each.span.text == "None" for each in evidence.origins.get(text, ())):
        return True
    function = function_of_line(source, leaf.lineno)
    if isinstance(leaf, ast.Name) and function is not None and _is_none_by_default(function, leaf.id):
        return True
    home = class_around(leaf) if isinstance(leaf, ast.Attribute) else function or source.tree
    for node in walk(home):
        for target, value in values_given(node):
            if ast.unparse(target) != text:
                continue
            around = function_of_line(source, value.lineno)
            by_default = isinstance(value, ast.Name) and around is not None and _is_none_by_default(around, value.id)
            if by_default or (isinstance(value, ast.Constant) and value.value is None):
                return True
    return False


def _is_parameter(source: Source, leaf: ast.expr) -> bool:
    """Whether it is what a function was given, and nothing that it has asked itself."""
    function = function_of_line(source, leaf.lineno)
    if function is None or not isinstance(leaf, ast.Name):
        return False
    asked = (value for node in walk(function) for target, value in values_given(node) if is_named(target, leaf.id))
    is_given = leaf.id in {each.arg for each in function.args.args}
    return is_given and not any(isinstance(each, ast.Compare) for each in asked)


def _is_none_by_default(function: ast.FunctionDef, name: str) -> bool:
    default = dict(defaults_of(function.args)).get(name)
    return isinstance(default, ast.Constant) and default.value is None
