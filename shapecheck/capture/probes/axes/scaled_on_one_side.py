"""Graphs that are scaled by the roots of their degrees twice on one side, and not at all on the other."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, CUTS, MATRIX_PRODUCTS, SCALES, SQUARES
from shapecheck.findings import Fix

# What gives a row of numbers axes of one.
_LAYS = CUTS | CONVERTS | {"unsqueeze", "__getitem__"}
_ROOTS = frozenset(["sqrt", "rsqrt", "pow"])
_SUMS = frozenset(["sum", "index_add", "scatter_add", "bincount"])
_HOPS = 16
# The sums, and what made roots of them.
_Roots = tuple[Ref, tuple[str, ...]]


def scaled_on_one_side(look: Look) -> Iterator[Sighting]:
    """``d[None, :] * a * d`` and ``D @ D @ A`` with ``d = a.sum(1).rsqrt()``: the rows, or the columns, get both roots.

    A root of a degree stands for one end of an edge. Who wants all of it on one side divides by the degree itself. The
    root of a sum of squares is a length, by the square of which something may be divided.
    """
    step = look.step
    if look.before is not None:
        return
    for node in map(step.node, range(step.last)):
        shape = node.shapes[0] if node.shapes else ()
        if node.spot is None or len(shape) < 2 or shape[-1] != shape[-2] or shape[-1] < 2:
            continue
        columns = _of_products(step, node) if node.name in MATRIX_PRODUCTS else _of_numbers(step, node)
        if columns is not None:
            sides = ("columns", "rows") if columns else ("rows", "columns")
            text = (
                f"the roots of the degrees scale the {sides[0]} of {shape} twice, and the {sides[1]} never: each edge "
                "gets both roots of the same end"
            )
            fix = Fix("one factor on each side", (), "no")
            yield sighted("scaled_on_one_side", node, text, (fix,))
            return


def _of_numbers(step: Step, node: Node) -> bool | None:
    """Whether a matrix is scaled by the same roots twice along its columns, number by number; None if by neither."""
    if node.name not in SCALES or len(node.parents) != 2:
        return None
    for inner, outer in (node.parents, node.parents[::-1]):
        before = step.node(origin(step.tape, inner, CONVERTS)[0].node)
        if before.name != node.name or len(before.parents) != 2:
            continue
        last = _laid(step, outer, node)
        if last is not None and [_laid(step, ref, before) for ref in before.parents].count(last) == 1:
            return last[1]
    return None


def _laid(step: Step, ref: Ref, node: Node) -> tuple[_Roots, bool] | None:
    """Roots that meet a square matrix, and whether they lie along the columns of it."""
    shape, size = step.tape.shape(ref), node.shapes[0][-1]
    if size not in shape or shape.count(1) != len(shape) - 1 or len(node.shapes[0]) - len(shape) > 1:
        return None
    roots = _roots(step, ref)
    return None if roots is None else (roots, shape[-1] == size)


def _of_products(step: Step, node: Node) -> bool | None:
    """The same of a product with a diagonal matrix of them."""
    made = [_roots(step, ref) for ref in _factors(step, node.ref)]
    if len(made) != 3 or made[1] is None or made[0] == made[2]:
        return None
    return made[1] == made[2] if made[1] in (made[0], made[2]) else None


def _factors(step: Step, ref: Ref) -> list[Ref]:
    node = step.node(origin(step.tape, ref, CONVERTS)[0].node)
    is_product = node.name in MATRIX_PRODUCTS and len(node.parents) == 2
    return [part for parent in node.parents for part in _factors(step, parent)] if is_product else [ref]


def _roots(step: Step, ref: Ref) -> _Roots | None:
    """Which sums numbers are the roots of, or one over them, and by which operations; None if they are none."""
    made = [node for _, node in backwards(step.tape, ref, None, _HOPS)]
    sums = next((at for at, node in enumerate(made) if node.name in _SUMS), 0)
    roots = [node for node in made[:sums] if node.name in _ROOTS]
    if len(roots) != 1 or (roots[0].name == "pow" and roots[0].argument(1) not in (0.5, -0.5)):
        return None
    if step.node(made[sums].parents[0].node).name in SQUARES:
        return None
    return made[sums].ref, tuple(node.name for node in made[:sums] if node.name not in _LAYS)


PROBE = Probe(
    "the roots of degrees scale both sides of a graph",
    scaled_on_one_side,
    needs_no_run=True,
)
