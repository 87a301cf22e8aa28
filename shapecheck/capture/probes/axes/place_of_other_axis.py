"""Stripes and crops whose place was drawn by the size of one axis, and that are taken along another one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.capture.instruments.axes.drawn_places import drawn_by, is_bound_since, made_like
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.user_code import expression_in
from shapecheck.findings import Edit, Fix
from shapecheck.reading.sources import items_of

_TAKES = frozenset(["__getitem__", "__setitem__"])


def places_of_other_axes(step: Step) -> Iterator[Sighting]:
    """``x[f:f + width] = 0`` with ``f = randint(0, x.shape[1] - width)``: written for one map, given a batch.

    The sizes of both axes must differ, as they do not of square images. An axis that has a part in the number itself
    is let be.
    """
    told = set[int]()
    for node in step.recorded:
        parts = node.index_parts if node.name in _TAKES and len(node.args) > 1 else ()
        if node.spot is None or node.spot.line in told or not any(isinstance(part, slice) for part in parts):
            continue
        if not all(isinstance(part, slice | int) and not isinstance(part, bool) for part in parts):
            continue
        written = expression_in(node.spot.span)
        wrong = _wrong(step.tape.shape(node.parents[0]), written, parts) if isinstance(written, ast.Subscript) else {}
        if wrong and isinstance(written, ast.Subscript):
            told.add(node.spot.line)
            yield _told(step, node, written, wrong)


def _wrong(shape: tuple[int, ...], written: ast.Subscript, parts: tuple[object, ...]) -> dict[int, int]:
    """Axis that is cut -> the axis by whose size the place was drawn."""
    items = items_of(written.slice)
    found: dict[int, int] = {}
    if len(items) != len(parts) or isinstance(written.slice, ast.Name):
        return found
    alike = made_like(written.value)
    for axis, item in enumerate(items):
        place = item.lower if isinstance(item, ast.Slice) else None
        sized = drawn_by(place) if place is not None else None
        if not sized or any(one.tensor not in alike or one.ndim not in (0, len(shape)) for one in sized):
            continue
        if any(is_bound_since(written, one) for one in sized):
            continue
        axes = {one.at % len(shape) for one in sized if -len(shape) <= one.at < len(shape)}
        other = axes.pop() if len(axes) == 1 else axis
        if shape[other] != shape[axis]:
            found[axis] = other
    return found


def _told(step: Step, node: Node, written: ast.Subscript, wrong: dict[int, int]) -> Sighting:
    shape = step.tape.shape(node.parents[0])
    axis, other = next(iter(wrong.items()))
    text = (
        f"where it begins was drawn among the {shape[other]} places of axis {other} of {shape}, and here it is taken "
        f"along axis {axis}, which has {shape[axis]}"
    )
    fix = Fix(f"take it along axis {other}", _edits(node, written, wrong, len(shape)), "no")
    return sighted("place_of_other_axis", node, text, (fix,))


def _edits(node: Node, written: ast.Subscript, wrong: dict[int, int], ndim: int) -> tuple[Edit, ...]:
    """The edit that lets as many axes whole in front as the place was counted too early."""
    items = [ast.unparse(item) for item in items_of(written.slice)]
    first = min(wrong)
    gaps = {other - axis for axis, other in wrong.items()}
    behind = [item for at, item in enumerate(items) if at > first and at not in wrong]
    if len(gaps) != 1 or min(gaps) < 1 or any(item != ":" for item in behind) or node.spot is None:
        return ()
    new = [*items[:first], *[":"] * min(gaps), *items[first:]]
    while new[-1] == ":":
        new.pop()
    return replaced_text(node.spot.code.co_filename, written.slice, ", ".join(new)) if len(new) <= ndim else ()


PROBE = Probe(
    "what is cut out or blanked at a place drawn by chance lies along the axis that it was drawn for",
    lambda look: places_of_other_axes(look.step),
    needs_no_run=True,
)
