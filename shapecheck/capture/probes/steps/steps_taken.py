"""Which step, and which layer's state, was taken of what a recurrent layer returned."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from torch import Tensor

from shapecheck.capture.instruments.steps.picked import index_of_steps, one_each
from shapecheck.capture.instruments.tensors.one_item import one_item
from shapecheck.capture.instruments.tensors.taken import takes_item
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, node_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, refs_in
from shapecheck.capture.recording.vocabulary import CELLS, CONVERTS, RECURRENT
from shapecheck.findings import Edit, Fix
from shapecheck.reading.name_words import words_of
from shapecheck.reading.sources import items_of

# What makes of each step one number or more, of that step alone.
_STEP_BY_STEP = CONVERTS | frozenset(["dropout", "linear", "layer_norm", "relu", "tanh", "gelu", "sigmoid"])
_FARTHEST = 4
_LENGTHS = frozenset(["length", "lengths", "len", "lens", "sizes", "counts"])
_ARGUMENTS = 9


def steps_taken(step: Step) -> Iterator[Sighting]:
    """The last step of both directions, the last padded step, and the state of a layer that is not the last."""
    for node in step.of_loss:
        if node.name not in (*RECURRENT, "_pad_packed_sequence"):
            continue
        if node.name == "_pad_packed_sequence":
            yield from _last_padded(step, node)
            yield from _picked_behind_ends(step, node)
            yield from _one_feature(step, node)
        elif len(node.args) == _ARGUMENTS:
            packed = not isinstance(node.args[3], bool)
            bidirectional = node.args[8] if packed else node.args[7]
            layers = node.args[5] if packed else node.args[4]
            if not packed:
                yield from _one_feature(step, node)
            if bidirectional and not packed:
                yield from _last_of_both(step, node)
            if layers > 1:
                yield from _lower_layer(step, node, layers, 2 if bidirectional else 1)


def _one_feature(step: Step, node: Node) -> Iterator[Sighting]:
    """One feature of every step, which a Linear reads: it takes the steps for features."""
    out = Ref(node.index, 0)
    shape, taken = step.tape.shape(out), step.readers(out, to_loss=True)
    item = one_item(taken[0]) if len(taken) == 1 and len(shape) == 3 else None
    if item is None or item[0] != 2 or shape[2] < 2:
        return
    for reader in step.readers(taken[0], to_loss=True):
        if reader.name == "linear" and reader.parents[0] == taken[0].ref:
            text = (
                f"of {shape} one of {shape[2]} features of every step goes on, and the Linear behind it reads the "
                "steps as its features: it fits only because there are as many steps as it takes features"
            )
            yield sighted("feature_for_step", taken[0], text)
            return


def _last_of_both(step: Step, node: Node) -> Iterator[Sighting]:
    out = Ref(node.index, 0)
    batch_first = node.args[8]
    taken = step.readers(out, to_loss=True)
    last = [one for one in taken if takes_item(step, one, 1 if batch_first else 0, -1)]
    if len(last) != 1 or (len(taken) > 1 and not _stands_for_state(step, node, last[0], taken)):
        return
    if step.tape.shape(out)[1 if batch_first else 0] < 2 or len(step.tape.shape(out)) != 3:
        return
    text = (
        "the last step of the output is the end of the forward direction, but the beginning of the backward one, which "
        "has read one step only by then; the ends of both are h_n[-2] and h_n[-1]"
    )
    yield sighted("last_step_of_both_directions", last[0], text)


def _stands_for_state(step: Step, node: Node, last: Node, taken: list[Node]) -> bool:
    """Whether a decoder starts from the last step of an output that is read as a whole beside it, and no state is read.

    Beside an attention over all steps the last word may be asked for as a word like any other.
    """
    states = (Ref(node.index, out) for out in range(1, len(node.shapes)))
    if any(one_item(one) is not None for one in taken if one is not last) or any(map(step.readers, states)):
        return False
    behind = map(step.node, descendants(step.tape, {last.ref}, sorted(step.to_loss)))
    started = next((one for one in behind if one.name in CELLS | RECURRENT), None)
    begin = [*refs_in(started.args[1:2])] if started is not None else []
    return any(last.index in ancestors(step.tape, [ref], last.index) for ref in begin)


def _last_padded(step: Step, node: Node) -> Iterator[Sighting]:
    out = Ref(node.index, 0)
    lengths = step.value(Ref(node.index, 1))
    batch_first = node.argument(2, "batch_first", default=False)
    for taken in step.readers(out, to_loss=True):
        for reader in [taken, *step.readers(taken, to_loss=True)]:
            if int(lengths.min()) == int(lengths.max()) or any(
                other is not reader and other.repeats(reader) for other in step.readers(reader.parents[0], to_loss=True)
            ):
                # A loop takes one step after the other, and the last one among them.
                continue
            if takes_item(step, reader, 1 if batch_first else 0, -1):
                text = (
                    f"the sequences are {int(lengths.min())} to {int(lengths.max())} steps long: for all but the "
                    "longest, the last step of the padded output is padding, zeros only"
                )
                yield sighted("last_padded_step", reader, text)
                return


def _lower_layer(step: Step, node: Node, layers: int, directions: int) -> Iterator[Sighting]:
    read = [out for out in range(len(node.shapes)) if step.readers(Ref(node.index, out), to_loss=True)]
    if len(read) != 1 or read == [0]:
        return
    taken = list(_takers(step, Ref(node.index, read[0])))
    items: list[list[int] | list[int | None]] = [_unpacked(step, each) or [_layer(each)] for each in taken]
    total = layers * directions
    if taken and all(item is not None and item % total < total - directions for each in items for item in each):
        text = (
            f"{'_hc'[read[0]]}_n holds one state for each of {layers} layers, and only the state of a lower one is "
            "used: the layers above have no influence on anything, and are never trained"
        )
        if taken[0].name == "unbind":
            text += (
                f". What is unpacked here is h_n itself, layer by layer: a {node.name.partition('_')[0].upper()} "
                "returns no pair of states"
            )
        yield sighted("state_of_lower_layer", taken[0], text)


def _takers(step: Step, state: Ref) -> Iterator[Node]:
    """What reads a state, whose samples may be put in order before: those of packed sequences are put back."""
    for reader in step.readers(state, to_loss=True):
        is_ordered = reader.name == "index_select" and reader.args[1:2] == (1,)
        if is_ordered or reader.name in (*CONVERTS, "dropout"):
            yield from _takers(step, reader.ref)
        else:
            yield reader


def _unpacked(step: Step, node: Node) -> list[int]:
    """Which rows of a tensor go on of those that it was taken apart into; none if it was not."""
    given = [*node.args[1:2], node.kwargs.get("dim", 0)][0]
    rows = range(len(node.shapes)) if node.name == "unbind" and given == 0 else ()
    return [row for row in rows if step.readers(Ref(node.index, row), to_loss=True)]


def _layer(node: Node) -> int | None:
    """The layer of ``h_n[-1]``; None where anything else is taken."""
    axis, item = one_item(node) or (None, None)
    return item if axis == 0 else None


def _picked_behind_ends(step: Step, node: Node) -> Iterator[Sighting]:
    """What of each sequence of a packed one, padded again, takes the step that its length counts.

    A row that is full may be held back to its last step: of it nothing is said. All others are told from a step of
    filler, which is the same for all of them.

    Args:
        step: The step.
        node: What pads a packed sequence.
    """
    time = 1 if node.argument(2, "batch_first", default=False) else 0
    for whole, lengths in _padded(step, Ref(node.index, 0), step.value(Ref(node.index, 1)), 1 - time, _FARTHEST):
        count, size = len(lengths), step.tape.shape(whole)[time]
        for reader in step.readers(whole, to_loss=True):
            is_pick = reader.name in ("__getitem__", "gather") and reader.parents[0] == whole
            index = index_of_steps(reader, time) if is_pick else None
            picked = step.value(index) if index is not None else None
            numbers = one_each(picked, time, count) if picked is not None and picked.numel() % count == 0 else None
            if numbers is None or not bool((numbers == lengths.clamp(max=size - 1)).all()):
                continue
            behind = int((lengths < size).sum())
            if behind > 1 and int(lengths.min()) < int(lengths.max()):
                yield _told(reader, behind, count)
                return


def _padded(step: Step, ref: Ref, lengths: Tensor, batch: int, farthest: int) -> Iterator[tuple[Ref, Tensor]]:
    """A padded output, in the order of the rows that it has there, and what is made of each of its steps alone."""
    yield ref, lengths
    for reader in step.readers(ref, to_loss=True) if farthest else ():
        if reader.parents[0] != ref:
            continue
        if reader.name == "index_select" and reader.argument(1, "dim") == batch:
            index = reader.argument(2, "index")
            if isinstance(index, Ref):
                yield from _padded(step, reader.ref, lengths[step.value(index)], batch, farthest - 1)
        elif reader.name in _STEP_BY_STEP and reader.shapes[0][:2] == step.tape.shape(ref)[:2]:
            yield from _padded(step, reader.ref, lengths, batch, farthest - 1)


def _told(reader: Node, behind: int, count: int) -> Sighting:
    text = (
        f"the step that is picked of {behind} of {count} sequences has the number of their length, and is the first "
        "one of the padding: steps count from 0, and what a packed sequence is filled up with is the same for all"
    )
    return sighted("last_padded_step", reader, text, (Fix("lengths - 1", _edits(reader), "no"),))


def _edits(reader: Node) -> tuple[Edit, ...]:
    """One less, where what picks is an index with the name of the lengths in it."""
    subscript = node_at(reader, ast.Subscript)
    parts = items_of(subscript.slice) if isinstance(subscript, ast.Subscript) else []
    names = [part for part in parts if isinstance(part, ast.Name) and words_of(part.id) & _LENGTHS]
    if len(names) != 1 or reader.spot is None:
        return ()
    return replaced_text(reader.spot.code.co_filename, names[0], f"{names[0].id} - 1")


PROBE = Probe(
    "the step and the layer that are taken of a recurrent layer",
    lambda look: steps_taken(look.step),
)
