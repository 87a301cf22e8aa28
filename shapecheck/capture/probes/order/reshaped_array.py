"""Arrays of numpy whose axes a reshape gave other places, before they were made tensors."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.user_code import tree_of
from shapecheck.capture.recording.vocabulary import HANDS_ON
from shapecheck.evidence import Span
from shapecheck.findings import Edit, Fix

_PICKS = HANDS_ON | {"stack", "index_select", "float", "permute", "transpose"}


def reshaped_array(step: Step) -> Iterator[Sighting]:
    """``torch.tensor(windows.reshape(count, steps, features))`` of windows that are ``(count, features, steps)``.

    The array that a tensor was made of holds the numbers of another one, item by item and in their order, and has its
    sizes in another order: whoever names the axes so takes them for turned.
    """
    for ref in dict.fromkeys((*step.inputs, *step.targets)):
        node = origin(step.tape, ref, _PICKS)[1]
        before = step.tape.cut_from.get(node.index)
        order = _order(before, node.shapes[0][-len(before) :]) if before is not None else None
        if before is not None and order is not None:
            yield _told(node, before, order)
            return


def _order(before: tuple[int, ...], after: tuple[int, ...]) -> tuple[int, ...] | None:
    """The order of the axes in which an item would have the sizes of another one; None if it has them, or never has."""
    one, other = ([size for size in sizes if size > 1] for sizes in (before, after))
    if one == other or sorted(before) != sorted(after):
        return None
    left, found = list(range(len(before))), []
    for size in after:
        axis = next(axis for axis in left if before[axis] == size)
        left.remove(axis)
        found.append(axis)
    return tuple(found)


def _told(node: Node, before: tuple[int, ...], order: tuple[int, ...]) -> Sighting:
    after = tuple(before[axis] for axis in order)
    text = (
        f"items of the sizes {after} hold the numbers of items of the sizes {before} in their order: these are the "
        "sizes of turned ones, and nothing was turned. Each of their rows holds pieces of several"
    )
    if len(node.shapes[0]) > len(order):
        order = (0, *(axis + 1 for axis in order))
    call = _reshape(node)
    axes = ", ".join(map(str, order))
    seen = sighted("features_reshaped", node, text, (Fix(f"transpose({axes})", _edits(node, call, axes), "no"),))
    if call is None or node.spot is None:
        return seen
    end_line, end = call.end_lineno or call.lineno, call.end_col_offset or 0
    span = Span(node.spot.code.co_filename, call.lineno, call.col_offset, end_line, end, ast.unparse(call))
    return replace(seen, span=span, name="reshape")


def _reshape(node: Node) -> ast.Call | None:
    """The call that cut an array: it stands where the tensor is made, or where the array got its name last."""
    tree = tree_of(node.spot.code.co_filename) if node.spot is not None else None
    made = call_at(node)
    given = made.args[0] if made is not None and made.args else None
    if tree is None or given is None:
        return None
    name, found = ast.unparse(given.value if isinstance(given, ast.Subscript) else given), list(_reshapes(given))
    for item in ast.walk(tree):
        if isinstance(item, ast.Assign) and name in map(ast.unparse, item.targets):
            found += _reshapes(item.value)
    return found[0] if len(found) == 1 else None


def _reshapes(value: ast.expr) -> Iterator[ast.Call]:
    for item in ast.walk(value):
        if isinstance(item, ast.Call) and isinstance(item.func, ast.Attribute) and item.func.attr == "reshape":
            yield item


def _edits(node: Node, call: ast.Call | None, axes: str) -> tuple[Edit, ...]:
    if call is None or not isinstance(call.func, ast.Attribute) or node.spot is None:
        return ()
    value = call.func.value
    of_numpy = ast.unparse(value) in ("np", "numpy")
    whole = call.args[0] if of_numpy and call.args else value
    turned = f"{ast.unparse(whole)}.transpose({axes}).copy()"
    return () if of_numpy and not call.args else replaced_text(node.spot.code.co_filename, call, turned)


PROBE = Probe(
    "arrays are turned, and not cut anew, before they are made tensors",
    lambda look: reshaped_array(look.step),
    needs_no_run=True,
)
