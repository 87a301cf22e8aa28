"""A squeeze of all axes that happen to be of size one, among them one that holds something."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.squeezes import alike, axes_meant, names_no_axis, shape_of_a_rest, with_axes
from shapecheck.capture.instruments.axes.ways import Way
from shapecheck.capture.instruments.trials.separation import difference, separate_axes
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run, Values, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import Spot, tree_of
from shapecheck.findings import Fix
from shapecheck.reading.sources import walk

_SIZES = frozenset(["dim", "ndim", "ndimension", "size", "shape", "len", "numel"])
_WHEN_IT_COMES = "the batches of a loader whose last one holds one sample"


def squeezed(step: Step, ways: Sequence[Way] = ()) -> Iterator[Sighting]:
    """Axes that were of size one in one step and longer in another, and were dropped in the one only.

    Told only where the numbers come out otherwise with the axis kept: a single sample that loses its axis on the way
    into a mean does no harm.
    """
    for node in step.nodes:
        if not names_no_axis(node):
            continue
        # What comes out of a model in evaluation is measured behind it.
        is_evaluated = _is_evaluated(step)
        if node.index not in step.to_loss and not is_evaluated:
            continue
        if is_evaluated and _is_gone_over(step, node):
            continue
        shapes = [step.tape.shape(other.parents[0]) for other in alike(step, node)]
        ndim = len(step.tape.shape(node.parents[0]))
        if node.spot is None or _asks_for_sizes(node.spot) or any(len(shape) != ndim for shape in shapes):
            continue
        samples = _axis_of_samples(step, node, ways)
        coming = shape_of_a_rest(step, step.tape.shape(node.parents[0]), samples) if samples is not None else None
        shapes += [coming] if coming is not None else []
        meant = axes_meant(shapes)
        for axis in range(ndim):
            sizes = sorted({shape[axis] for shape in shapes})
            if sizes[0] != 1 or len(sizes) < 2:
                continue
            if _matters(step, node, axis, meant):
                is_coming = coming is not None and all(shape[axis] > 1 for shape in shapes[:-1])
                when = (
                    _WHEN_IT_COMES if is_coming else "these steps and in evaluation" if is_evaluated else "these steps"
                )
                yield _told(node, axis, sizes, meant, when, is_evaluated)
                return


def _is_gone_over(step: Step, node: Node) -> bool:
    """Whether one sample alone is gone over behind it, item by item: with its axis there would be the sample only."""
    is_alone = step.tape.shape(node.parents[0])[:1] == (1,)
    return is_alone and any(
        other.name == "unbind"
        for other in map(step.node, range(node.index + 1, step.last))
        if node.ref in other.parents
    )


def _axis_of_samples(step: Step, node: Node, ways: Sequence[Way]) -> int | None:
    """The axis of what is squeezed along which the samples are seen apart: its first of several, or the only one.

    One sample of a loop over them, ``(1, steps, features)``, may well have as many steps as there are samples.
    """
    source = node.parents[0]
    first = next((at for at, size in enumerate(step.tape.shape(source)) if size > 1), 0)
    seen = [separate_axes(way.moves[0].masks(source)) for way in ways if 0 in way.moves]
    if any(first in axes for axes in seen):
        return first
    found = {axes[0] for axes in seen if len(axes) == 1}
    return found.pop() if len(found) == 1 else None


def _matters(step: Step, node: Node, axis: int, meant: list[int]) -> bool:
    """Whether one item along the axis comes to another result without the axis than with it."""

    def whole(value: Tensor, *_: Any, **__: Any) -> Tensor:
        return value.squeeze()

    def kept(value: Tensor, *_: Any, **__: Any) -> Tensor:
        return value.squeeze(tuple(meant)) if meant else value

    results = []
    for run in (whole, kept):
        found = _results(step, node, axis, run)
        if found is None:
            return False
        results.append(found)
    return any(
        one.numel() != other.numel() or bool(difference(one.reshape(-1), other.reshape(-1)).any())
        for one, other in zip(*results, strict=True)
    )


def _results(step: Step, node: Node, axis: int, run: Run) -> list[Tensor] | None:
    turns = [other for other in step.nodes if other.repeats(node)] or [node]
    try:
        values = _with_one_left(step, turns, axis, run)
    except Exception:
        # A crash is no silent mistake, and says itself what is wrong.
        return None
    found = [values[term.ref] for term in step.terms if term.ref in values]
    if _is_evaluated(step):
        found += [values[ref] for ref in sorted(step.tape.escaped, key=lambda ref: ref.node) if ref in values]
    return found if found and all(bool(torch.isfinite(value).all()) for value in found) else None


def _is_evaluated(step: Step) -> bool:
    """Whether the step is what was measured of a model, and ends in no loss that was learned from."""
    return all(loss != step.loss for loss, _ in step.tape.losses)


def _told(node: Node, axis: int, sizes: list[int], meant: list[int], when: str, is_evaluated: bool) -> Sighting:
    text = (
        f"axis {axis} of what is squeezed here is {', '.join(map(str, sizes[:-1]))} to {sizes[-1]} long in {when}: "
        "where it holds one item only it disappears along with the others, and what comes behind runs along another "
        "axis; "
        f"{'what is measured of one item' if is_evaluated else 'the loss of such a step'} comes out otherwise with the "
        "axis kept"
    )
    fix = Fix(*with_axes(node, meant), "call", "the numbers no longer depend on how many items there are")
    return sighted("squeezed_by_chance", node, text, (fix,))


def _asks_for_sizes(spot: Spot) -> bool:
    """Whether a branch in the functions on the way reads sizes: a second run of the same operations takes none anew."""
    at: Spot | None = spot
    while at is not None:
        if any(_names(test) & _SIZES for test in _tests(at)):
            return True
        at = at.caller
    return False


def _tests(spot: Spot) -> Iterator[ast.expr]:
    """The conditions of the function around a place, or of the outermost loop around it where there is none."""
    tree = tree_of(spot.code.co_filename)
    around = [node for node in walk(tree) if _is_around(node, spot.line)]
    functions = [node for node in around if isinstance(node, ast.FunctionDef)]
    loops = [node for node in around if isinstance(node, ast.For)]
    for owner in loops[:1] if spot.code.co_name == "<module>" else functions[-1:]:
        yield from (node.test for node in ast.walk(owner) if isinstance(node, ast.If | ast.IfExp | ast.Assert))


def _is_around(node: ast.AST, line: int) -> bool:
    return isinstance(node, ast.FunctionDef | ast.For) and node.lineno <= line <= (node.end_lineno or 0)


def _names(test: ast.expr) -> set[str]:
    return {getattr(node, "id", getattr(node, "attr", "")) for node in ast.walk(test)}


def _with_one_left(step: Step, nodes: Collection[Node], axis: int, run: Run) -> Values:
    """The values behind some operations of one operand, such as all turns of a loop, with the first item alone.

    What they meet on the way is cut to its first item where it has an axis of as many; where it has none, such as a
    target that was flattened, it is computed anew of what has one.

    Args:
        step: The step.
        nodes: The operations; what they read has the items along one axis.
        axis: The axis.
        run: What they do instead.

    Raises:
        RuntimeError: It does not run with one item, or it is not certain what belongs to it.
    """
    size = step.tape.shape(next(iter(nodes)).parents[0])[axis]
    made = {node.ref for node in nodes}
    order = {*descendants(step.tape, made, step.order), *(ref.node for ref in made)}
    cut = {node.parents[0]: axis for node in nodes if node.parents[0].node not in order}
    open_refs = [ref for index in order for ref in step.node(index).parents]
    while open_refs:
        ref = open_refs.pop()
        if ref.node in order or ref in cut or _is_held(step, ref):
            continue
        at = _axis_of(step, ref, size)
        if at is not None:
            cut[ref] = at
        elif not step.is_leaf(ref):
            order.add(ref.node)
            open_refs += step.node(ref.node).parents
    first = {ref: step.value(ref).narrow(at, 0, 1) for ref, at in cut.items()}
    return step.rearranged(first, {node.index: run for node in nodes}, sorted(order))


def _is_held(step: Step, ref: Ref) -> bool:
    """Whether a model holds it, for whatever batch."""
    return ref in step.inner or step.tape.nodes[ref.node].kind == "parameter" or ref in step.tape.bare


def _axis_of(step: Step, ref: Ref, size: int) -> int | None:
    """The axis of a tensor that counts the same items, by its size; None if it has none."""
    sizes = step.tape.shape(ref)
    if size < 2 or size not in sizes:
        return None
    if sizes.count(size) > 1:
        raise RuntimeError("two axes are as long as that of the items")
    return sizes.index(size)


PROBE = Probe(
    "no axis is dropped for its size alone",
    lambda look: squeezed(look.step, look.seen),
    in_evaluation=True,
)
