"""A number told to what gives a width that is reckoned from a name: ``wide = 2 * n`` beside ``Sines(8)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import whole_number
from shapecheck.reading.failing import RECURRENT, failed, features_taken, shape
from shapecheck.reading.reckoning import reckoned_number
from shapecheck.reading.sources import Source, call_around, found_at, function_around, last_name, statement_of, walk
from shapecheck.reading.ways_back import every_origin

_COST, _FAR = 0.04, 0.3
_EITHER = "the width may be reckoned wrongly, and the number be right"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``Sines(n)`` for ``Sines(8)`` beside ``wide = 2 * n``, where rows of two times eight came."""
    operation = failed(evidence, "Linear", *RECURRENT)
    sizes, want = shape(operation, "input"), features_taken(operation)
    if not sizes or not want or sizes[-1] == want:
        return []
    return [found for span in every_origin(evidence) for found in _by_name(evidence, span, want, sizes[-1])][:1]


def _by_name(evidence: Evidence, span: Span, want: int, have: int) -> Iterator[Candidate]:
    source, node = found_at(span)
    number, call, line = whole_number(node), call_around(node), statement_of(node)
    own = {each.name for each in walk(source.tree) if isinstance(each, ast.ClassDef)} if source is not None else set()
    if source is None or call is None or last_name(call.func) not in own or not number or number < 2:
        return
    factor, rest = divmod(have, number)
    if rest or factor < 2 or want % factor or not isinstance(line, ast.Assign):
        return
    for text in _factors(source, line, factor):
        if _number(evidence, source, text) == want // factor:
            doubt = "" if _is_told_elsewhere(line, text.text) else _EITHER
            cost = _FAR if doubt else _COST
            yield Candidate(f"{span.text} -> {text.text}", (Change(span, text.text),), (), cost, doubt)
            return


def _number(evidence: Evidence, source: Source, text: Span) -> object:
    node = source.node_at(text)
    found = worked_out(evidence, text)
    return found if found is not None or node is None else reckoned_number(evidence, source, node)


def _factors(source: Source, line: ast.Assign, factor: int) -> Iterator[Span]:
    """What is multiplied by a number in the lines that stand beside another one, in the same block."""
    up = getattr(line, "parent", None)
    block = next((body for name in ("body", "orelse") if line in (body := getattr(up, name, []))), [])
    for each in block:
        for _, value in values_given(each):
            if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult):
                for one, other in ((value.left, value.right), (value.right, value.left)):
                    if whole_number(one) == factor and isinstance(other, ast.Name | ast.Attribute | ast.Subscript):
                        yield source.span(other)


def _is_told_elsewhere(line: ast.Assign, text: str) -> bool:
    """Whether what gets the same name in another branch of the function is told the same."""
    names = {ast.unparse(each) for each in line.targets}
    for each in walk(function_around(line)):
        call = each.value if isinstance(each, ast.Assign) and each is not line else None
        if isinstance(call, ast.Call) and {ast.unparse(one) for one in each.targets} == names:  # type: ignore[attr-defined]
            given = [*call.args, *(word.value for word in call.keywords)]
            if text in {ast.unparse(one) for one in given}:
                return True
    return False
