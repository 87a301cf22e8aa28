"""A loss of many numbers, of which backward wants one: the whole, or the term of it that alone was left so."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Cut, Evidence, Span
from shapecheck.reading.edits import expression, is_of_torch, operands_of, piece, suffixed
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.origins import trace
from shapecheck.remedies.targets.cut_graphs import without

_REDUCERS = ("mean", "sum")
# A term of its own is surer than the whole, in which a sum beside it would count many times.
_COST, _SURER = 0.0, 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """``stack(critic).sum()`` where it is added to a sum, else ``loss.mean()``; a list of losses is stacked with it."""
    operation = failed(evidence, "backward")
    item = operand(operation, "self", "tensor", "tensors")
    if item is None or item.span is None or not says(evidence, r"only for scalar outputs"):
        return []
    whole = next((each.span for each in trace(evidence, item.span)), item.span)
    found = list(_of_terms(whole))
    for reduced, cost in (("mean", _COST), ("sum", _COST + 0.3)):
        change = suffixed(item.span, f".{reduced}()")
        found.append(Candidate(change.text, (change,), (), cost))
    return [_with_graphs(evidence, whole, each) for each in found]


def _of_terms(whole: Span) -> Iterator[Candidate]:
    """The one term that is many numbers, made one as those beside it are, if these are all made so the same way."""
    terms = operands_of(expression(whole.text), ast.Add, ast.Sub)
    left = [each for each in terms if not _reducer(each) and not isinstance(each, ast.Constant)]
    names = {_reducer(each) for each in terms} - {""}
    if len(names) == len(left) == 1:
        change = suffixed(piece(whole, left[0]), f".{names.pop()}()")
        yield Candidate(change.text, (change,), (), _COST - _SURER)


def _reducer(term: ast.expr) -> str:
    """The method that makes one number of a term, also where a factor stands beside it: ``0.5 * x.sum()``."""
    if isinstance(term, ast.BinOp) and isinstance(term.op, ast.Mult | ast.Div):
        factors = [each for each in (term.left, term.right) if not isinstance(each, ast.Constant)]
        return _reducer(factors[0]) if len(factors) == 1 else ""
    if isinstance(term, ast.UnaryOp):
        return _reducer(term.operand)
    if not isinstance(term, ast.Call) or not isinstance(term.func, ast.Attribute) or term.keywords:
        return ""
    is_function = is_of_torch(term)
    return term.func.attr if term.func.attr in _REDUCERS and len(term.args) == is_function else ""


def _with_graphs(evidence: Evidence, whole: Span, candidate: Candidate) -> Candidate:
    """The change, and with it what was made anew of numbers in a term of the loss, with its graph."""
    changes = list(candidate.changes)
    for cut in evidence.cuts:
        change = without([cut]) if cut.kind == "numbers" and _is_term(whole, cut) else None
        changes = _and(changes, change) if change is not None else changes
    return replace(candidate, changes=tuple(changes))


def _is_term(whole: Span, cut: Cut) -> bool:
    """Whether what cuts off is a term of the loss but for what makes one number of it: no factor, and no target."""
    for term in operands_of(expression(whole.text), ast.Add, ast.Sub):
        if _reducer(term) and isinstance(term, ast.Call) and isinstance(term.func, ast.Attribute):
            term = term.args[0] if term.args else term.func.value
        place = piece(whole, term)
        if cut.span is not None and place.holds(cut.span) and cut.span.holds(place):
            return True
    return False


def _and(changes: list[Change], other: Change) -> list[Change]:
    """One change more, made in the text of another one where it stands in what that replaces."""
    for at, each in enumerate(changes):
        if each.span.holds(other.span):
            text = each.text.replace(other.span.text, other.text, 1)
            return [*changes[:at], Change(each.span, text), *changes[at + 1 :]]
    return [*changes, other]
