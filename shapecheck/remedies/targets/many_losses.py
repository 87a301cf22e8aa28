"""A loss of many numbers, of which backward wants one: the whole, or the term of it that alone was left so."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Cut, Evidence, Span
from shapecheck.reading.compared.left_many import left_many, reducer
from shapecheck.reading.edits import expression, operands_of, piece, suffixed
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.origins import trace
from shapecheck.remedies.targets.cut_graphs import without

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
    """The one part that is many numbers, made one as those beside it are, if these are all made so the same way."""
    left = left_many(whole)
    if left is not None:
        change = suffixed(left[0], f".{left[1]}()")
        yield Candidate(change.text, (change,), (), _COST - _SURER)


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
        if reducer(term) and isinstance(term, ast.Call) and isinstance(term.func, ast.Attribute):
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
