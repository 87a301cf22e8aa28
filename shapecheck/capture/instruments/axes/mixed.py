"""What is told where samples mix first, and of the change that would keep them apart."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

from torch import nn

from shapecheck.capture.instruments.axes.joined_along_samples import stacked
from shapecheck.capture.instruments.axes.kept_axes import told_of_reductions
from shapecheck.capture.instruments.axes.put_back import told_of_put_back
from shapecheck.capture.instruments.axes.reduced_together import edited_together
from shapecheck.capture.instruments.axes.state_sizes import counted_along, is_state_given
from shapecheck.capture.instruments.axes.time_in_front import made_with_samples_in_front, turned_there_and_back
from shapecheck.capture.instruments.axes.ways import Way
from shapecheck.capture.instruments.tensors.made import at_constructor, outer_layer
from shapecheck.capture.instruments.trials.alternative import Alternative
from shapecheck.capture.instruments.trials.edits import all_apart
from shapecheck.capture.instruments.trials.operand_edits import with_call
from shapecheck.capture.instruments.trials.sighting import (
    Sighting,
    exchanged,
    in_constructor,
    one_for_each,
    other_axis,
    other_item,
    sighted,
    turned_before,
)
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.findings import Edit, Fix

KINDS = {
    "batch_first": "recurrent_along_batch",
    "attention": "attention_along_batch",
    "select": "item_of_wrong_axis",
    "reshape": "reshaped_instead_of_permuted",
    "back": "reshaped_instead_of_permuted",
    "recut": "reshaped_instead_of_permuted",
    "factors": "reshaped_instead_of_permuted",
    "pieces": "reshaped_instead_of_permuted",
    "joined": "reshaped_instead_of_permuted",
    "shifted": "shifted_along_batch",
    "along": "reduced_along_batch",
    "whole": "reduced_along_batch",
    "features": "reduced_along_batch",
    "together": "reduced_along_batch",
    "stacked": "reduced_along_batch",
    "letters": "letters_of_other_axes",
    "realigned": "spread_along_other_axis",
    "slid": "convolution_along_batch",
    "ctc": "ctc_along_batch",
}
_OUTCOME = "each sample keeps to itself"


def told(step: Step, way: Way, axis: int, node: Node, other: Alternative) -> Sighting:
    """Where the samples of an input mix first, and a change there that keeps them apart."""
    text = replaced_sample(step, way, axis) + "; {} is the first place at which they mix"
    edits: tuple[Edit, ...] = ()
    title = other.title
    if other.kind == "batch_first" or (other.kind == "attention" and isinstance(node.module, nn.MultiheadAttention)):
        return _told_of_layer(step, node, other, text)
    if other.kind == "kept":
        return told_of_reductions(step, node, other)
    if other.kind == "put_back":
        return told_of_put_back(step, other)
    if other.kind == "reshape" and isinstance(other.new, tuple):
        edits = turned_before(node, other.new)
    elif other.kind == "factors" and isinstance(other.new, int):
        edits = exchanged(node, other.new)
    elif other.kind == "pieces" and other.new == (1, 0, *range(2, len(node.shapes[0]))):
        edits = exchanged(node, 0, ".transpose(0, 1).contiguous()")
    elif other.kind == "select" and isinstance(other.new, int):
        edits = other_item(node, other.new, len(step.tape.shape(node.parents[0])))
    elif other.kind == "ctc":
        edits = with_call(node, 0, ".transpose(0, 1)")
    elif other.kind == "together":
        edits = edited_together(step, other)
    elif other.kind == "along" or node.name == "roll":
        edits = other_axis(node, other.new)
    elif other.kind == "stacked":
        edits = stacked(step, other)
    elif node.name == "layer_norm":
        edits = with_call(node, 1, "[-1:]") if not isinstance(node.module, nn.LayerNorm) else ()
    elif other.kind == "features":
        edits = tuple(chain.from_iterable(other_axis(step.node(at), -1) for at in _one_a_line(step, other)))
    elif other.kind == "whole":
        # A norm that is written once may be called often.
        each = [*dict.fromkeys(one_for_each(step.node(index), other.title) for index in sorted(other.instead))]
        # Two changes of one line would undo each other.
        edits = all_apart(each)
    text = text.format(f"this operation ({node.name})")
    return sighted(KINDS[other.kind], node, text, (Fix(title, edits, "call", _OUTCOME),))


def told_of_both(seen: Sighting, more: Sighting) -> Sighting:
    """The same of two places, of which either alone would leave them mixed."""
    line = f" (line {more.span.line})" if more.span is not None else ""
    lines = [edit.line for each in (seen, more) for fix in each.fixes for edit in fix.edits]
    edits = tuple(edit for each in (seen, more) for fix in each.fixes[:1] for edit in fix.edits)
    title = " and ".join(fix.title for each in (seen, more) for fix in each.fixes[:1])
    fix = Fix(title, edits if len(set(lines)) == len(lines) else (), "call", _OUTCOME)
    return replace(seen, text=f"{seen.text}; {more.name}{line} mixes them as well", fixes=(fix,))


def replaced_sample(step: Step, way: Way, axis: int) -> str:
    """What was done to see that they mix."""
    return (
        f"sample {way.moves[axis].items[-1]} was replaced (item {way.moves[axis].items[-1]} of axis {axis} of the "
        f"input {step.tape.shape(way.source)}), and the loss of other samples moved"
    )


def _one_a_line(step: Step, other: Alternative) -> list[int]:
    """One node of each line that a change is made in, of all turns that it is run in."""
    lines = {node.spot.line: at for at in other.instead if (node := step.node(at)).spot is not None}
    return sorted(lines.values())


def _told_of_layer(step: Step, node: Node, other: Alternative, text: str) -> Sighting:
    """A layer that takes the other axis for time: what is to be changed is the call that made it.

    Where a layer was asked to have the samples in front, what it was given may as well be wrong, so its call is told.
    """
    is_first = bool(getattr(node.module, "batch_first", False))
    source = made_with_samples_in_front(step, node) if other.kind == "attention" and not is_first else None
    if source is not None:
        return _told_of_input(source, node, text)
    title = f"batch_first={not is_first}" if other.kind == "attention" else other.title
    made = outer_layer(step, node, "batch_first")
    changed = [outer_layer(step, step.node(index), "batch_first") for index in other.instead]
    each = [in_constructor(one, title) for one in [made, *changed]]
    edits = tuple({edit.line: edit for edit in chain.from_iterable(each)}.values()) if all(each) else ()
    if other.kind == "batch_first" and is_state_given(step, node):
        # The state was tried with as many rows as there are samples; in the script that number must follow.
        recounted = counted_along(node, int(not is_first), int(is_first))
        edits, title = (*edits, *recounted) if edits else (), f"{title}, and the initial state with as many samples"
    seen = sighted(KINDS[other.kind], node, text, (Fix(title, edits, "call", _OUTCOME),))
    placed = seen if is_first or not edits else at_constructor(made, seen)
    called = node.spot.span.line if node.spot is not None else None
    if placed.span == seen.span:
        return replace(seen, text=text.format(f"this operation ({node.name})"))
    return replace(placed, text=text.format(f"this layer (called in line {called})"))


def _told_of_input(source: Node, layer: Node, text: str) -> Sighting:
    """A layer round which all was written for time in front: what is to be turned is what goes through all of it."""
    line = layer.spot.span.line if layer.spot is not None else None
    text = text.format(f"the layer called in line {line}") + (
        "; the positions or the mask count along axis 0 as well, so what goes in was to have time in front"
    )
    fix = Fix("transpose(0, 1) before and behind", turned_there_and_back(source, layer), "call", _OUTCOME)
    return sighted(KINDS["attention"], source, text, (fix,))
