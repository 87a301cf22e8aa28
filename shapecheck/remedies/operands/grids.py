"""The places at which grid_sample reads maps, and the numbers that affine_grid makes them of."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sizes.size_texts import asked
from shapecheck.remedies.moves import put_behind

_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """``grid.expand(maps.size(0), -1, -1, -1)`` for a grid of one, ``permute`` for pairs that stand second."""
    turned = failed(evidence, "affine_grid")
    if turned is not None:
        return list(_as_matrices(evidence, turned))
    operation = failed(evidence, "grid_sample")
    maps, grid = (operand(operation, role) for role in ("input", "grid"))
    if maps is None or grid is None or not sizes_of(maps) or len(sizes_of(maps)) != len(sizes_of(grid)):
        return []
    return [*_of_batch(evidence, maps, grid), *_pairs_last(evidence, grid, len(sizes_of(maps)) - 2)]


def _as_matrices(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """The six numbers a sample that turn a picture, or the twelve that turn a body, as the matrix that they are."""
    theta, size = operand(operation, "theta"), operand(operation, "size")
    sizes, axes = sizes_of(theta), len(size.value.items) - 2 if size is not None else 0
    for rows in (2, 3) if axes not in (2, 3) else (axes,):
        if theta is not None and len(sizes) == 2 and sizes[1] == rows * (rows + 1):
            step = Step("view", theta.role, (-1, rows, rows + 1))
            yield from put_behind(evidence, theta, f".view(-1, {rows}, {rows + 1})", [step], cost=_COST)


def _of_batch(evidence: Evidence, maps: Argument, grid: Argument) -> Iterator[Candidate]:
    for one, many in ((grid, maps), (maps, grid)):
        count = sizes_of(many)[0]
        if sizes_of(one)[0] != 1 or count == 1:
            continue
        rest = (-1,) * (len(sizes_of(one)) - 1)
        text = f".expand({asked(many, 0)}, {', '.join(map(str, rest))})"
        yield from put_behind(evidence, one, text, [Step("expand", one.role, (count, *rest))], cost=_COST)


def _pairs_last(evidence: Evidence, grid: Argument, axes: int) -> Iterator[Candidate]:
    sizes = sizes_of(grid)
    if sizes[1] == axes != sizes[-1]:
        order = (0, *range(2, len(sizes)), 1)
        step = Step("permute", grid.role, order)
        yield from put_behind(evidence, grid, f".permute({', '.join(map(str, order))})", [step], cost=_COST)
