"""Places at which a map is read with the row where the column stands: what comes out is turned over its diagonal."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from torch import Tensor

from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.separation import any_term_moved
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Edit, Fix

# So much of what a coordinate varies by lies along one axis, where nothing more than small offsets was added to it.
_NEARLY_ALL = 0.8
_LEAST = 3


def row_and_column(step: Step) -> Iterator[Sighting]:
    """``grid_sample(map, stack((ys, xs), -1) + offsets)``, of which the first number is to say the column.

    Told where what comes out has the sizes of the map, and these are not alike: who wants the map turned over its
    diagonal has them exchanged. A map that is turned by a right angle has one of them running backwards.
    """
    for node in step.nodes:
        if node.name != "grid_sample" or node.index not in step.to_loss or len(node.parents) < 2:
            continue
        source, grid = node.parents[:2]
        sizes = step.tape.shape(source)[2:]
        if step.tape.shape(grid)[1:-1] != sizes or len(set(sizes)) < len(sizes) or min(sizes) < _LEAST:
            continue
        if not _is_exchanged(step.value(grid)) or not _comes_out_differently(step, node):
            continue
        made = _made(step, grid)
        names = ("rows", "columns") if len(sizes) == 2 else ("slices", "columns")
        text = (
            f"the first of the {len(sizes)} numbers of each place grows along the {sizes[0]} {names[0]} of the map "
            f"{step.tape.shape(source)} and the last along its {sizes[-1]} {names[1]}; grid_sample takes the first one "
            "for the column, along the last axis: what stands in a row is read from a column"
        )
        edits = _exchanged(made) if made is not None else ()
        fix = Fix("stack((xs, ys), dim=-1): the column in front", edits, "call", "the step runs")
        yield sighted("row_and_column_exchanged", made or node, text, (fix,))
        return


def _is_exchanged(grid: Tensor) -> bool:
    """Whether each number of a place grows along the axis of its own number, and the first not along the last."""
    count = grid.shape[-1]
    return all(_grows_along(grid[..., at], 1 + at) for at in range(count)) and count == grid.ndim - 2


def _grows_along(values: Tensor, axis: int) -> bool:
    """Whether what varies in some numbers is, but for little, that they grow along an axis."""
    others = tuple(at for at in range(values.ndim) if at != axis)
    steps = values.double().mean(others)
    whole = values.double().var(unbiased=False)
    return bool((steps.diff() > 0).all()) and bool(steps.var(unbiased=False) > _NEARLY_ALL * whole)


def _comes_out_differently(step: Step, node: Node) -> bool:
    def run(source: Tensor, grid: Tensor, *rest: object, **kwargs: object) -> Tensor:
        return node.function(source, grid.flip(-1), *rest, **kwargs)  # type: ignore[misc, no-any-return]

    try:
        return any_term_moved(step, step.run(), step.run_with({node.index: run}))
    except Exception:
        return False


def _made(step: Step, grid: Ref) -> Node | None:
    """Where the numbers of the places were put together, one behind the other."""
    made = [step.node(index) for index in ancestors(step.tape, [grid], 0)]
    size = step.tape.shape(grid)[-1]
    joins = [node for node in made if node.name in ("stack", "cat") and node.spot is not None]
    joins = [node for node in joins if len(node.parents) == size and node.shapes[0][-1:] == (size,)]
    return joins[0] if len(joins) == 1 else None


def _exchanged(made: Node) -> tuple[Edit, ...]:
    """The same numbers of each place in the other order, where they are written one by one."""
    call = call_at(made)
    given = call.args[0] if call is not None and call.args else None
    if not isinstance(given, ast.Tuple | ast.List) or made.spot is None:
        return ()
    turned = type(given)(given.elts[::-1], given.ctx)
    return replaced_text(made.spot.code.co_filename, given, ast.unparse(turned))


PROBE = Probe(
    "a map is read at places whose first number says the column",
    lambda look: row_and_column(look.step),
)
