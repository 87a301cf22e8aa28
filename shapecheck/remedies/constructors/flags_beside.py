"""A layer told by a literal to go both ways, or by nothing to go one way, beside layers that read a flag for it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.applied import given_as
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import as_whole, with_keyword
from shapecheck.reading.failing import RECURRENT, failed, features_taken, shape
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import Source, class_around, function_around, node_at, user_sources, walk

_TOLD = "bidirectional"
_ON_PURPOSE = "the layer may be meant to go its own way, whatever the flag says of the others"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The flag for the layer that gives twice, or half, the width that is wanted, and is the only one without it."""
    operation = failed(evidence)
    sizes = shape(operation, "input")
    want = features_taken(operation)
    if operation is None or not sizes or not want or (sizes[-1] != 2 * want and 2 * sizes[-1] != want):
        return []
    is_both, names = sizes[-1] == 2 * want, (f"{operation.callee}.{each}" for each in ("in_features", "input_size"))
    read = [node_at(origin.span) for name in names for origin in evidence.origins.get(name, ())]
    found: list[Candidate] = []
    for source, call in [(file, each) for file in user_sources(evidence) for each in file.calls(*RECURRENT)]:
        span = source.span(call)
        width = told_for(span, "hidden_size")
        if _literal(call) is not is_both or width is None:
            continue
        if worked_out(evidence, width) != (want if is_both else sizes[-1]):
            continue
        for flag in _flags_beside(source, call):
            change = with_keyword(span, _TOLD, flag.text)
            if change is not None and worked_out(evidence, flag) is (not is_both):
                doubt = "" if _is_reckoned_with(evidence, flag, read) and _is_of_it(source, call, flag) else _ON_PURPOSE
                found.append(Candidate(f"{_TOLD}={flag.text}", (as_whole(span, change),), (), 0.03, doubt))
    return found


def _literal(call: ast.Call) -> bool | None:
    """What a layer is told by a literal, or by nothing; None where it reads a name."""
    if any(each.arg is None for each in call.keywords):
        return None
    told = given_as(call, _TOLD)
    if told is None:
        return False
    return told.value if isinstance(told, ast.Constant) and isinstance(told.value, bool) else None


def _flags_beside(source: Source, call: ast.Call) -> Iterator[Span]:
    """What the other layers that are made in the same place read, where all of them read the same."""
    home, others = _beside(source, call)
    told = [each.value for other in others for each in other.keywords if each.arg == _TOLD]
    texts = {ast.unparse(each) for each in told}
    if home is not None and len(told) == len(others) and len(texts) == 1 and not isinstance(told[0], ast.Constant):
        yield source.span(told[0])


def _beside(source: Source, call: ast.Call) -> tuple[ast.AST | None, list[ast.Call]]:
    """Where a layer is made, and the others that are made there."""
    home = class_around(call) or function_around(call)
    every = (each for each in source.calls(*RECURRENT) if each is not call)
    return home, [each for each in every if home is (class_around(each) or function_around(each))]


def _is_of_it(source: Source, call: ast.Call, flag: Span) -> bool:
    """Whether two places at least reckon the layer's own width with the flag: one may be what is wrong.

    A width that another layer has as well says nothing of this one.
    """
    home, others = _beside(source, call)
    width = _width(source, call)
    if home is None or not width or width in [_width(source, each) for each in others]:
        return False
    told = {flag.text}
    for each in walk(home):
        if isinstance(each, ast.Assign) and any(_text(part) in told for part in walk(each.value)):
            told |= {_text(target) for target in each.targets} - {""}
    products = [each for each in walk(home) if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Mult)]
    sides = [{_text(each.left), _text(each.right)} for each in products]
    return sum(width in side and bool(side & told) for side in sides) > 1


def _width(source: Source, call: ast.Call) -> str:
    given = told_for(source.span(call), "hidden_size")
    return given.text if given is not None else ""


def _text(node: ast.AST) -> str:
    return ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute | ast.Constant) else ""


def _is_reckoned_with(evidence: Evidence, flag: Span, read: list[ast.expr | None]) -> bool:
    """Whether the width that is wanted was worked out from the flag; where it is not known, any width of the class."""
    node = node_at(flag)
    followed = [node, *(node_at(origin.span) for origin in trace(evidence, flag, parts=True))]
    texts = {ast.unparse(each) for each in followed if isinstance(each, ast.Name | ast.Attribute | ast.Subscript)}
    home = class_around(node) or function_around(node)
    sums = [each for each in walk(home) if isinstance(each, ast.BinOp | ast.IfExp)] if home is not None else []
    places = [each for each in read if each is not None] or sums
    return any(isinstance(part, ast.expr) and ast.unparse(part) in texts for each in places for part in walk(each))
