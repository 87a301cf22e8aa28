"""Labels of which some have a number outside the classes, which marks what does not count, and a loss that minds it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.edits import argument, expression, whole_number, with_keyword
from shapecheck.reading.failing import kind, maker
from shapecheck.reading.sources import last_name, user_sources
from shapecheck.remedies.arithmetic import worked_out
from shapecheck.remedies.moves import literals

_FILL = ("full", "full_like", "new_full", "fill_", "masked_fill", "masked_fill_", "where", "pad", "pad_sequence")
DEFAULT = -100
A_CLASS = "the number may be a class that the model lacks"
OTHERS_ASK = "something else in the script asks for the number that the loss ignores: the labels may be what is wrong"


def marked(
    evidence: Evidence, operation: Operation, target: Argument, most: int, count: int, *, cost: float
) -> Iterator[Candidate]:
    """The number that the labels have, as the one that the loss ignores.

    Args:
        evidence: The problem.
        operation: The loss.
        target: The labels.
        most: The number outside the classes.
        count: How many classes there are.
        cost: What it costs.
    """
    other = target.value.facts.get("below_max")
    if other is None or other >= count:
        return
    call = operation.span if kind(operation) in ("cross_entropy", "nll_loss") else None
    origin = maker(evidence, operation) if call is None else None
    call = call or (origin.span if origin is not None else None)
    given = argument(call, "ignore_index") if call is not None else None
    ignored = _ignored(evidence, operation, given)
    if call is None or ignored == most or (given is None and (ignored != DEFAULT or most == count)):
        return
    trial: tuple[Step, ...] = (Step("keyword", "", ("ignore_index", most)),) if call == operation.span else ()
    written = [each for each in marking(evidence, most) if given is None or not given.holds(each)]
    # One more than there are classes may be the last one, counted from one.
    doubt = A_CLASS if most == count or (given is None and not written) else ""
    if given is not None and type(ignored) is int:
        places = list(literals(evidence, given)) or [given]
        elsewhere = [each for each in marking(evidence, ignored) if each not in places]
        if elsewhere:
            doubt = doubt or OTHERS_ASK
            for place in written if len(written) == 1 else ():
                yield Candidate(f"{place.text} -> {ignored}", (Change(place, str(ignored)),), (), cost)
        yield Candidate(f"ignore_index={most}", (Change(places[0], str(most)),), trial, cost + 0.05, doubt)
        return
    change = with_keyword(call, "ignore_index", str(most)) if given is None else None
    if change is not None:
        yield Candidate(f"ignore_index={most}", (change,), trial, cost + (0.35 if doubt else 0.05), doubt)


def _ignored(evidence: Evidence, operation: Operation, given: Span | None) -> object:
    """The number that the loss ignores, as far as it is told."""
    if given is None:
        return operation.config.get("ignore_index", DEFAULT)
    node = expression(given.text)
    written = whole_number(node) if node is not None else None
    return worked_out(evidence, given) if written is None else written


def marking(evidence: Evidence, size: int) -> Iterator[Span]:
    """Where a number is that something is filled with, or compared with, itself or by its name."""
    for source in user_sources(evidence):
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.Constant | ast.UnaryOp) or whole_number(node) != size:
                continue
            up = getattr(node, "parent", None)
            named = [each.id for each in up.targets if isinstance(each, ast.Name)] if isinstance(up, ast.Assign) else []
            uses = [each for each in ast.walk(source.tree) if isinstance(each, ast.Name) and each.id in named]
            if any(_marks(each) for each in (node, *uses)):
                yield source.span(node)


def _marks(node: ast.expr) -> bool:
    """Whether a place is one where a number marks something: ``y[mask] = 9``, ``y == 9``, ``full_like(y, 9)``."""
    up = getattr(node, "parent", None)
    if isinstance(up, ast.Assign):
        return up.value is node and any(isinstance(each, ast.Subscript) for each in up.targets)
    if isinstance(up, ast.keyword):
        return up.arg in ("padding_value", "fill_value", "value", "other")
    return isinstance(up, ast.Compare) or (isinstance(up, ast.Call) and last_name(up.func) in _FILL)
