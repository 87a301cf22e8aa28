"""Class numbers in a formula that a loss of one's own writes with a column a class: one-hot, not one number a row."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import bracketed, expression
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import both_ways, sizes_of
from shapecheck.reading.sources import found_at, function_around, is_named, node_at, statement_of, walk
from shapecheck.reading.where_made import made

_COST = 0.05
_GROUND = "one number more than there are columns may be the last of them or the first, or the scores lack a column"
NUMBERS_OF_CLASSES = "they may be numbers of classes, which mean nothing as factors: one column a class may be meant"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``one_hot(labels, 10)`` where ``labels * scores`` met numbers of classes."""
    found = labels_beside_columns(evidence)
    if found is None:
        return []
    labels, classes = found
    return list(_one_hot(evidence, labels, classes)) if _is_sure(evidence, labels, classes) else []


def labels_beside_columns(evidence: Evidence) -> tuple[Argument, int] | None:
    """A vector of whole numbers that meets rows of as many columns as its numbers may count, and the columns."""
    for labels, columns in both_ways(failed(evidence, "mul", "mul_", "sub", "add")):
        sizes, wanted, facts = sizes_of(labels), sizes_of(columns), labels.value.facts
        if labels.value.record is None or columns.value.record is None or len(sizes) != 1 or len(wanted) != 2:
            continue
        is_counted = (_are_whole_floats(labels) or labels.value.record.dtype == "int64") and _has_floats(columns)
        # One number more, where they count from zero, is the background, which has no column.
        most = wanted[1] - (facts.get("min", -1) != 0)
        are_columns = facts.get("min", -1) >= 0 and 1 < facts.get("max", 0) <= most
        if is_counted and are_columns and sizes[0] == wanted[0] != wanted[1]:
            return labels, wanted[1]
    return None


def _has_floats(item: Argument) -> bool:
    return item.value.record is not None and "float" in item.value.record.dtype


def _are_whole_floats(item: Argument) -> bool:
    return _has_floats(item) and bool(item.value.facts.get("whole"))


def _is_sure(evidence: Evidence, labels: Argument, classes: int) -> bool:
    """Whether a formula also takes one minus the labels, or they were drawn out of as many as there are columns."""
    node = node_at(labels.span)
    place = function_around(node) or statement_of(node)
    for part in walk(place):
        is_rest = isinstance(part, ast.BinOp) and isinstance(part.op, ast.Sub) and isinstance(part.left, ast.Constant)
        if is_rest and part.left.value == 1 and ast.unparse(part.right) == labels.expression:  # type: ignore[attr-defined]
            return True
    if _are_whole_floats(labels):
        # Numbers that were drawn and made floats may be counts that each column is a guess of.
        return False
    drawn = (each.span for each in evidence.origins.get(labels.expression, ()) if "randint(" in each.span.text)
    return any(_highest(evidence, span) == classes for span in drawn)


def _highest(evidence: Evidence, span: Span) -> int | None:
    node = expression(span.text)
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr != "randint":
        node = node.func.value
    if not isinstance(node, ast.Call) or len(node.args) < 2:
        return None
    highest = node.args[0] if isinstance(node.args[1], ast.Tuple) else node.args[1]
    text = ast.unparse(highest)
    chains = (chain for place, chain in evidence.chains.items() if place.text == text and span.holds(place))
    texts = [text, *(each.span.text for chain in chains for each in chain)]
    return next((int(each) for each in texts if re.fullmatch(r"\d+", each)), None)


def _one_hot(evidence: Evidence, labels: Argument, classes: int) -> Iterator[Candidate]:
    are_floats = _are_whole_floats(labels)
    has_ground = labels.value.facts.get("max") == classes
    doubt = _GROUND if has_ground else ""
    for far, origin in enumerate(made(evidence, labels)):
        if not isinstance(expression(origin.span.text), ast.Name | ast.Tuple):
            text = _columns(origin.span.text, classes, are_floats=are_floats, has_ground=has_ground)
            yield Candidate(text, (Change(origin.span, text),), (), _COST + 0.05 * far, doubt)
    source, node = found_at(labels.span)
    statement = statement_of(node)
    if source is None or statement is None or not isinstance(node, ast.Name):
        return
    text = _columns(node.id, classes, are_floats=are_floats, has_ground=has_ground)
    changes = tuple(Change(source.span(each), text) for each in _reads(statement, node.id))
    yield Candidate(text, changes, (), _COST + 0.2, doubt)


def _columns(text: str, classes: int, *, are_floats: bool, has_ground: bool) -> str:
    """The one-hot columns of labels, of floats too, as floats; of the background there is none."""
    plain = text.removesuffix(".float()") if are_floats else text
    whole = plain if plain != text or not are_floats else f"{bracketed(text)}.long()"
    count, cut = (str(classes + 1), f"[:, :{classes}]") if has_ground else (str(classes), "")
    return f"torch.nn.functional.one_hot({whole}, {count}){cut}{'.float()' if are_floats else ''}"


def _reads(statement: ast.stmt, name: str) -> list[ast.Name]:
    found = (each for each in walk(statement) if is_named(each, name))
    return [each for each in found if isinstance(each.ctx, ast.Load)]
