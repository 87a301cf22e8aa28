"""Scores of which some classes were to be cut off, and that were cut along the samples: there it changes nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import torch

from shapecheck.capture.instruments.axes.classes import KEEPS_CLASSES, Known, above, measured_classes
from shapecheck.capture.instruments.axes.guesses import PICKS, sought_along
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, node_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import trees_around
from shapecheck.capture.recording.vocabulary import AXES_OF_ONE, CONVERTS, EQUALS, PICKS_BY_MASK
from shapecheck.findings import Edit, Fix
from shapecheck.reading.sources import walk

_HANDS_ON = CONVERTS | AXES_OF_ONE | {"cpu", "view", "reshape", "flatten"}
# What takes the guesses at some places only, such as those that have a label.
_HOPS = 6


def cut_beside_classes(step: Step, known: Known | None = None) -> Iterator[Sighting]:
    """``scores[:num_classes].argmax(1)`` of scores that are ``(batch, num_classes + 1)``, and fewer samples than that.

    A cut behind the end of an axis takes all of it. What is sought next runs along the classes, of which there are
    more, and held against the labels of all samples. Who looks at the first samples alone cuts what these are held
    against, or were made of, by the same number.
    """
    classes = measured_classes(step, known or {})
    cuts = [(node, axis, stop) for node in step.recorded for axis, stop in _idle_cuts(step, node)] if classes else []
    for node, axis, stop in cuts:
        shape = step.tape.shape(node.parents[0])
        of_classes = next(
            (at for at in range(len(shape)) if any(
                ref in classes and classes[ref].axis == place for ref, place in above(step, node.parents[0], at)
            )),
            None,
        )  # fmt: skip
        if of_classes is None or of_classes == axis or shape[of_classes] <= stop or node.spot is None:
            continue
        if not _is_sought(step, node, of_classes) or _cuts_others(step, node, stop):
            continue
        text = (
            f"[:{stop}] along axis {axis} of {shape} takes all {shape[axis]} items that there are and changes nothing; "
            f"axis {of_classes} holds {shape[of_classes]} classes, among which the likeliest is sought next"
        )
        title = f"[{', '.join([':'] * of_classes + [f':{stop}'])}]"
        yield sighted("cut_beside_classes", node, text, (Fix(title, _edits(node, of_classes), "no"),))
        return


def _idle_cuts(step: Step, node: Node) -> Iterator[tuple[int, int]]:
    """The axes that a subscript cuts behind their end, each with where."""
    if node.name != "__getitem__" or len(node.args) < 2 or node.shapes[0] != step.tape.shape(node.parents[0]):
        return
    for axis, part in enumerate(node.index_parts):
        if not isinstance(part, slice):
            return
        if part.start in (None, 0) and type(part.stop) is int and part.stop > node.shapes[0][axis]:
            yield axis, part.stop


def _is_sought(step: Step, cut: Node, axis: int) -> bool:
    """Whether the likeliest is sought along an axis of what was cut or keeps its axes, and held against something."""
    made = {cut.ref: 0}
    guesses: set[Ref] = set()
    for node in step.tape.nodes[cut.index + 1 : step.last]:
        is_met = len(node.parents) == 2 and len(guesses.intersection(node.parents)) == 1
        if is_met and node.name in EQUALS:
            return True
        is_of_some = is_met and node.name in PICKS_BY_MASK and _is_mask(step, node.parents[1])
        if (is_of_some or node.name in _HANDS_ON) and node.parents[:1] and node.parents[0] in guesses:
            guesses.update(node.outs)
        hops = [made[ref] for ref in node.parents[:1] if ref in made]
        if hops and node.name in PICKS and sought_along(step, node) == axis:
            guesses.update(node.outs)
        if hops and hops[0] < _HOPS and node.name in KEEPS_CLASSES:
            made[node.ref] = hops[0] + 1
    return False


def _is_mask(step: Step, ref: Ref) -> bool:
    return step.tape.dtype(ref) == torch.bool


def _cuts_others(step: Step, cut: Node, stop: int) -> bool:
    """Whether something else is cut by the same number: a tensor, or whatever the script cuts so."""
    for node in step.recorded:
        if node.name == "__getitem__" and len(node.args) > 1 and not node.repeats(cut):
            parts = [part for part in node.index_parts if isinstance(part, slice)]
            if any(part.stop == stop and part.start in (None, 0) for part in parts):
                return True
    own = node_at(cut, ast.Subscript)
    written = _written_stop(own)
    others = [each for tree in trees_around(cut.spot) for each in walk(tree) if isinstance(each, ast.Subscript)]
    return written is not None and any(_written_stop(each) == written and each is not own for each in others)


def _written_stop(subscript: ast.AST | None) -> str | None:
    """Where something is cut along its first axis, as it is written."""
    cut = subscript.slice if isinstance(subscript, ast.Subscript) else None
    is_plain = isinstance(cut, ast.Slice) and cut.upper is not None and cut.step is None
    return ast.unparse(cut.upper) if is_plain and isinstance(cut, ast.Slice) and cut.upper is not None else None


def _edits(node: Node, axis: int) -> tuple[Edit, ...]:
    subscript = node_at(node, ast.Subscript)
    if not isinstance(subscript, ast.Subscript) or not isinstance(subscript.slice, ast.Slice) or node.spot is None:
        return ()
    text = ", ".join([":"] * axis + [ast.unparse(subscript.slice)])
    return replaced_text(node.spot.code.co_filename, subscript.slice, text)


PROBE = Probe(
    "classes are cut off along the axis that holds them",
    lambda look: cut_beside_classes(look.step, look.classes),
    needs_no_run=True,
    in_evaluation=True,
)
