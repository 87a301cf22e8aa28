"""Sizes that are taken apart into fewer names than there are, where a name that is read below has no value."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import expression
from shapecheck.reading.failing import failed, says
from shapecheck.reading.names_missing import missing_names
from shapecheck.reading.sources import begin_of, home_around, items_of, node_at, source_of, statement_of, walk

CAUSE = "output_taken_apart_wrongly"
_COST = 0.05
_ORDER = "nothing tells which of them the name that is missing is for"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``n, rows, width = x.shape`` for ``n, rows = x.shape`` in front of ``x.view(n * rows, width)``."""
    operation = failed(evidence)
    span = operation.span if operation is not None and operation.name == "unpack" else None
    source, line = source_of(span.file) if span is not None else None, statement_of(node_at(span))
    target = line.targets[0] if isinstance(line, ast.Assign) else None
    if source is None or operation is None or not isinstance(target, ast.Tuple) or not says(evidence, r"too many val"):
        return []
    assert isinstance(line, ast.Assign)
    names = [each.id for each in target.elts if isinstance(each, ast.Name)]
    count = max((len(items_of(expression(each.value.text) or target)) for each in operation.arguments), default=0)
    missing = missing_names(evidence, source, line)[: count - len(names)]
    if len(names) != len(target.elts) or not missing or len(names) + len(missing) != count:
        return []
    orders = [_order(each, {*names, *missing}) for each in walk(home_around(line) or source.tree)]
    told = next((each for each in orders if [one for one in each if one in names] == names), None)
    title = ", ".join(told or [*names, *missing])
    return [Candidate(title, (Change(source.span(target), title),), (), _COST, "" if told is not None else _ORDER)]


def _order(call: ast.AST, names: set[str]) -> list[str]:
    """The order in which a call is given all of these names; nothing where it is not."""
    given = [*call.args, *(each.value for each in call.keywords)] if isinstance(call, ast.Call) else []
    reads = [each for part in given for each in walk(part) if isinstance(each, ast.Name) and each.id in names]
    order = list(dict.fromkeys(each.id for each in sorted(reads, key=begin_of)))
    return order if set(order) == names else []
