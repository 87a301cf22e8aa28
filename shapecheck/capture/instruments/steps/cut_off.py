"""An end of a series that is cut off and read by nothing: somebody meant to ask for it."""

from __future__ import annotations

import ast

from shapecheck.capture.instruments.steps.asked import MOVES, Own
from shapecheck.capture.instruments.steps.front_cuts import moved_by
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.separation import difference, replaced_item
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.vocabulary import CUTS
from shapecheck.reading.edits import expression
from shapecheck.reading.sources import walk

_PASSES = CUTS | frozenset(
    ["to", "long", "int", "contiguous", "clone", "detach", "unsqueeze", "index_select", "_pack_padded_sequence"]
)
_HOPS = 10
_MAX_ITEMS = 8


def is_cut_off(step: Step, own: Own) -> bool:
    """Whether the series goes on for a step behind what goes in and is asked for, and nobody reads that step."""
    size = step.tape.shape(own.source)[own.axis]
    if int(own.asked.max()) < size - 1:
        return _is_unread(step, own.source, own.axis)
    return all(_ends_early(step.tape, ref) for ref in {own.source, *(item.target for item in own.meetings)})


def cut_of(tape: Tape, ref: Ref) -> Node | None:
    """The operation that left out the last item of what a tensor was made of."""
    for _ in range(_HOPS):
        node = tape.nodes[ref.node]
        if not node.parents:
            return node if _is_cut_in_text(node) else None
        if _is_cut(tape, node):
            return node
        picks = node.name == "__getitem__" and len(node.args) > 1 and isinstance(node.args[1], Ref | int)
        if node.name not in _PASSES and node.name != "stack" and not picks and not _is_piece(node):
            return None
        ref = node.parents[0]
    return None


def cut_alike(step: Step, own: Own) -> Node | None:
    """What leaves out the first predictions of a model in front of the loss, where the targets have lost as many.

    A prediction that was made and is thrown away beside its own target was to be shifted against it.
    """
    size = step.tape.shape(own.source)[own.axis]
    if not own.first or len(own.meetings) != 1:
        return None
    for node in reversed(moved_by(step, own.meetings[0].predicted)):
        parts = node.index_parts if node.name == "__getitem__" and len(node.args) > 1 else ()
        cut = [(axis, part) for axis, part in enumerate(parts) if part != slice(None)]
        if len(cut) != 1 or not isinstance(cut[0][1], slice):
            continue
        axis, part = cut[0]
        if step.tape.shape(node.parents[0])[axis] == size and (part.start, part.stop, part.step) == (
            own.first,
            None,
            None,
        ):
            return node if node.spot is not None else None
    return None


def picked_alike(tape: Tape, target: Ref, source: Ref) -> Node | None:
    """The operation that took a target, by itself, out of the very tensor that an input was taken out of."""
    given = [*backwards(tape, source, MOVES | {"stack"})]
    taken = {ref for ref, _ in given}
    for ref, node in backwards(tape, target, MOVES | {"stack"}):
        if ref in taken:
            return None
        if node.name in ("__getitem__", "narrow") and node.parents[0] in taken:
            return node
    return None


def _is_unread(step: Step, source: Ref, axis: int) -> bool:
    value, base = step.value(source), step.run()
    after = step.changed(source, replaced_item(value, axis, value.shape[axis] - 1))
    ends = [term.ref for term in step.terms if term.ref in after]
    return bool(step.terms) and not any(bool(difference(base[ref], after[ref]).any()) for ref in ends)


def _ends_early(tape: Tape, ref: Ref) -> bool:
    """Whether a tensor was cut out of one that is longer by its last items, which nothing else reads."""
    node = tape.nodes[ref.node]
    if node.name == "stack":
        items = node.parents[:_MAX_ITEMS]
        return bool(items) and all(_ends_early(tape, item) for item in items)
    cut = cut_of(tape, ref)
    if cut is None:
        return False
    if not cut.parents:
        return True
    whole = cut.parents[0]
    readers = [other for other in tape.nodes[whole.node + 1 :] if whole in other.parents]
    return all(reader.name == cut.name and _same_cut(reader, cut) for reader in readers)


def _same_cut(node: Node, other: Node) -> bool:
    """Whether both leave out the same items; of what is left one may take some columns alone."""
    if node.name != "__getitem__":
        return node.args[1:] == other.args[1:]
    cuts = [next((at for at in enumerate(one.index_parts) if at[1] != slice(None)), None) for one in (node, other)]
    return cuts[0] == cuts[1]


def _is_piece(node: Node) -> bool:
    """Whether it takes a piece of a series, or all from some step on: where the series ends is said before."""
    parts = node.index_parts if node.name == "__getitem__" and len(node.args) > 1 else (None,)
    return all(isinstance(part, slice) and part.step is None for part in parts)


def _is_cut(tape: Tape, node: Node) -> bool:
    if node.name == "narrow" and len(node.args) == 4:
        _, axis, start, length = node.args
        return bool(start == 0 and length == tape.shape(node.parents[0])[axis] - 1)
    index = node.argument(1) if node.name == "__getitem__" else None
    parts = index if isinstance(index, tuple) else (index,)
    shape = tape.shape(node.parents[0])
    for axis, part in enumerate(parts[: len(shape)]):
        if isinstance(part, slice) and part.start in (None, 0) and part.step is None and isinstance(part.stop, int):
            return part.stop in (-1, shape[axis] - 1)
        if part != slice(None):
            return False
    return False


def _is_cut_in_text(node: Node) -> bool:
    """Whether what came from outside was cut in the same call: ``torch.tensor(text[:-1])``."""
    if node.function is not None or node.spot is None or node.kind == "parameter":
        return False
    tree = expression(node.spot.span.text)
    ends = [ast.unparse(item.upper) for item in walk(tree) if isinstance(item, ast.Slice) and item.upper]
    return ends == ["-1"]
