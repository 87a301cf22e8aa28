"""Tells whether what a change writes can be read, or be set, where it is written."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from shapecheck.candidate import Change
from shapecheck.reading.assignments import stored_in
from shapecheck.reading.edits import expression
from shapecheck.reading.sources import known_at, names_in, node_at, statement_of, walk


def reads_only_known(changes: Sequence[Change]) -> bool:
    """Whether each name that a change puts into an expression has a meaning there, as a parameter elsewhere has none.

    Nor is a call put where something is assigned.

    Args:
        changes: What belongs together; what is a statement of its own, and what is only inserted, is not asked.
    """
    written = {name for change in changes for name in _set_by(change)}
    if any(_sets_a_call(change) for change in changes):
        return False
    return all(_unknown(change) <= written for change in changes)


def _unknown(change: Change) -> set[str]:
    new, old = expression(change.text), node_at(change.span)
    if new is None or old is None or _is_set(old):
        return set()
    return names_in(new) - _bound(new) - names_in(statement_of(old)) - known_at(old)


def _set_by(change: Change) -> set[str]:
    """The names that a change sets: whatever is written where no expression stood, as a parameter or a line."""
    new, old = expression(change.text), node_at(change.span)
    if new is not None and old is not None and not _is_set(old):
        return _bound(new)
    return set(re.findall(r"[^\W\d]\w*", change.text))


def _is_set(node: ast.expr) -> bool:
    """Whether an expression stands where something is assigned: ``out`` of ``out = rnn(x)``."""
    return isinstance(getattr(node, "ctx", None), ast.Store)


def _sets_a_call(change: Change) -> bool:
    """Whether a call would stand where something is assigned: ``total.sum() += loss``."""
    new, old = expression(change.text), node_at(change.span)
    return isinstance(new, ast.Call) and old is not None and _is_set(old)


def _bound(node: ast.AST) -> set[str]:
    """The names that an expression sets by itself, by comprehensions and lambdas."""
    return stored_in(node) | {each.arg for each in walk(node) if isinstance(each, ast.arg)}
