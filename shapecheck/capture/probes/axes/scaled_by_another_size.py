"""Products that are scaled by the root of a size of another axis than the one that they were added up along."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import isclose

from shapecheck.capture.instruments.axes.named_sizes import axes_by_name, axis_spelt
from shapecheck.capture.instruments.axes.summed import products
from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, node_at, sighted
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, FEATURE_LAYERS, SOFTMAXES, TURNS
from shapecheck.findings import Edit, Fix
from shapecheck.reading.sources import function_of_line, last_name, source_of, walk

_HANDS_ON = CONVERTS | TURNS | {"masked_fill", "add", "sub", "where", "unsqueeze", "squeeze", "mul"}
_TAKES_EACH = SOFTMAXES | {"cross_entropy", "sigmoid"}
_HOPS = 8


def scaled_by_another_size(look: Look) -> Iterator[Sighting]:
    """``(q @ k.mT / x.size(1) ** 0.5).softmax(-1)``, where ``x.size(-1)`` products are added up.

    The root of how many products are added up keeps their spread what it was. The root of how many samples, or steps,
    there are makes the softmax another one for each batch. A size of the features may be another one than that of a
    head, so only what counts the rows or the columns of the products is told.
    """
    step, told = look.step, set[int]()
    indices = range(step.first, step.last)
    divisions = [node for at in indices if (node := step.node(at)).name in ("div", "mul") and _number(node) is not None]
    if not divisions:
        return
    added = {
        product.node.index: step.tape.shape(product.left[0])[product.left[1]]
        for product in products(step.tape, indices)
    }
    for node in divisions:
        found = _product(step, node, added)
        if found is None or node.spot is None or node.spot.line in told:
            continue
        size = _size_of_root(node, float(_number(node) or 0))
        spelt = _asked(node) if size is not None and size != added[found.index] and size in found.shapes[0] else None
        if size is None or spelt is None or not _counts_no_features(step, found, spelt[1], size):
            continue
        told.add(node.spot.line)
        yield _told(step, node, found, added[found.index], size, spelt)


def _number(node: Node) -> float | None:
    """The plain number that a tensor is multiplied with, or divided by."""
    is_plain = len(node.parents) == 1 and len(node.args) > 1 and isinstance(node.args[0], Ref)
    number = node.args[1] if is_plain else None
    return float(number) if isinstance(number, int | float) and not isinstance(number, bool) and number > 0 else None


def _size_of_root(node: Node, number: float) -> int | None:
    """The size of which a divisor is the root."""
    square = number**2 if node.name == "div" else number**-2
    return round(square) if round(square) > 1 and isclose(square, round(square), rel_tol=1e-6) else None


def _product(step: Step, node: Node, added: dict[int, int]) -> Node | None:
    """The product that is scaled, or of which a factor is, if a softmax reads what comes of it."""
    _, made = origin(step.tape, node.parents[0], CONVERTS, first=step.first)
    if made.index in added and _is_taken_each(step, node.ref):
        return made
    ref = node.ref
    for _ in range(_HOPS):
        readers = step.readers(ref)
        if len(readers) != 1 or not readers[0].shapes:
            return None
        if readers[0].index in added:
            return readers[0] if _is_taken_each(step, readers[0].ref) else None
        if readers[0].name not in CONVERTS | TURNS:
            return None
        ref = readers[0].ref
    return None


def _is_taken_each(step: Step, ref: Ref) -> bool:
    for _ in range(_HOPS):
        readers = step.readers(ref)
        if any(reader.name in _TAKES_EACH and reader.parents[0] == ref for reader in readers):
            return True
        onwards = [reader for reader in readers if reader.name in _HANDS_ON and reader.shapes]
        if len(onwards) != 1:
            return False
        ref = onwards[0].ref
    return False


def _asked(node: Node) -> tuple[str, int] | None:
    """The tensor and the axis of which the root of the size stands there, as a call or by a name."""
    found = node_at(node, ast.BinOp)
    assert node.spot is not None
    file, line = node.spot.code.co_filename, node.spot.line
    for side in (found.right, found.left) if isinstance(found, ast.BinOp) else ():
        root = _root(side, file, line)
        if root is None:
            continue
        spelt = axis_spelt(root)
        if spelt is None and isinstance(root, ast.Name):
            axis = axes_by_name(file, line).get(root.id)
            return None if axis is None else (axis.tensor, axis.at - axis.ndim)
        return spelt
    return None


def _root(value: ast.expr, file: str, line: int) -> ast.expr | None:
    """What the root is taken of, also where that was given a name once."""
    if isinstance(value, ast.Name):
        function = function_of_line(source_of(file), line)
        bound = [
            item.value
            for item in (walk(function) if function is not None else ())
            if isinstance(item, ast.Assign) and item.lineno < line
            if any(isinstance(target, ast.Name) and target.id == value.id for target in item.targets)
        ]
        return _root(bound[0], file, 0) if len(bound) == 1 and not isinstance(bound[0], ast.Name) else None
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Pow):
        return value.left
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Div) and isinstance(value.left, ast.Constant):
        return _root(value.right, file, line)
    if isinstance(value, ast.Call) and last_name(value.func) == "sqrt" and len(value.args) == 1:
        return value.args[0]
    return None


def _counts_no_features(step: Step, product: Node, axis: int, size: int) -> bool:
    """Whether the axis that was asked for is the last one of nothing that the product was made of.

    Where a layer on the way has as many features, they may be the ones that are counted.
    """
    if axis == -1:
        return False
    made = [one for ref in product.parents for one in backwards(step.tape, ref, None, _HOPS, first=step.first)]
    layers = [node for _, node in made if node.name in FEATURE_LAYERS and len(node.parents) > 1]
    if any(size in step.tape.shape(node.parents[1]) for node in layers):
        return False
    # Numbers of words have the steps for their last axis.
    shapes = [shape for ref, _ in made if ref in step.learned and len(shape := step.tape.shape(ref)) >= 2]
    at = [axis % len(shape) for shape in shapes if -len(shape) <= axis < len(shape)]
    asked = [(place, len(shape)) for place, shape in zip(at, shapes, strict=False) if shape[place] == size]
    return bool(asked) and all(place < ndim - 1 for place, ndim in asked)


def _told(step: Step, node: Node, product: Node, added: int, size: int, spelt: tuple[str, int]) -> Sighting:
    shape, tensor = product.shapes[0], f"{spelt[0]}.size({spelt[1]})"
    text = (
        f"each number of the products {shape} is a sum over {added}, and they are scaled by the root of {tensor}, "
        f"which is {size}: a softmax of them gets sharper or flatter with how many there are"
    )
    return sighted("scaled_by_another_size", node, text, (Fix(f"the size that is {added}", _edit(node, spelt), "no"),))


def _edit(node: Node, spelt: tuple[str, int]) -> tuple[Edit, ...]:
    """The last axis in the place of the other one, where the size is asked for on the spot."""
    found = node_at(node, ast.BinOp)
    if node.spot is None or not isinstance(found, ast.BinOp):
        return ()
    for item in walk(found):
        if isinstance(item, ast.expr) and axis_spelt(item) == spelt:
            return replaced_text(node.spot.code.co_filename, item, f"{spelt[0]}.size(-1)")
    return ()


PROBE = Probe(
    "products are scaled by the root of how many were added up",
    scaled_by_another_size,
    in_evaluation=True,
    turn=Turn.LAST,
)
