"""Factors of products that were scaled to length one: along which axis of theirs is summed, and where it comes from."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass

from shapecheck.capture.instruments.axes.features_axis import made_along
from shapecheck.capture.instruments.axes.reductions import one_axis
from shapecheck.capture.instruments.axes.summed import Axis, names_of, way_up
from shapecheck.capture.instruments.axes.unit_norms import Unit
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.vocabulary import CHANNEL_NORMS, CONVERTS, TOTALS

# Behind these no length is what it was.
_NORMS = CHANNEL_NORMS | {"layer_norm", "rms_norm"}


@dataclass(frozen=True, slots=True, eq=False)
class UnitFactor:
    """A factor of a product that was scaled to length one.

    Args:
        unit: Where it was.
        axis: Which axis of it is summed over.
        names: What that axis goes by, from there up.
        is_of_features: Whether a layer made the axis for its features, or it belongs to a parameter.
    """

    unit: Unit
    axis: int
    names: frozenset[Hashable]
    is_of_features: bool

    @property
    def is_right(self) -> bool:
        """Whether it has its length along the axis that is summed over."""
        return self.unit.axis == self.axis


def unit_factor(tape: Tape, factor: Axis, by_ref: dict[Ref, Unit], returned: dict[Ref, Hashable]) -> UnitFactor | None:
    """What was scaled to length one in a factor, last; None if nothing was, or the axis cannot be followed there.

    Args:
        tape: The tape.
        factor: The factor, and its axis that is summed over.
        by_ref: What was scaled, by the tensor that came out.
        returned: What models returned, as `all_returned` has it.
    """
    unit: Unit | None = None
    axis, names, is_of_features = 0, set[Hashable](), False
    for ref, at in _way(tape, factor, by_ref):
        if unit is None:
            if ref in by_ref:
                unit, axis = by_ref[ref], at
            elif tape.nodes[ref.node].name in _NORMS:
                return None
            continue
        node = tape.nodes[ref.node]
        names |= names_of(tape, (ref, at), returned)
        is_of_features |= made_along(node) == at or (node.kind == "parameter" and len(node.shapes[0]) == 2)
        is_of_features |= _is_scaled_along(tape, node, at)
    if unit is None:
        return None
    made = tape.nodes[unit.ref.node]
    is_of_features |= made.kind == "parameter" and len(made.shapes[0]) == 2
    return UnitFactor(unit, axis, frozenset(names), is_of_features)


def _way(tape: Tape, factor: Axis, by_ref: dict[Ref, Unit]) -> Iterator[Axis]:
    """The way up, also through a mean of vectors along the very axis along which these were scaled to length one.

    So are the shots of a class made one prototype. Along that axis they had no length of their own to begin with.
    """
    ref, at = factor
    for ref, at in way_up(tape, factor):
        yield ref, at
    node = tape.nodes[ref.node]
    if node.name not in TOTALS or not node.parents or node.function is None:
        return
    before, _ = origin(tape, node.parents[0], CONVERTS)
    unit = by_ref.get(before)
    if unit is not None and one_axis(node.argument(1, "dim", "axis"), len(tape.shape(before))) == unit.axis:
        is_kept = len(node.shapes[0]) == len(tape.shape(before))
        yield from way_up(tape, (before, at if is_kept else at + (at >= unit.axis)))


def _is_scaled_along(tape: Tape, node: Node, axis: int) -> bool:
    """Whether a norm has a scale of its own for each entry of an axis, as it has for features."""
    if not any(tape.nodes[ref.node].kind == "parameter" for ref in node.parents[1:]):
        return False
    width = node.argument(1, "normalized_shape", default=())
    is_last = node.name == "layer_norm" and isinstance(width, tuple | list) and len(width) == 1
    return axis == (len(node.shapes[0]) - 1 if is_last else 1) and (is_last or node.name in CHANNEL_NORMS)
