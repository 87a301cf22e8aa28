"""A factor or a layer that a module keeps, made by one of its numbers, while what it meets was viewed by another."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import argument, call_of, expression, factors, piece
from shapecheck.reading.failing import failed, maker, number, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import function_around, is_own, last_name, node_at, parameters, walk
from shapecheck.reading.vocabulary import MATMULS

_VIEWS, _COST = ("view", "reshape"), 0.05
_SEVERAL = "another of its sizes, or another number, would fit as well"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``Parameter(torch.randn(heads, self.val_dim, width))``: the rows it meets are ``heads * self.val_dim`` wide."""
    layer = failed(evidence, "Linear")
    made = maker(evidence, layer)
    items = tensors(failed(evidence, *MATMULS, "Linear"))
    if layer is not None and made is not None and items:
        told = argument(made.span, "in_features", 0)
        found = list(_told_otherwise(evidence, items[0], made.span, _names(told), number(layer, "in_features")))
    elif layer is None and len(items) > 1:
        found = list(_of_parameter(evidence, *items[-2:]))
    else:
        return []
    return [each.doubted(_SEVERAL if len(found) > 1 else "") for each in found]


def _of_parameter(evidence: Evidence, left: Argument, right: Argument) -> Iterator[Candidate]:
    kept = _kept(right)
    for origin in trace(evidence, kept) if kept is not None and len(sizes_of(right)) > 1 else ():
        yield from _told_otherwise(evidence, left, origin.span, _sizes_of_parameter(origin.span), sizes_of(right)[-2])


def _told_otherwise(
    evidence: Evidence, item: Argument, made: Span, sizes: Iterable[Span], have: int
) -> Iterator[Candidate]:
    viewed, want = list(_told_last(evidence, item)), sizes_of(item)[-1:]
    for size in sizes if want != (have,) else ():
        old = _number(evidence, size)
        for other in viewed if size.text not in [each.text for each in viewed] else ():
            new, known = _number(evidence, other), _known_as(made, other.text)
            if old and new and known and size.text != known and want == (have * new / old,):
                yield Candidate(f"{size.text} -> {known}", (Change(size, known),), (), _COST)


def _told_last(evidence: Evidence, item: Argument) -> Iterator[Span]:
    """The factors of the last size by which a tensor was viewed: ``heads`` and ``self.val_dim``."""
    for span in [item.span, *(each.span for each in trace(evidence, item.span))]:
        call = call_of(span) if span is not None else None
        if span is not None and call is not None and last_name(call.func) in _VIEWS and call.args:
            for each in factors(call.args[-1]):
                if is_own(each) or isinstance(each, ast.Name):
                    yield piece(span, each)
            return


def _number(evidence: Evidence, size: Span) -> int:
    """What a size comes to, as the line that failed sees it or as it is reckoned; 0 where that is not known."""
    held = evidence.held.get(size.text) if size.text.startswith("self.") else None
    if held is not None and held.kind == "number" and held.text.isdecimal():
        return int(held.text)
    return worked_out(evidence, size) or 0


def _kept(item: Argument) -> Span | None:
    """The attribute that an operand is, also behind a view."""
    call = call_of(item.span) if item.span is not None else None
    if item.span is not None and call is not None and isinstance(call.func, ast.Attribute):
        return piece(item.span, call.func.value) if call.func.attr in _VIEWS and is_own(call.func.value) else None
    return item.span if item.span is not None and is_own(expression(item.span.text)) else None


def _sizes_of_parameter(made: Span) -> Iterator[Span]:
    """The names that stand for sizes where a parameter is made."""
    node = expression(made.text)
    if not isinstance(node, ast.Call) or last_name(node.func) != "Parameter":
        return
    for call in (each for each in walk(node) if isinstance(each, ast.Call) and each is not node):
        for size in (part for each in call.args for part in (each.elts if isinstance(each, ast.Tuple) else [each])):
            yield from _names(piece(made, size))


def _names(size: Span | None) -> Iterator[Span]:
    """The names that a size is, or is a product of."""
    for each in factors(expression(size.text)) if size is not None else ():
        if size is not None and (isinstance(each, ast.Name) or is_own(each)):
            yield piece(size, each)


def _known_as(made: Span, name: str) -> str:
    """By what name a number is known already where a layer or a parameter is made; empty where by none."""
    home = function_around(node_at(made))
    lines = [each for each in walk(home) if isinstance(each, ast.Assign) and each.lineno < made.line]
    pairs = [pair for each in lines for pair in values_given(each)]
    given = parameters(home) if home is not None else []
    if name in given or any(ast.unparse(target) == name for target, _ in pairs):
        # What was given is the number itself where no other was put in its place.
        as_given = next((ast.unparse(value) for target, value in pairs if ast.unparse(target) == name), "")
        return as_given if as_given in given else name
    return ""
