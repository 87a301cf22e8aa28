"""Labels of which some have a number outside the classes, which marks what does not count, and a loss that minds it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import argument, expression, whole_number, with_keyword
from shapecheck.reading.failing import kind, maker
from shapecheck.reading.handed_on import base_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import Source, function_around, last_name, node_at, user_sources, walk
from shapecheck.reading.where_made import literals

_FILL = ("full", "full_like", "new_full", "fill_", "masked_fill", "masked_fill_", "where", "pad", "pad_sequence")
# torch's own ignore_index.
DEFAULT = -100
A_CLASS = "the number may be a class that the model lacks"
_OTHERS_ASK = "something else in the script asks for the number that the loss ignores: the labels may be what is wrong"


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
    way = _way_of(evidence, target)
    written = [each for each in marking(evidence, most, way) if given is None or not given.holds(each)]
    # One more than there are classes may be the last one, counted from one.
    doubt = A_CLASS if most == count or not written else ""
    if given is not None and type(ignored) is int:
        places = list(literals(evidence, given)) or [given]
        elsewhere = [each for each in marking(evidence, ignored) if each not in places]
        if elsewhere:
            doubt = doubt or _OTHERS_ASK
            for place in written if len(written) == 1 else ():
                yield Candidate(f"{place.text} -> {ignored}", (Change(place, str(ignored)),), (), cost)
        yield Candidate(
            f"ignore_index={most}", (Change(places[0], str(most)),), trial, cost + (0.05 if written else 0.35), doubt
        )
        return
    change = with_keyword(call, "ignore_index", str(most)) if given is None else None
    if change is not None:
        yield Candidate(f"ignore_index={most}", (change,), trial, cost + (0.35 if doubt else 0.05), doubt)


def _ignored(evidence: Evidence, operation: Operation, given: Span | None) -> object:
    """The number that the loss ignores, as far as it is told."""
    if given is None:
        return operation.config.get("ignore_index", DEFAULT)
    node = expression(given.text)
    written = whole_number(node)
    return worked_out(evidence, given) if written is None else written


@dataclass(frozen=True, slots=True)
class Way:
    """Where labels come from.

    Args:
        names: The names that they have, each with the function around it.
        spans: The expressions that make them.
    """

    names: frozenset[tuple[ast.AST | None, str]]
    spans: tuple[Span, ...]


def _way_of(evidence: Evidence, target: Argument) -> Way:
    """The way of the labels of a loss."""
    if target.span is None:
        return Way(frozenset(), ())
    known = (*evidence.origins.get(target.expression, ()), *trace(evidence, target.span, through=True))
    places = [(target.expression, target.span), *((each.expression, each.span) for each in known)]
    names: set[tuple[ast.AST | None, str]] = set()
    for name, span in places:
        node = node_at(span)
        base = base_of(node) if node is not None else None
        if node is not None:
            names |= {(function_around(node), each) for each in (name, ast.unparse(base) if base is not None else name)}
    return Way(frozenset(names), tuple(dict.fromkeys(span for _, span in places)))


def marking(evidence: Evidence, size: int, way: Way | None = None) -> Iterator[Span]:
    """Where a number is that something is filled with, or compared with, itself or by its name.

    Args:
        evidence: The problem.
        size: The number.
        way: The way of the tensor that is filled, or compared; any tensor if it is not given.
    """
    for source in user_sources(evidence):
        for node in walk(source.tree):
            if not isinstance(node, ast.Constant | ast.UnaryOp) or whole_number(node) != size:
                continue
            up = getattr(node, "parent", None)
            named = [each.id for each in up.targets if isinstance(each, ast.Name)] if isinstance(up, ast.Assign) else []
            uses = [each for each in walk(source.tree) if isinstance(each, ast.Name) and each.id in named]
            if any(_marks(each) and (way is None or _is_on(source, each, way)) for each in (node, *uses)):
                yield source.span(node)


def _marks(node: ast.expr) -> bool:
    """Whether a place is one where a number marks something: ``y[mask] = 9``, ``y == 9``, ``full_like(y, 9)``."""
    up = getattr(node, "parent", None)
    if isinstance(up, ast.Assign):
        return up.value is node and any(isinstance(each, ast.Subscript) for each in up.targets)
    if isinstance(up, ast.keyword):
        return up.arg in ("padding_value", "fill_value", "value", "other")
    return isinstance(up, ast.Compare) or (isinstance(up, ast.Call) and last_name(up.func) in _FILL)


def _is_on(source: Source, node: ast.expr, way: Way) -> bool:
    """Whether what a number marks is the labels: it is filled into them, they are compared with it or made with it."""
    up = getattr(node, "parent", None)
    if isinstance(up, ast.Assign):
        # A single label that is set is no mark.
        filled = [
            each.value
            for each in up.targets
            if isinstance(each, ast.Subscript)
            and any(whole_number(part) is None for part in getattr(each.slice, "elts", [each.slice]))
        ]
    elif isinstance(up, ast.Compare):
        filled = [each for each in (up.left, *up.comparators) if each is not node]
    else:
        call = up if isinstance(up, ast.Call) else getattr(up, "parent", None)
        if any(span.holds(source.span(node)) for span in way.spans):
            # The first of full(9, 3) is a size.
            return not (isinstance(call, ast.Call) and last_name(call.func) == "full" and node in call.args[:1])
        is_changed = isinstance(call, ast.Call) and last_name(call.func).endswith("_")
        function = call.func if isinstance(call, ast.Call) else None
        filled = [function.value] if is_changed and isinstance(function, ast.Attribute) else []
    bases = [base for each in filled if (base := base_of(each)) is not None]
    return any((function_around(base), ast.unparse(base)) in way.names for base in bases)
