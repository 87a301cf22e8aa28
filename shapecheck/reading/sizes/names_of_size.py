"""Finds the names at a place that hold a number which an argument could be, and tells whether its own is shared."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.assignments import values_given
from shapecheck.reading.calls import all_given, calls_in
from shapecheck.reading.edits import expression, whole_number
from shapecheck.reading.sizes.written_settings import class_numbers, holder, settings_beside, written_setting
from shapecheck.reading.sources import class_around, found_at, function_at, names_in, parameters, source_of, walk
from shapecheck.reading.where_made import literals

_READ = ast.Name | ast.Attribute | ast.Subscript


def is_shared(given: Span) -> bool:
    """Whether an argument is a name, or a setting as ``cfg.hidden``, that the same function reads elsewhere too."""
    function, name = function_at(given), expression(given.text)
    if function is None or name is None or not (given.text.isidentifier() or holder(name)):
        return False
    reads = [node for node in walk(function) if isinstance(node, _READ) and ast.unparse(node) == ast.unparse(name)]
    return sum(isinstance(node.ctx, ast.Load) for node in reads) > 1


def names_of_size(evidence: Evidence, given: Span, size: int, *, products: bool = False) -> Iterator[str]:
    """Parameters of the same function that are this number, or settings beside it, if it is a single one.

    Where there is none, what the function itself has reckoned from them: ``inner = heads * width_of_head``.

    Args:
        evidence: The problem.
        given: Where the number stands.
        size: What it should be.
        products: Whether a product that another layer is told there will do as well.
    """
    function, source = function_at(given), source_of(given.file)
    if function is None or source is None:
        return
    home = holder(expression(given.text))
    names = set(parameters(function)) - {given.text, "self"}
    reads = {
        source.span(node).text: node
        for node in walk(function)
        if (holder(node) == home if home else isinstance(node, ast.Name) and node.id in names)
    }
    fitting = [
        name
        for name, node in sorted(reads.items())
        if any(int(found.text) == size for found in literals(evidence, source.span(node)))
        or (home and written_setting(source, node) == size)
    ]
    if len(fitting) == 1:
        yield fitting[0]
    elif not fitting and home:
        # A setting that no layer beside it reads, if what came was made by it.
        found, node = found_at(given)
        told = {each.span for steps in evidence.origins.values() for each in steps}
        others = settings_beside(found, node) if found is not None and node is not None else ()
        fit = [name for name, value in others if found and found.span(value) in told and whole_number(value) == size]
        yield from fit[: len(fit) == 1]
    elif not fitting and (made := _reckoned_above(evidence, function, given, size)):
        yield from made[: len(made) == 1]
    elif not fitting:
        # A number that the class has for all that are made of it.
        own = [name for name, number in class_numbers(class_around(function)) if number == size]
        yield from (f"self.{name}" for name in own if len(own) == 1)
        handed = _products_told(evidence, function, given, size) if products and not own else []
        yield from handed[: len(handed) == 1]


def _products_told(evidence: Evidence, function: ast.FunctionDef, given: Span, size: int) -> list[str]:
    """The products with a name that a function hands to other calls as they stand, if they come to this number."""
    source = source_of(given.file)
    calls = calls_in(function) if source is not None else []
    handed = [part for each in calls for part in all_given(each)]
    products = [each for each in handed if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Mult)]
    named = [source.span(each) for each in products if source is not None and names_in(each)]
    return sorted({each.text for each in named if each != given and worked_out(evidence, each) == size})


def _reckoned_above(evidence: Evidence, function: ast.FunctionDef, given: Span, size: int) -> list[str]:
    """The names that a function gives a product of names, once and above a place, if it comes to this number."""
    source, nodes = source_of(given.file), list(walk(function))
    stored = [each.id for each in nodes if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)]
    found = set()
    for target, value in (pair for each in nodes for pair in values_given(each)):
        is_product = isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult) and len(names_in(value)) > 1
        is_above = is_product and value.lineno < given.line
        if not isinstance(target, ast.Name) or not is_above or stored.count(target.id) != 1 or source is None:
            continue
        if worked_out(evidence, source.span(value)) == size:
            found.add(target.id)
    return sorted(found)
