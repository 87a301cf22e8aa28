"""Arrays and tensors of data whose axes a reshape gave other places, before a model was given them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import torch

from shapecheck.capture.instruments.axes.named_sizes import axis_spelt
from shapecheck.capture.instruments.axes.windows import is_stretch
from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.separation import any_term_moved
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, replaced_call, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import span_of, tree_of
from shapecheck.capture.recording.vocabulary import AXES_OF_ONE, CONVERTS, HANDS_ON, VIEWS
from shapecheck.findings import Edit, Fix
from shapecheck.reading.sources import walk

# How many times longer an axis is than another one where both cannot be periods of the same time.
_APART = 3
_PICKS = HANDS_ON - VIEWS | {"stack", "index_select", "float", "permute", "transpose"}
_KEEPS_ORDER = CONVERTS | AXES_OF_ONE | {"view", "reshape", "flatten", "float"}


def reshaped_array(step: Step) -> Iterator[Sighting]:
    """``torch.tensor(windows.reshape(count, steps, features))`` of windows that are ``(count, features, steps)``.

    The array that a tensor was made of holds the numbers of another one, item by item and in their order, and has its
    sizes in another order: whoever names the axes so takes them for turned. Where one size is a multiple of the other
    it may be meant, as two steps that are stacked into one, unless the sizes are called by the array's own axes. Sizes
    near to each other may be periods: four terms of three months are three of four months.
    """
    for ref in dict.fromkeys((*step.inputs, *step.targets)):
        node = origin(step.tape, ref, _PICKS)[1]
        before = step.tape.cut_from.get(node.index)
        order = _order(before, node.shapes[0][-len(before) :]) if before is not None else None
        if before is None or order is None or not _is_read_as_cut(step, ref, before):
            continue
        tree = tree_of(node.spot.code.co_filename) if node.spot is not None else None
        call, name = _reshape(node, tree)
        if name and _is_filled(tree, name):
            continue
        is_told = call is not None and _is_by_axes(tree, call)
        may_be_meant = _may_be_blocks(before, order) or (_is_by_numbers(call) and _are_near(before))
        if (is_told or not may_be_meant) and not _is_any_order(step, ref):
            yield _told(node, before, order, call)
            return
    yield from _reshaped_tensor(step)


def _reshaped_tensor(step: Step) -> Iterator[Sighting]:
    """``series.unfold(0, 8, 1).reshape(-1, 8, features)``: unfold puts the steps behind the features.

    So do several numbers for each channel that were picked by a table of their places. Such axes are what the operation
    says, whatever the data was before; of any other tensor the sizes may be the wrong ones in front of the reshape.
    """
    for ref in dict.fromkeys((*step.inputs, *step.targets)):
        node = origin(step.tape, ref, _PICKS)[1]
        if node.name not in ("view", "reshape") or node.root >= 0 or not node.parents or node.spot is None:
            continue
        whole, cut = step.tape.shape(node.parents[0]), node.shapes[0]
        order, kept = _order(whole, cut), len(step.tape.shape(ref)) - len(cut)
        if order is None or (not kept and order[0]) or not _has_made_axes(step, node.parents[0]):
            continue
        before = whole[1:] if kept == 0 else whole
        is_told = _is_by_turned_axes(node) or _is_by_window(step, node, order)
        may_be_meant = _may_be_blocks(whole, order) and not is_told
        if not may_be_meant and _is_read_as_cut(step, ref, before) and not _is_any_order(step, ref):
            yield _told_of_tensor(node, order)
            return


def _has_made_axes(step: Step, ref: Ref) -> bool:
    """Whether an operation put an axis there itself: windows, items of a stack, or what a table of places picks."""
    through = CONVERTS | {"__getitem__"}
    for _, node in backwards(step.tape, ref, through):
        if node.name == "__getitem__" and not is_stretch(node):
            tables = [part for part in node.index_parts if isinstance(part, Ref)]
            return len(tables) == 1 and len(step.tape.shape(tables[0])) > 1 and step.tape.dtype(tables[0]) != torch.bool
        if node.name not in through:
            return node.name == "unfold" or (node.name == "stack" and not node.collated)
    return False


def _is_by_turned_axes(node: Node) -> bool:
    """Whether two sizes that follow each other are those of a later and an earlier axis of one tensor, by its name."""
    call = call_at(node)
    spelt = [axis_spelt(item) for item in call.args] if call is not None else []
    return any(
        one is not None and other is not None and one[0] == other[0] and 0 <= other[1] < one[1]
        for one, other in pairwise(spelt)
    )


def _is_by_window(step: Step, node: Node, order: tuple[int, ...]) -> bool:
    """Whether the window's axis, which lies last, is put elsewhere by the very name that unfold was given."""
    made = origin(step.tape, node.parents[0], CONVERTS | {"__getitem__"})[1]
    call, window = call_at(node), call_at(made) if made.name == "unfold" else None
    if call is None or window is None or len(window.args) != 3 or isinstance(window.args[1], ast.Constant):
        return False
    given = call.args[-1].elts if call.args and isinstance(call.args[-1], ast.Tuple) else call.args
    at = order.index(len(order) - 1)
    return len(given) == len(order) and ast.unparse(given[at]) == ast.unparse(window.args[1])


def _told_of_tensor(node: Node, order: tuple[int, ...]) -> Sighting:
    given = len(order)
    turn = f"permute({', '.join(map(str, order))})"
    before = tuple(node.shapes[0][order.index(axis)] for axis in range(given))
    text = (
        f"{node.name} cuts {before} into {node.shapes[0]}: these are the sizes of turned axes, and nothing was turned. "
        "Each row holds pieces of several"
    )
    return sighted("features_reshaped", node, text, (Fix(turn, _turned(node, turn), "no"),))


def _turned(node: Node, turn: str) -> tuple[Edit, ...]:
    call = call_at(node)
    if call is None or not isinstance(call.func, ast.Attribute) or ast.unparse(call.func.value) == "torch":
        return ()
    return replaced_call(node, f"{ast.unparse(call.func.value)}.{turn}")


def _is_read_as_cut(step: Step, ref: Ref, before: tuple[int, ...]) -> bool:
    """Whether something reads the axes as they were cut: neither all numbers in one row, nor cut back."""
    for node in step.readers(ref):
        shape = step.tape.shape(ref)
        if node.name in _KEEPS_ORDER and node.parents[0] == ref:
            if _is_read_as_cut(step, node.ref, before):
                return True
        elif len(shape) > 2 and _long(shape[1:]) != _long(before):
            return True
    return False


def _long(sizes: tuple[int, ...]) -> list[int]:
    return [size for size in sizes if size > 1]


def _may_be_blocks(before: tuple[int, ...], order: tuple[int, ...]) -> bool:
    """Whether each row may hold whole rows, or whole parts of one: 16 steps of 8 numbers are 8 steps of two each."""
    after = tuple(before[axis] for axis in order)
    pairs = zip(_long(before), _long(after), strict=True)
    moved = [one for one, other in pairs if one != other]
    return len(moved) == 2 and max(moved) % min(moved) == 0


def _is_by_numbers(call: ast.Call | None) -> bool:
    """Whether the sizes are written as numbers, which say nothing of what they count."""
    given = call.args[-1].elts if call is not None and call.args and isinstance(call.args[-1], ast.Tuple) else ()
    sizes = given or (call.args if call is not None else ())
    return all(isinstance(item, ast.Constant | ast.UnaryOp) for item in sizes[1:])


def _are_near(before: tuple[int, ...]) -> bool:
    sizes = _long(before)
    return max(sizes) < _APART * min(sizes)


def _is_any_order(step: Step, ref: Ref) -> bool:
    """Whether the numbers of each sample may lie in any order: each is read by itself, and all are added up."""
    value = step.value(ref)
    if value.ndim < 2:
        return False
    try:
        after = step.changed(ref, value.flatten(1).roll(1, 1).reshape(value.shape))
    except Exception:
        # What cannot be run again says nothing of the order.
        return False
    return bool(step.terms) and not any_term_moved(step, step.run(), after)


def _is_by_axes(tree: ast.AST | None, call: ast.Call) -> bool:
    """Whether the sizes are those of axes, by ``x.shape[2]`` or by names that were given to all axes at once."""
    unpacked = set()
    for item in walk(tree):
        if isinstance(item, ast.Assign) and isinstance(item.value, ast.Attribute) and item.value.attr == "shape":
            names = {name.id for target in item.targets for name in ast.walk(target) if isinstance(name, ast.Name)}
            unpacked |= names
    given = call.args[-1].elts if call.args and isinstance(call.args[-1], ast.Tuple) else call.args
    return len(given) > 1 and all(_is_axis(each, unpacked) for each in given[1:])


def _is_axis(value: ast.expr, unpacked: set[str]) -> bool:
    if isinstance(value, ast.Subscript):
        return isinstance(value.value, ast.Attribute) and value.value.attr == "shape"
    return isinstance(value, ast.Name) and value.id in unpacked


def _is_filled(tree: ast.AST | None, name: str) -> bool:
    """Whether a script writes into the array by its new axes: the old ones say nothing of what stands there then."""
    stored = (item for item in walk(tree) if isinstance(item, ast.Subscript))
    return any(isinstance(item.ctx, ast.Store) and ast.unparse(item.value) == name for item in stored)


def _order(before: tuple[int, ...], after: tuple[int, ...]) -> tuple[int, ...] | None:
    """The order of the axes in which an item would have the sizes of another one; None if it has them, or never has."""
    if _long(before) == _long(after) or sorted(before) != sorted(after):
        return None
    left, found = list(range(len(before))), []
    for size in after:
        axis = next(axis for axis in left if before[axis] == size)
        left.remove(axis)
        found.append(axis)
    return tuple(found)


def _told(node: Node, before: tuple[int, ...], order: tuple[int, ...], call: ast.Call | None) -> Sighting:
    after = tuple(before[axis] for axis in order)
    text = (
        f"items of the sizes {after} hold the numbers of items of the sizes {before} in their order: these are the "
        "sizes of turned ones, and nothing was turned. Each of their rows holds pieces of several"
    )
    if len(node.shapes[0]) > len(order):
        order = (0, *(axis + 1 for axis in order))
    axes = ", ".join(map(str, order))
    seen = sighted("features_reshaped", node, text, (Fix(f"transpose({axes})", _edits(node, call, axes), "no"),))
    if call is None or node.spot is None:
        return seen
    span = span_of(node.spot.code.co_filename, call)
    return replace(seen, span=span, name="reshape")


def _reshape(node: Node, tree: ast.AST | None) -> tuple[ast.Call | None, str]:
    """The call that cut an array, where the tensor is made or where the array got its name; and that name."""
    made = call_at(node)
    given = made.args[0] if made is not None and made.args else None
    if tree is None or given is None:
        return None, ""
    name, found = ast.unparse(given.value if isinstance(given, ast.Subscript) else given), list(_reshapes(given))
    for item in walk(tree):
        if isinstance(item, ast.Assign) and name in map(ast.unparse, item.targets):
            found += _reshapes(item.value)
    return found[0] if len(found) == 1 else None, name


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
