"""Sequences that a model reads a step later than they are: without the last step, behind a step that begins them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.reading.applied import applied_to, given_as, is_of_torch
from shapecheck.reading.edits import whole_number
from shapecheck.reading.sources import home_around, items_of, last_name, parents, walk

_JOINS = ("cat", "concat", "concatenate", "hstack")
_LAST_LEFT_OUT = (":, :-1", ":-1")


def is_begun_anew(node: ast.AST) -> bool:
    """Whether a cut that leaves out the last step stands behind something else in a join, a padding, or a store.

    What the model makes of step i then answers step i, and not the one behind it.

    Args:
        node: The cut: ``words[:, :-1]`` in ``cat([start, words[:, :-1]], 1)``, in ``pad(words[:, :-1], (1, 0))``, and
            in ``read[:, 1:] = words[:, :-1]``.
    """
    inside: ast.AST = node
    for up in parents(node):
        if isinstance(up, ast.List | ast.Tuple) and inside in up.elts[1:]:
            joined = getattr(up, "parent", None)
            return isinstance(joined, ast.Call) and last_name(joined.func) in _JOINS
        if isinstance(up, ast.Call) and last_name(up.func) == "pad" and inside in up.args[:1]:
            widths = items_of(up.args[1]) if len(up.args) > 1 else []
            return len(widths) == 2 and whole_number(widths[0]) == 1 and whole_number(widths[1]) == 0
        if isinstance(up, ast.Assign):
            return any(isinstance(each, ast.Subscript) and _begins_at_second(each) for each in up.targets)
        if not (isinstance(up, ast.Attribute | ast.Call) and inside in (getattr(up, "value", None), _function(up))):
            return False
        inside = up
    return False


def begun_anew(around: ast.AST, name: str) -> Iterator[ast.expr]:
    """Where a function, or the file, makes a sequence anew with another step in front: by a cut of it, or by a roll.

    Args:
        around: The function, or the file.
        name: The sequence there.
    """
    for node in walk(around):
        # What another function calls so is its own.
        is_here = isinstance(node, ast.Subscript | ast.Call) and home_around(node) is around
        if is_here and isinstance(node, ast.Subscript) and ast.unparse(node.value) == name:
            yield from (node,) if leaves_last_out(node) and is_begun_anew(node) else ()
        elif is_here and isinstance(node, ast.Call) and last_name(node.func) == "roll":
            base, by = applied_to(node), given_as(node, "shifts", 1 if is_of_torch(node) else 0)
            yield from (node,) if base is not None and ast.unparse(base) == name and whole_number(by) == 1 else ()


def leaves_last_out(cut: ast.Subscript) -> bool:
    """Whether a cut leaves out the last step alone: ``words[:, :-1]``."""
    return ast.unparse(cut.slice).strip("()") in _LAST_LEFT_OUT


def _function(node: ast.AST) -> ast.expr | None:
    return node.func if isinstance(node, ast.Call) else None


def _begins_at_second(cut: ast.Subscript) -> bool:
    return ast.unparse(cut.slice).strip("()") in (":, 1:", "1:")
