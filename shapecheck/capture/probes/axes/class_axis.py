"""The likeliest class is sought along an axis that does not hold the classes, by what the loss takes for them."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator

from shapecheck.capture.instruments.axes.classes import Known, above, measured_classes
from shapecheck.capture.instruments.axes.guesses import PICKS, is_held_against, sought_along
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, other_axis, sighted
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CUTS
from shapecheck.findings import Edit, Fix


def guessed_along_other_axis(step: Step, known: Known | None = None) -> Iterator[Sighting]:
    """A guess that is held against labels, and sought along another axis of the same scores than the classes'.

    The largest along another axis is worth something of its own (the moment at which a class peaks), so it counts only
    where it is compared with the labels of the loss.
    """
    classes = measured_classes(step, known or {})
    told: set[int] = set()
    picks = [node for node in step.nodes if node.name in PICKS and node.parents]
    guessed = {ref for node in picks for ref, axis in _read(step, node) if ref in classes and classes[ref].axis == axis}
    for node in picks:
        shape, along = step.tape.shape(node.parents[0]), sought_along(step, node)
        if along is None or node.spot is None or node.spot.line in told:
            continue
        # The same axis, seen from the tensor that the loss knows.
        for ref, axis in above(step, node.parents[0], along):
            item = classes.get(ref)
            if item is None:
                continue
            new = next((at for at in range(len(shape)) if (ref, item.axis) in above(step, node.parents[0], at)), None)
            # Where the class is guessed as well, the other axis was meant: at which step a class is likeliest.
            if axis != item.axis and ref not in guessed and new is not None and is_held_against(step, node, item):
                told.add(node.spot.line)
                text = (
                    f"{node.name} runs along axis {along} of {shape}; the loss takes axis {new} for the classes. It "
                    f"says where along axis {along} a class is likeliest, and is held against labels, which say which "
                    "class is"
                )
                kind = "argmax_along_other_axis"
                yield sighted(kind, node, text, (Fix(f"dim={new}", other_axis(node, new), "no"),))
            break


def guessed_of_a_reshape(step: Step, known: Known | None = None) -> Iterator[Sighting]:
    """``scores.reshape(batch, points, classes).argmax(-1)`` of scores that are ``(batch, classes, points)``.

    The sizes are those of scores with the classes last, and nothing was turned: each row holds scores of one class.
    """
    classes = measured_classes(step, known or {})
    for node in step.nodes:
        if node.name not in PICKS or not node.parents:
            continue
        along = sought_along(step, node)
        last, axis = above(step, node.parents[0], along)[-1] if along is not None else (node.parents[0], 0)
        cut = step.node(last.node)
        if cut.name not in CUTS or not cut.parents or cut.spot is None:
            continue
        before, after = step.tape.shape(cut.parents[0]), cut.shapes[0]
        for old in range(len(before)):
            made_of = above(step, cut.parents[0], old)
            item = next((classes[ref] for ref, at in made_of if ref in classes and classes[ref].axis == at), None)
            moved = [size for at, size in enumerate(before) if at != old]
            moved.insert(axis, before[old])
            if item is None or tuple(moved) != after or before == after or not is_held_against(step, node, item):
                continue
            passed = before[old + 1 : axis + 1] if old < axis else before[axis:old]
            if set(passed) == {1}:
                # Past axes of one item the order is the same.
                continue
            text = (
                f"the classes are axis {old} of {before}, and {cut.name} makes {after} of it without turning anything: "
                f"what lies along axis {axis} are scores of one class at several places, and the likeliest of them is "
                "held against labels"
            )
            fix = Fix(f"movedim({old}, {axis})", _moved_text(cut, old, axis), "no")
            yield sighted("reshaped_instead_of_permuted", cut, text, (fix,))
            return


def chances_cut_anew(step: Step, known: Known | None = None) -> Iterator[Sighting]:
    """``scores.softmax(1).reshape(batch, points, classes)`` of scores that are ``(batch, classes, points)``.

    A softmax along the axis that the loss takes for the classes has made chances of them: whatever becomes of these, a
    row of as many numbers that are not of one place is none of chances.
    """
    classes = measured_classes(step, known or {})
    for cut in step.recorded if classes else ():
        if cut.name not in CUTS or not cut.parents or cut.spot is None:
            continue
        before, after = step.tape.shape(cut.parents[0]), cut.shapes[0]
        for old, size in enumerate(before):
            axis = len(after) - 1
            others = [*before[:old], *before[old + 1 :]]
            is_moved = after == (*others, size) or after == (math.prod(others), size)
            if not is_moved or before.count(size) != 1 or set(before[old + 1 :]) <= {1}:
                continue
            made_of = above(step, cut.parents[0], old)
            is_known = any(ref in classes and classes[ref].axis == at for ref, at in made_of)
            if is_known and any(_is_chance(step, ref, at) for ref, at in made_of):
                text = (
                    f"the classes are axis {old} of {before}, along which the softmax runs, and {cut.name} makes "
                    f"{after} of it without turning anything: a row of {size} numbers there holds chances of one class "
                    "at several places, and does not sum to one"
                )
                edits = _moved_text(cut, old, axis) if len(after) == len(before) else ()
                yield sighted(
                    "reshaped_instead_of_permuted", cut, text, (Fix(f"movedim({old}, {len(before) - 1})", edits, "no"),)
                )
                return


def _is_chance(step: Step, ref: Ref, axis: int) -> bool:
    """Whether a softmax along an axis has made a tensor."""
    node = step.node(ref.node)
    return node.name == "softmax" and bool(node.parents) and axis_of(node, len(step.tape.shape(ref))) == axis


def _moved_text(cut: Node, old: int, axis: int) -> tuple[Edit, ...]:
    call = call_at(cut)
    if call is None or not isinstance(call.func, ast.Attribute) or cut.spot is None or call.func.attr != cut.name:
        return ()
    value = ast.unparse(call.func.value)
    if value in ("torch", "F"):
        value = ast.unparse(call.args[0]) if call.args and isinstance(call.args[0], ast.Name | ast.Attribute) else ""
    return replaced_text(cut.spot.code.co_filename, call, f"{value}.movedim({old}, {axis})") if value else ()


def _read(step: Step, node: Node) -> Iterator[tuple[Ref, int]]:
    """The tensors that the loss may know, and the axis of each that is sought along."""
    along = sought_along(step, node)
    yield from above(step, node.parents[0], along) if along is not None else ()


PROBE = Probe(
    "the likeliest class is sought along the axis that the loss takes for the classes",
    lambda look: (
        *guessed_along_other_axis(look.step, look.classes),
        *guessed_of_a_reshape(look.step, look.classes),
        *chances_cut_anew(look.step, look.classes),
    ),
    in_evaluation=True,
    turn=Turn.LAST,
)
