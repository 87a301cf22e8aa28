"""Layers that a forward computes for nothing, while another tensor stands twice where their result would fit."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.tensors.overwritten import Reading, moves, name_read, readings
from shapecheck.capture.instruments.tensors.read_twice import JOINS, LAYERS, unread_at
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.other_operand import other_operand
from shapecheck.capture.instruments.trials.separation import any_term_moved
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.replay import Run, ancestors, descendants, replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Root
from shapecheck.capture.recording.user_code import Spot, statement_at
from shapecheck.findings import Edit, Fix


def unread(step: Step) -> Iterator[Sighting]:
    """Results that are given a name which nobody reads, in a forward that joins another tensor with itself.

    What a layer was given may well reach the loss by another way. A result alone that nobody reads may be left over;
    what shows the mistake is that the other stands twice where this one fits, and moves the loss.
    """
    tried: list[Run] = []
    for root in step.roots:
        if root.last <= root.first or root.first < step.first:
            continue
        for index in range(root.first, root.last):
            node = step.node(index)
            if node.name not in LAYERS or not node.graded or not step.tape.has_parameter(node):
                continue
            spot = unread_at(node) if _is_dead(step, root, node) else None
            for join, ref, made in _joins(step, root, node, spot) if spot is not None else ():
                if _moves(step, made, join, ref, tried):
                    yield _told(step, node, join, ref)
                    return
            for reading, made in _others(step, root, node, spot) if spot is not None else ():
                if _is_moved(step, reading, made, tried):
                    yield _named(step, node, reading)
                    return


def _behind(step: Step, node: Node) -> list[Ref]:
    nodes = [node.index, *descendants(step.tape, {node.ref}, range(node.index + 1, step.last))]
    return [out for index in nodes for out in step.node(index).outs]


def _is_dead(step: Step, root: Root, node: Node) -> bool:
    """Whether nothing that was made of it is measured, handed on, or reaches the loss."""
    if node.index in step.to_loss:
        return False
    refs = _behind(step, node)
    if any(ref.node in step.to_loss or ref.node >= root.last or ref in step.tape.escaped for ref in refs):
        return False
    # A module may keep one of them for whoever asks for it later.
    return not set(refs) & (set(root.outputs) | step.inner)


def _joins(step: Step, root: Root, node: Node, spot: Spot) -> Iterator[tuple[Node, Ref, Ref]]:
    """Later operations of the same function that read a tensor twice, and what was made of the layer that fits."""
    made = [ref for ref in _behind(step, node) if ref.out == 0]
    for index in range(node.index + 1, root.last):
        join = step.node(index)
        if join.name not in JOINS or index not in step.to_loss or join.spot is None or not _is_in(join.spot, spot):
            continue
        parents = list(join.parents)
        for ref in dict.fromkeys(parents):
            fitting = [own for own in made if step.tape.shape(own) == step.tape.shape(ref) and own.node < index]
            if parents.count(ref) > 1 and fitting:
                yield join, ref, fitting[-1]


def _is_in(one: Spot | None, other: Spot) -> bool:
    while one is not None:
        if one.code is other.code:
            return True
        one = one.caller
    return False


def _moves(step: Step, made: Ref, join: Node, ref: Ref, kept: list[Run]) -> bool:
    """Whether the layer's result moves the loss in the place of the second; runs are told apart by their identity."""
    if step.tape.dtype(made) != step.tape.dtype(ref):
        return False
    try:
        value = replay(step.tape, ancestors(step.tape, [made], step.first))[made]
        kept.append(other_operand(join, ref, 1)(value))
        base, after = step.run(), step.run_with({join.index: kept[-1]})
    except Exception:
        # It does not fit, so it was not meant.
        return False
    return any_term_moved(step, base, after)


def _others(step: Step, root: Root, node: Node, spot: Spot) -> Iterator[tuple[Reading, Ref]]:
    """What is read where this result could have been, by the name that it has; and what was made of the layer."""
    made = [ref for ref in _behind(step, node) if ref.out == 0 and _is_at(step.node(ref.node).spot, spot)]
    for reading in readings(step, spot, root.last):
        if made and reading.node.index in step.to_loss and step.tape.shape(made[-1]) == step.tape.shape(reading.ref):
            yield reading, made[-1]


def _is_at(one: Spot | None, other: Spot) -> bool:
    """Whether an operation belongs to the statement that another stands in."""
    statement = statement_at(other.code.co_filename, other.line)
    while one is not None and statement is not None:
        if one.code is other.code and statement.lineno <= one.line <= (statement.end_lineno or statement.lineno):
            return True
        one = one.caller
    return False


def _is_moved(step: Step, reading: Reading, made: Ref, kept: list[Run]) -> bool:
    if step.tape.dtype(made) != step.tape.dtype(reading.ref) or reading.ref == made:
        return False
    try:
        value = replay(step.tape, ancestors(step.tape, [made], step.first))[made]
        return moves(step, reading, value, kept)
    except Exception:
        return False


def _named(step: Step, node: Node, reading: Reading) -> Sighting:
    line = node.spot.line if node.spot is not None else 0
    how = "which is given that name anew" if reading.is_anew else f"although it is named for {reading.name}"
    read = name_read(reading)
    other = f"{read.id}, " if read is not None else ""
    text = (
        f"what a layer computes in line {line}, {node.shapes[0]}, is called {reading.name}, and nobody reads it: what "
        f"is read here, {how}, is {other}{step.tape.shape(reading.ref)}. The loss does not depend on that layer"
    )
    edits: tuple[Edit, ...] = ()
    title = f"{reading.name} in its place"
    if read is not None and reading.node.spot is not None:
        file = reading.node.spot.code.co_filename
        edits = replaced_text(file, read, reading.name)
    fix = Fix(title, edits, "call", "it fits, and the layer influences the loss")
    return sighted("layer_without_influence", reading.node, text, (fix,))


def _told(step: Step, node: Node, join: Node, ref: Ref) -> Sighting:
    line = node.spot.line if node.spot is not None else 0
    text = (
        f"{step.tape.shape(ref)} stands twice here, and what a layer computes in line {line}, {node.shapes[0]}, is "
        "given a name that nobody reads: the loss does not depend on that layer, and in the second place it would"
    )
    title = f"the result of line {line} in the second place"
    fix = Fix(title, (), "call", "it fits, and the layer influences the loss")
    return sighted("layer_without_influence", join, text, (fix,))


PROBE = Probe(
    "no layer is computed for nothing where another is read twice",
    lambda look: unread(look.step),
    turn=Turn.LAST,
)
