"""Embeddings that were called one behind the other, each with the vectors of the one before as its indices."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import argument, call_of, expression, piece
from shapecheck.reading.failing import Shape, failed, operand
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import found_at, last_name

# How many names may lie between a list of tables and what counts it.
_MAX_DEPTH = 3


@dataclass(frozen=True, slots=True)
class TablesInARow:
    """Embeddings in a row that nothing stands between.

    Args:
        place: What calls them: the call of their container, or the assignment in the loop over them, loop and all.
        name: What that gives its result to; empty for a call.
        container: The text of what holds them.
        given: The text of what the first one was given.
        sizes: The shape of that.
        count: How many they are; None where that cannot be told.
    """

    place: Span
    name: str
    container: str
    given: str
    sizes: Shape
    count: int | None


def tables_in_a_row(evidence: Evidence) -> TablesInARow | None:
    """The row that a crash is about: one was given what the one before has made, or the first the columns of all."""
    table = failed(evidence, "Embedding")
    item = operand(table, "input")
    record = item.value.record if item is not None else None
    if table is None or record is None:
        return None
    sizes = record.shape[:-1] if record.dtype.startswith("float") else record.shape
    found = _called(evidence) if evidence.inner is not None else _in_a_loop(evidence, sizes)
    return found if len(sizes) > 1 else None


def _called(evidence: Evidence) -> TablesInARow | None:
    """Those of a container that is called as a whole."""
    outer = evidence.operation
    item = operand(outer, "input")
    record = item.value.record if item is not None else None
    if outer is None or outer.span is None or item is None or item.span is None or record is None:
        return None
    if record.dtype not in ("int64", "int32") or not outer.name.endswith(".Sequential"):
        return None
    container = next((each.span for each in evidence.origins.get(outer.callee, ()) if call_of(each.span)), None)
    are_all, count = _tables(evidence, container) if container is not None else (False, None)
    return TablesInARow(outer.span, "", outer.callee, item.span.text, record.shape, count) if are_all else None


def _in_a_loop(evidence: Evidence, shape: Shape) -> TablesInARow | None:
    """Those that a loop calls, and does nothing else: ``for table in self.tables: x = table(x)``."""
    frame = evidence.user_frame
    source, node = found_at(frame.span if frame is not None else None)
    line = getattr(node, "parent", None)
    loop = getattr(line, "parent", None)
    if not isinstance(node, ast.Call) or not isinstance(line, ast.Assign) or source is None:
        return None
    if not isinstance(loop, ast.For) or len(loop.body) != 1 or loop.orelse or len(node.args) != 1:
        return None
    given, target = node.args[0], line.targets[0]
    is_handed_on = isinstance(given, ast.Name) and isinstance(target, ast.Name) and given.id == target.id
    if not is_handed_on or ast.unparse(node.func) != ast.unparse(loop.target):
        return None
    around = source.span(loop.iter)
    made = next((each.span for each in trace(evidence, around) if call_of(each.span)), None)
    are_all, count = _tables(evidence, made) if made is not None else (False, None)
    name = ast.unparse(given)
    return TablesInARow(source.span(loop), name, around.text, name, shape, count) if are_all else None


def _tables(evidence: Evidence, container: Span) -> tuple[bool, int | None]:
    """Whether a container holds nothing but embeddings, and how many."""
    call = call_of(container)
    if call is None or last_name(call.func) not in ("Sequential", "ModuleList") or call.keywords:
        return False, None
    given: list[ast.expr] = list(call.args)
    if len(given) == 1 and isinstance(given[0], ast.Starred):
        given = [given[0].value]
    if len(given) == 1 and isinstance(given[0], ast.ListComp | ast.GeneratorExp):
        around = piece(container, given[0].generators[0].iter)
        return _is_table(given[0].elt), None if given[0].generators[0].ifs else _length(evidence, around)
    if len(given) == 1 and isinstance(given[0], ast.List | ast.Tuple):
        given = list(given[0].elts)
    return len(given) > 1 and all(_is_table(each) for each in given), len(given)


def _is_table(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) == "Embedding"


def _length(evidence: Evidence, around: Span, depth: int = 0) -> int | None:
    """How many items something has that is walked over; None where the script does not tell."""
    node = expression(around.text)
    if isinstance(node, ast.List | ast.Tuple):
        return None if any(isinstance(each, ast.Starred) for each in node.elts) else len(node.elts)
    if isinstance(node, ast.Call) and last_name(node.func) in ("zip", "enumerate", "list", "sorted") and node.args:
        return _length(evidence, piece(around, node.args[0]), depth + 1)
    if isinstance(node, ast.Call) and last_name(node.func) == "range" and len(node.args) == 1:
        given = argument(around, "stop", 0)
        return int(given.text) if given is not None and given.text.isdecimal() else None
    found = [each.span for each in trace(evidence, around, parts=True)] if depth < _MAX_DEPTH else []
    return next((count for span in found if (count := _length(evidence, span, _MAX_DEPTH)) is not None), None)
