"""A table of classes that are numbered from one, where a loss counts them from nothing: ``enumerate(NAMES)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.applied import given_as
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import place_behind, whole_number
from shapecheck.reading.failing import INDEX_LOSSES, failed, operand
from shapecheck.reading.sources import Source, is_named, last_name, user_sources, walk

NUMBERED_FROM_ONE = "the table counts its classes from 1 on, and may have been meant to count from 0"
_COST = 0.08


def candidates(evidence: Evidence) -> list[Candidate]:
    """``enumerate(NAMES)`` for ``enumerate(NAMES, 1)``, where the classes are as many as the table has entries."""
    operation = failed(evidence, *INDEX_LOSSES)
    given, target = operand(operation, "input"), operand(operation, "target")
    if given is None or target is None or given.value.record is None:
        return []
    shape, facts = given.value.record.shape, target.value.facts
    count = shape[1] if len(shape) > 1 else 0
    if facts.get("max") != count or not _counts_no_zero(facts.get("min", 0.0)):
        return []
    sources = user_sources(evidence)
    found = [each for source in sources for each in _tables(source)]
    if len(found) != 1 or any(map(_leaves_zero, sources)):
        return []
    return [Candidate("enumerate from 0", (Change(found[0][1], ""),), (), _COST)]


def counts_from_one(evidence: Evidence, text: str) -> bool:
    """Whether what is counted, ``len(table)``, is a table that is numbered from one."""
    return any(f"len({name})" in text for source in user_sources(evidence) for name, _ in _tables(source))


def _counts_no_zero(least: float) -> bool:
    """Whether 0 is no label of the batch; what is not counted in the loss is marked below it."""
    return least >= 1 or least < 0


def _leaves_zero(source: Source) -> bool:
    """Whether 0 may be left for what only fills up: rows are padded with it, or it is left out of the loss."""
    blank = [each for each in source.calls("zeros", "zeros_like", "new_zeros") if _is_of_numbers(each)]
    embedded = [each for each in source.calls("Embedding") if whole_number(given_as(each, "padding_idx", 2)) == 0]
    if blank or embedded or any(source.calls("CTCLoss", "ctc_loss")):
        return True
    padded = list(source.calls("pad_sequence"))
    given = [each for node in walk(source.tree) if isinstance(node, ast.Call) for each in node.keywords]
    fills = [each.value for each in given if each.arg == "padding_value"]
    ignored = [each.value for each in given if each.arg == "ignore_index"]
    return (bool(padded) and not fills) or any(whole_number(each) == 0 for each in (*fills, *ignored))


def _is_of_numbers(call: ast.Call) -> bool:
    """Whether whole numbers are made, as those that are looked up."""
    told = given_as(call, "dtype")
    return told is not None and last_name(told) in ("long", "int64", "int", "int32")


def _tables(source: Source) -> Iterator[tuple[str, Span]]:
    """The tables whose values are numbers from one on, by which lists of labels are made, with what says so."""
    for line in walk(source.tree):
        for target, value in values_given(line):
            numbers = value.value if isinstance(value, ast.DictComp) else None
            loops = value.generators if isinstance(value, ast.DictComp) else []
            for each in loops:
                start = _start(each.iter)
                names = each.target.elts if isinstance(each.target, ast.Tuple) else []
                is_value = bool(names) and isinstance(numbers, ast.Name) and is_named(names[0], numbers.id)
                if start is not None and is_value and isinstance(target, ast.Name):
                    yield target.id, _with_comma(source, each.iter, start)


def _start(node: ast.expr) -> ast.expr | None:
    """The 1 of ``enumerate(names, 1)``."""
    if not isinstance(node, ast.Call) or last_name(node.func) != "enumerate" or not node.args:
        return None
    given = [*node.args[1:2], *(each.value for each in node.keywords if each.arg == "start")]
    return next((each for each in given if whole_number(each) == 1), None)


def _with_comma(source: Source, call: ast.expr, start: ast.expr) -> Span:
    assert isinstance(call, ast.Call)
    begin, end = place_behind(source.span(call.args[0])), place_behind(source.span(start))
    return Span(begin.file, begin.line, begin.column, end.line, end.column, "")
