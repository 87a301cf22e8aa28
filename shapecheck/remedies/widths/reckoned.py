"""A number that the script works out and gets wrong: the line that works it out, with its arithmetic mended."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import bracketed
from shapecheck.reading.origins import spans_of
from shapecheck.reading.reckoning import Reckoner, reckoned_number
from shapecheck.reading.sizes.written_products import written_anew
from shapecheck.reading.sources import Source, found_at, function_around, names_in, walk
from shapecheck.remedies.widths.halves import doubt_of_factor

WRITTEN_OVER = "a number is written over what it was worked out from, which may be what is wrong"
_TOLD_ALIKE = "another layer is told the same product, and what comes may be what is made otherwise than it was meant"
# How many places of a formula are tried, and how many of the changes that come out right are named.
_MAX_PLACES = 40
_MAX_SHOWN = 3
_REACHED = (ast.Name, ast.Attribute, ast.Constant, ast.BinOp, ast.Call)


@dataclass(frozen=True, slots=True)
class _Way:
    """One small edit of a part of an expression.

    Args:
        text: The part, edited.
        put: What that does to its number, or to its two sides.
        oddness: How odd it is.
        is_operation: Whether it is given the two sides.
    """

    text: str
    put: Callable[..., Any]
    oddness: float = 0.0
    is_operation: bool = False


def reckoned(
    evidence: Evidence, given: Span, have: object, want: int, trial: tuple[Step, ...], *, cost: float
) -> Iterator[Candidate]:
    """Small edits of the arithmetic behind an argument that make it the number that is wanted; else that number there.

    Args:
        evidence: The problem.
        given: The argument's text.
        have: What it is.
        want: What it must be.
        trial: The same as a trial.
        cost: What it costs.
    """
    found = _computation(evidence, given)
    if found is None or type(have) is not int:
        return
    source, node = found
    reckoner = Reckoner(evidence)
    is_known = reckoner.known(source, node) == have
    fitting = sorted(_fitting(evidence, source, node, reckoner, want), key=lambda each: each[0]) if is_known else []
    for oddness, span, text in fitting[:_MAX_SHOWN]:
        doubt = doubt_of_factor(span, 2) if have == 2 * want else ""
        if abs(have - want) > 1 and text.strip("()") in (f"{span.text} - 1", f"{span.text} + 1"):
            doubt = doubt or (_TOLD_ALIKE if _is_told_elsewhere(source, node) else "")
        yield Candidate(f"{span.text} -> {text}", (Change(span, text),), trial, cost + oddness, doubt)
    if source.span(node) != given:
        doubt = WRITTEN_OVER if _reads_names(node) else ""
        text = written_anew(source.span(node).text, want)
        yield Candidate(text, (Change(source.span(node), text),), trial, cost + 0.4, doubt)


def _is_told_elsewhere(source: Source, node: ast.expr) -> bool:
    """Whether another call in the same function is told the same product of names."""
    text = source.span(node).text
    calls = (each for each in walk(function_around(node)) if isinstance(each, ast.Call) and node not in each.args)
    given = (part for each in calls for part in (*each.args, *(key.value for key in each.keywords)))
    return any(part is not node and source.span(part).text == text for part in given)


def _reads_names(node: ast.expr) -> bool:
    """Whether arithmetic goes by what is named elsewhere: a number in its place goes with nothing any more."""
    called = {id(part) for each in walk(node) if isinstance(each, ast.Call) for part in walk(each.func)}
    return any(isinstance(each, ast.Name | ast.Attribute) and id(each) not in called for each in walk(node))


def _computation(evidence: Evidence, given: Span) -> tuple[Source, ast.expr] | None:
    """The arithmetic, or the call of a function of the script, that a number comes from."""
    for span in spans_of(evidence, given):
        source, node = found_at(span)
        if source is not None and isinstance(node, ast.BinOp | ast.Call):
            return source, node
        if isinstance(node, ast.Constant):
            return None
    return None


def _fitting(
    evidence: Evidence, source: Source, root: ast.expr, reckoner: Reckoner, want: int
) -> Iterator[tuple[float, Span, str]]:
    """The edits that give the number, with how odd each is."""
    reached = [each for each in reckoner.seen.values() if isinstance(each[1], _REACHED) and _is_reckoned_with(each[1])]
    # What was worked out last stands nearest to the layer.
    reached.reverse()
    for far, (where, node, value) in enumerate(reached[:_MAX_PLACES]):
        if type(value) is not int:
            continue
        factors = _factors(evidence, where, node) if node is root else {}
        # What has been worked out under a name of its own is mended there.
        odd = 0.03 if isinstance(node, ast.Name) and _computation(evidence, where.span(node)) else 0.0
        for way in _ways(where, node, factors):
            change = {id(node): way.put}
            other = Reckoner(evidence, operate=change) if way.is_operation else Reckoner(evidence, change)
            result = other.known(source, root)
            if type(result) is int and result == want:
                yield way.oddness + odd + 0.001 * far, where.span(node), way.text


def _is_reckoned_with(node: ast.expr) -> bool:
    """Whether a number is a part of an expression, not one that a name or a setting was given as it is."""
    up = getattr(node, "parent", None)
    if isinstance(node, ast.BinOp | ast.Call):
        return True
    return isinstance(up, ast.BinOp) or (isinstance(up, ast.GeneratorExp | ast.ListComp) and up.elt is node)


def _ways(source: Source, node: ast.expr, factors: dict[str, int]) -> Iterator[_Way]:
    text = source.span(node).text
    if isinstance(node, ast.Constant):
        for more in (1, -1):
            if _is_factor(node) and node.value + more == 1:  # type: ignore[operator]
                # A product with one says nothing: it is the factor that goes.
                continue
            yield _Way(str(node.value + more), lambda value, more=more: value + more)  # type: ignore[operator]
        up = getattr(node, "parent", None)
        if isinstance(up, ast.BinOp) and isinstance(up.op, ast.FloorDiv) and up.right is node:
            # A layer that halves the size, counted once too often or not at all.
            yield _Way(str(2 * node.value), lambda value: 2 * value)  # type: ignore[operator]
            if type(node.value) is int and node.value % 2 == 0 and node.value > 2:
                yield _Way(str(node.value // 2), lambda value: value // 2)
        return
    is_sum = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub)
    if not (isinstance(node, ast.BinOp) and is_sum and isinstance(node.right, ast.Constant)):
        for more in (-1, 1):
            new = f"{text} {'+' if more > 0 else '-'} 1"
            yield _Way(_in_place(node, new), lambda value, more=more: value + more, 0.01 * isinstance(node, ast.BinOp))
    product = text if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) else bracketed(text)
    odd = 0.018 if isinstance(node, ast.BinOp) else 0.02
    # Where a two is written already, it is that one that goes.
    if not _has_two(node, ast.Mult):
        yield _Way(_in_place(node, f"{product} // 2"), lambda value: value // 2, odd)
    if not _has_two(node, ast.FloorDiv):
        yield _Way(_in_place(node, f"2 * {product}"), lambda value: 2 * value, odd)
    yield _Way(f"{bracketed(text)} ** 2", lambda value: value**2, 0.02)
    for name, factor in factors.items():
        yield _Way(f"{product} * {name}", lambda value, factor=factor: value * factor, 0.015)
    if isinstance(node, ast.BinOp):
        yield from _other_operations(source, node)


def _is_factor(node: ast.expr) -> bool:
    up = getattr(node, "parent", None)
    return isinstance(up, ast.BinOp) and isinstance(up.op, ast.Mult)


def _has_two(node: ast.expr, operation: type[ast.operator]) -> bool:
    """Whether an expression is multiplied with two, or divided by it, in so many words."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, operation):
        return False
    sides = (node.left, node.right) if operation is ast.Mult else (node.right,)
    is_two = any(isinstance(side, ast.Constant) and side.value == 2 for side in sides)
    return is_two or (operation is ast.Mult and any(_has_two(side, operation) for side in sides))


def _other_operations(source: Source, node: ast.BinOp) -> Iterator[_Way]:
    """An operation with one of its two sides only, turned round, or rounded up."""
    left, right = (source.span(side).text for side in (node.left, node.right))
    if isinstance(node.op, ast.Add | ast.Sub):
        if isinstance(node.right, ast.Constant):
            yield _Way(left, lambda one, _: one, 0.0, is_operation=True)
        new = "-" if isinstance(node.op, ast.Add) else "+"
        turned = operator.sub if isinstance(node.op, ast.Add) else operator.add
        yield _Way(f"{left} {new} {right}", turned, 0.016, is_operation=True)
    if isinstance(node.op, ast.Mult | ast.FloorDiv):
        # A factor that is left out: of a product either side, the sooner where it is a number.
        odd = 0.0 if isinstance(node.right, ast.Constant) else 0.012
        yield _Way(left, lambda one, _: one, odd, is_operation=True)
    if isinstance(node.op, ast.Mult):
        odd = 0.0 if isinstance(node.left, ast.Constant) else 0.012
        yield _Way(right, lambda _, other: other, odd, is_operation=True)
    if isinstance(node.op, ast.FloorDiv):
        odd = 0.005 if isinstance(node.left, ast.Name | ast.Attribute) else 0.012
        up = f"-(-{bracketed(left)} // {bracketed(right)})"
        yield _Way(up, lambda one, other: -(-one // other), odd, is_operation=True)


def _factors(evidence: Evidence, source: Source, node: ast.expr) -> dict[str, int]:
    """The numbers of the function around an expression that it may have been multiplied with, by name."""
    home = function_around(node)
    found: dict[str, int] = {}
    inside = names_in(node)
    for each in walk(home):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load) and each.id not in {*found, *inside, "self"}:
            value = reckoned_number(evidence, source, each)
            if value is not None and value > 1:
                found[each.id] = value
    return found


def _in_place(node: ast.expr, text: str) -> str:
    """The text with brackets where what stands around it binds more tightly."""
    up = getattr(node, "parent", None)
    is_loose = isinstance(up, ast.BinOp) and (
        isinstance(up.op, ast.Add) or (isinstance(up.op, ast.Sub) and up.left is node)
    )
    return f"({text})" if isinstance(up, ast.BinOp) and not is_loose else text
