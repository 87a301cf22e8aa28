"""Labels that were made a column, where they are compared elsewhere as well: left a row where they are made."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import INDEX_LOSSES, failed, operand
from shapecheck.reading.handed_on import common_place
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import found_at, last_name, target_of, user_sources, walk

CAUSE = "labels_with_extra_axis"
# Below what mends the loss alone: a column that meets a row of guesses would be compared each with each.
_COST = 0.05
_COLUMN = re.compile(
    r"(\.(reshape|view)\(\s*(-1|len\([\w.]+\)|[\w.]+\.(size\(0\)|shape\[0\]))\s*,\s*1\s*\)"
    r"|\.unsqueeze\((dim=)?(1|-1)\)|\[:, (None|np\.newaxis|numpy\.newaxis)\])$"
)


def candidates(evidence: Evidence) -> list[Candidate]:
    """``torch.tensor(y)`` for ``torch.tensor(y).reshape(-1, 1)``, ``y[i]`` for ``y[i:i + 1]`` in a data set."""
    operation = failed(evidence, *INDEX_LOSSES)
    labels, scores = operand(operation, "target"), operand(operation, "input")
    sizes, wanted = sizes_of(labels), sizes_of(scores)
    is_column = len(wanted) == 2 and sizes == (wanted[0], 1)
    trees = [each.tree for each in user_sources(evidence)]
    if labels is None or not is_column or not any(map(_compares, trees)) or any(map(_guesses_column, trees)):
        return []
    trial = (Step("squeeze", "target", (1,)),)
    return [Candidate(change.text, (change,), trial, _COST) for change in _left_rows(evidence, labels)]


def _left_rows(evidence: Evidence, labels: Argument) -> Iterator[Change]:
    """The first place, from the loss back, at which one label, or all of them, got the axis of one."""
    for origin in evidence.origins.get(labels.expression, ()):
        taken = _one_taken(origin.span)
        if taken is not None:
            yield taken
            return
        column = _COLUMN.search(origin.span.text)
        if column is not None:
            place = common_place(evidence, labels)
            # Only where it was made for all that read it.
            if place is not None and (place.spans in ((), (origin.span,)) or _is_kept_once(origin.span)):
                yield Change(origin.span, origin.span.text[: column.start()])
            return


def _is_kept_once(span: Span) -> bool:
    """Whether an object keeps what an expression makes, and reads it at one place."""
    source, node = found_at(span)
    kept = target_of(node)
    if source is None or not isinstance(kept, ast.Attribute):
        return False
    same = [each for each in walk(source.tree) if isinstance(each, ast.Attribute) and each.attr == kept.attr]
    read = [each for each in same if isinstance(each.ctx, ast.Load)]
    return len(read) == 1 and len(same) == len([kept, *read])


def _one_taken(span: Span) -> Change | None:
    """``y[i]`` for a slice of a single one, ``y[i:i + 1]``."""
    node = expression(span.text)
    part = node.slice if isinstance(node, ast.Subscript) else None
    if not isinstance(part, ast.Slice) or part.lower is None or part.upper is None or part.step is not None:
        return None
    first = ast.unparse(part.lower)
    if ast.unparse(part.upper) not in (f"{first} + 1", f"1 + {first}"):
        return None
    where = piece(span, part)
    return Change(where, piece(span, part.lower).text)


def _compares(tree: ast.AST) -> bool:
    """Whether a file holds two things against each other, number by number, as guesses and labels are."""
    for node in walk(tree):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq):
            sides = (node.left, node.comparators[0])
            if not any(isinstance(each, ast.Constant | ast.JoinedStr) for each in sides):
                return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and last_name(node.func) == "eq":
            return True
    return False


def _guesses_column(tree: ast.AST) -> bool:
    """Whether a file makes guesses that are a column themselves, and go with one: ``argmax(1, keepdim=True)``."""
    for call in (each for each in walk(tree) if isinstance(each, ast.Call)):
        keeps = any(
            each.arg == "keepdim" and getattr(each.value, "value", None) is True for each in call.keywords
        ) or any(getattr(each, "value", None) is True for each in call.args)
        if (last_name(call.func) in ("argmax", "max") and keeps) or last_name(call.func) == "topk":
            return True
    return False
