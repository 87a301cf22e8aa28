"""Lengths that were divided, as a layer with a stride leaves fewer steps: rounded as that layer rounds."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.applied import given_as
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import last_name, receivers, user_sources, walk
from shapecheck.reading.vocabulary import TENSORS

_WORKED_OUT = "the lengths were worked out from others, and may have been worked out wrongly"
_DIVIDES = ("div", "divide", "floor_divide", "ceil", "floor")
_MAKERS = (*TENSORS, "list", "stack")
_CASTS = ("int", "long", "floor")
_POOLS = ("MaxPool1d", "MaxPool2d", "AvgPool1d", "AvgPool2d", "max_pool1d", "max_pool2d", "avg_pool1d", "avg_pool2d")


def rounded_up(evidence: Evidence, lengths: Argument, steps: int, *, cost: float) -> Iterator[Candidate]:
    """The lengths' division rounded up, where the shortest came to nothing.

    Args:
        evidence: The problem.
        lengths: The lengths.
        steps: How many steps the padded tensor has.
        cost: What it costs.
    """
    changes = [
        Change(span, new)
        for span in _makers(evidence, lengths)
        if (node := expression(span.text)) is not None and (new := _rounded(span.text, node)) != span.text
    ]
    if changes:
        longest = lengths.value.facts.get("max", _divided_here(evidence, lengths))
        sure = longest is not None and steps == longest + 1
        sure = sure or (longest in (None, steps) and _all_round_up(evidence))
        yield Candidate(changes[0].text, tuple(changes), (), cost, "" if sure else _WORKED_OUT)


def _divided_here(evidence: Evidence, lengths: Argument) -> float | None:
    """The longest, where the lengths are divided in the call itself and only what is divided has a name."""
    span = lengths.span
    node = expression(span.text) if span is not None else None
    if span is None or node is None:
        return None
    for each in walk(node):
        parts = [each.left, each.right] if isinstance(each, ast.BinOp) else []
        if isinstance(each, ast.Call) and last_name(each.func) in _DIVIDES:
            parts = each.args[:2]
        by = worked_out(evidence, piece(span, parts[1])) if len(parts) == 2 else None
        held = evidence.held.get(ast.unparse(parts[0])) if parts else None
        if isinstance(by, int) and by > 0 and held is not None and "max" in held.facts:
            return held.facts["max"] // by
    return None


def doubt_of_lengths(evidence: Evidence, lengths: Argument) -> str:
    """What stands against lengths that are only held above nothing: they come out of a calculation."""
    for span in _makers(evidence, lengths):
        node = expression(span.text)
        for each in _through(node) if node is not None else ():
            if isinstance(each, ast.BinOp) or (isinstance(each, ast.Call) and last_name(each.func) in _DIVIDES):
                return _WORKED_OUT
    return ""


def _through(node: ast.expr) -> Iterator[ast.expr]:
    """An expression, then what its methods and indices are of and what it puts into a tensor."""
    for each in receivers(node):
        yield each
        inside = each.elt if isinstance(each, ast.ListComp | ast.GeneratorExp) else None
        if isinstance(each, ast.Call) and last_name(each.func) in (*_MAKERS, *_CASTS) and each.args:
            inside = each.args[0]
        if inside is not None:
            yield from _through(inside)
            return


def _makers(evidence: Evidence, lengths: Argument) -> list[Span]:
    """The expressions that the lengths came by, each once."""
    known = evidence.origins.get(lengths.expression, ())
    own = (lengths.span,) if lengths.span is not None else ()
    behind = trace(evidence, lengths.span, parts=True)
    spans = dict.fromkeys((*own, *(each.span for each in (*behind, *known))))
    kept: list[Span] = []
    for span in spans:
        # The same text seen from farther out would be changed twice.
        if not any(other is not span and (other.holds(span) or span.holds(other)) for other in kept):
            kept.append(span)
    return kept


def _rounded(text: str, node: ast.expr) -> str:
    """The text with its divisions rounded up."""
    whole = Span("", 1, 0, 1 + text.count("\n"), 0, text)
    edits: list[tuple[int, int, str]] = []
    for part, new in _divisions(whole, node):
        edits.append((_offset(text, part.line, part.column), _offset(text, part.end_line, part.end_column), new))
    for begin, end, new in sorted(edits, reverse=True):
        text = text[:begin] + new + text[end:]
    return text


def _divisions(whole: Span, node: ast.AST) -> Iterator[tuple[Span, str]]:
    """The outermost divisions in an expression, and how they are written rounded up."""
    new = _upwards(whole, node)
    if new is not None and isinstance(node, ast.expr):
        yield piece(whole, node), new
        return
    for child in ast.iter_child_nodes(node):
        yield from _divisions(whole, child)


def _upwards(whole: Span, node: ast.AST) -> str | None:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv):
        by = piece(whole, node.right).text
        return f"({_sum(_of(whole, node.left), node.left, by)}) // {by}"
    if not isinstance(node, ast.Call):
        return None
    name = last_name(node.func)
    rounding = given_as(node, "rounding_mode")
    if name in ("div", "divide") and isinstance(rounding, ast.Constant) and len(node.args) == 2:
        by, function = piece(whole, node.args[1]).text, piece(whole, node.func).text
        inside = _sum(_of(whole, node.args[0]), node.args[0], by)
        return f'{function}({inside}, {by}, rounding_mode="floor")' if rounding.value in ("floor", "trunc") else None
    # A quotient that is cut to a whole number: (lengths / 4).long(), int(length / 4).
    base = node.func.value if isinstance(node.func, ast.Attribute) and not node.args else None
    inner = node.args[0] if name in ("int", "floor") and len(node.args) == 1 else base
    if name in _CASTS and isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Div):
        return f"-(-{_factor(whole, inner.left)} // {piece(whole, inner.right).text})"
    return None


def _of(whole: Span, node: ast.expr) -> str:
    return _upwards(whole, node) or piece(whole, node).text


def _sum(text: str, node: ast.expr, by: str) -> str:
    plain = isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript | ast.BinOp | ast.Constant)
    left = text if plain else f"({text})"
    return f"{left} + {int(by) - 1}" if by.isdecimal() else f"{left} + {by} - 1"


def _factor(whole: Span, node: ast.expr) -> str:
    text = piece(whole, node).text
    return text if isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript) else f"({text})"


def _offset(text: str, line: int, column: int) -> int:
    rows = text.split("\n")
    return sum(len(row) + 1 for row in rows[: line - 1]) + column


def _all_round_up(evidence: Evidence) -> bool:
    """Whether all that leaves fewer steps in the script rounds up: convolutions that are padded by half a window."""
    found = []
    for source in user_sources(evidence):
        if any(True for _ in source.calls(*_POOLS)):
            return False
        for call in source.calls("Conv1d", "Conv2d"):
            window, stride, padding = (_number(call, name, at) for name, at in _PLACES)
            if stride != 1:
                found.append(None not in (window, padding) and 2 * int(padding or 0) >= int(window or 0) - 1)
    return bool(found) and all(found)


_PLACES = (("kernel_size", 2), ("stride", 3), ("padding", 4))


def _number(call: ast.Call, name: str, at: int) -> int | None:
    given = given_as(call, name, at)
    if given is None:
        return 1 if name == "stride" else 0
    return given.value if isinstance(given, ast.Constant) and type(given.value) is int else None
