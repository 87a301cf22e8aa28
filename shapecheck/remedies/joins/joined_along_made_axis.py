"""Parts that each got an axis of one, and were joined along another one: joined along the axis that was made for it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.applied import written_axis
from shapecheck.reading.assignments import only_value
from shapecheck.reading.edits import whole_number, with_keyword
from shapecheck.reading.failing import failed, says
from shapecheck.reading.mismatches import JOINS
from shapecheck.reading.sources import Source, home_around, items_of, last_name, user_sources

_COST = 0.3
_ELSEWHERE = "the parts may be meant to be joined along an axis that they had, and the sizes to be wrong elsewhere"

_SIZES = (
    r"[Ss]izes? of tensors? must match",
    r"must match the size",
    r"[Ee]xpected size",
    r"cannot be multiplied",
    r"invalid for input of size",
    r"must be equal to input_size",
    r"inconsistent",
    r"shape mismatch",
)


def candidates(evidence: Evidence) -> list[Candidate]:
    """``torch.cat([x.unsqueeze(-1) for x in columns], -1)`` for ``1``, if the lines behind go on with it."""
    if failed(evidence) is None or not says(evidence, *_SIZES):
        return []
    return [each for source in user_sources(evidence) for each in _joined(source)]


def _joined(source: Source) -> Iterator[Candidate]:
    for call in source.calls(*JOINS):
        if not call.args or ast.unparse(call.func) != f"torch.{last_name(call.func)}":
            continue
        made, told = _axis_made(call), written_axis(call)
        along = whole_number(told) if told is not None else 0
        if made is None or along is None or made == along:
            continue
        span = source.span(call)
        change = Change(source.span(told), str(made)) if told is not None else with_keyword(span, "dim", str(made))
        if change is not None:
            yield Candidate(f"dim={made}", (change,), (), _COST, unless_read=_ELSEWHERE)


def _axis_made(call: ast.Call) -> int | None:
    """The axis of one that each part gets right where it is put into the list; None where not all get the same."""
    parts: ast.expr | None = call.args[0]
    if isinstance(parts, ast.Name):
        home = home_around(call)
        parts = only_value(home, parts.id) if home is not None else None
    if isinstance(parts, ast.ListComp | ast.GeneratorExp):
        axes = {_made_by(parts.elt)}
    elif isinstance(parts, ast.List | ast.Tuple) and len(parts.elts) > 1:
        axes = {_made_by(each) for each in parts.elts}
    else:
        return None
    return axes.pop() if len(axes) == 1 else None


def _made_by(node: ast.expr) -> int | None:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "unsqueeze":
        given = [*node.args, *(each.value for each in node.keywords)]
        return whole_number(given[0]) if len(given) == 1 else None
    parts = items_of(node.slice) if isinstance(node, ast.Subscript) else []
    news = [at for at, each in enumerate(parts) if isinstance(each, ast.Constant) and each.value is None]
    if len(news) != 1 or not all(isinstance(each, ast.Slice | ast.Constant) for each in parts):
        return None
    is_last = len(parts) > 1 and isinstance(parts[0], ast.Constant) and parts[0].value is Ellipsis
    return -1 if is_last and news[0] == len(parts) - 1 else None if is_last else news[0]
